"""Phrase search in transcripts."""

from __future__ import annotations

from fractions import Fraction

import pytest

from engine.errors import RequestError
from engine.speech import Speaker, Transcript, Word, find


def transcript(text: str, language: str = "en", speakers: str = "") -> Transcript:
    words = tuple(
        Word(text=w, start=Fraction(n), end=Fraction(n) + Fraction(1, 2), confidence=1, speaker=speaker)
        for n, (w, speaker) in enumerate(
            zip(text.split(" "), speakers.split() or [None] * len(text.split(" ")), strict=True)
        )
    )
    named = (Speaker(id="S1", name="Maeve", seconds=Fraction(1)), Speaker(id="S2", seconds=Fraction(1)))
    return Transcript(
        language=language, model="m", model_digest="d", backend="b", parameters={}, words=words, speakers=named
    )


def hits(found: Transcript, phrase: str, speaker: str | None = None) -> list[tuple[int, str]]:
    return [(int(hit.start), hit.text) for hit in find(found, phrase, speaker)]


def test_case_accents_and_punctuation_do_not_matter() -> None:
    spoken = transcript("The café, by the harbour. The Cafe!")
    assert hits(spoken, "the CAFÉ") == [(0, "The café,"), (5, "The Cafe!")]


def test_the_last_word_of_a_phrase_may_be_a_prefix() -> None:
    spoken = transcript("ask not what your country can do")
    assert hits(spoken, "your coun") == [(3, "your country")]
    assert hits(spoken, "ask what") == []
    assert hits(spoken, "sk not") == []


def test_hyphens_separate_words() -> None:
    assert hits(transcript("a well-known harbour"), "known harbour") == [(1, "well-known harbour")]
    assert hits(transcript("a well known harbour"), "well-known") == [(1, "well known")]


@pytest.mark.parametrize(
    ("spoken", "phrases"),
    [
        ("it costs $1,250,000 today", ["1,250,000", "1250000", "1 250 000", "$1.250.000", "costs 1,250"]),
        ("a self-taught artist", ["self-taught", "self taught", "selftaught", "taught art", "self‑taught"]),
        ("mais c'est bon", ["c'est", "c’est", "cest", "c est bon"]),
        ("a 25-year-old at 9:30 a.m. on example.com", ["25 year old", "9:30", "9 30 am", "example com", "a.m. on"]),
        ("il y a 12 000 mots", ["12 000", "12000", "12,000"]),
    ],
)
def test_spacing_apostrophes_and_punctuation_do_not_matter(spoken: str, phrases: list[str]) -> None:
    assert [phrase for phrase in phrases if len(hits(transcript(spoken), phrase)) != 1] == []


@pytest.mark.parametrize(
    ("spoken", "phrase"),
    [("now here", "nowhere"), ("nowhere", "now here"), ("about 3.14 percent", "314"), ("25,000 of them", "5,000")],
)
def test_other_words_and_numbers_are_not_found(spoken: str, phrase: str) -> None:
    assert hits(transcript(spoken), phrase) == []


def test_a_hit_has_its_context() -> None:
    (found,) = find(transcript("one two three four five six seven eight nine"), "eight")
    assert (found.before, found.text, found.after) == ("two three four five six seven", "eight", "nine")


def test_a_search_can_be_limited_to_one_speaker() -> None:
    spoken = transcript("yes yes no yes", speakers="S1 S2 S1 S1")
    assert hits(spoken, "yes", "Maeve") == hits(spoken, "yes", "S1") == [(0, "yes"), (3, "yes")]
    assert [hit.speaker for hit in find(spoken, "yes")] == ["Maeve", "S2", "Maeve"]


def test_scripts_without_spaces_are_searched_by_letters() -> None:
    assert hits(transcript("港 の 歌 と 港の歌", "ja"), "港の歌") == [(0, "港の歌"), (4, "港の歌")]
    assert hits(transcript("हम घाट पर गए", "hi"), "घाट") == [(1, "घाट")]


def test_an_empty_phrase_is_refused() -> None:
    with pytest.raises(RequestError, match="search phrase is empty"):
        list(find(transcript("a"), "…"))
