"""Phrase search in transcripts."""

from __future__ import annotations

from fractions import Fraction

import pytest

from engine.errors import RequestError
from engine.speech import Speaker, Transcript, Word, find


def transcript(text: str, language: str = "en", speakers: str = "") -> Transcript:
    words = tuple(
        Word(text=w, start=Fraction(n), end=Fraction(n) + Fraction(1, 2), confidence=1, speaker=who)
        for n, (w, who) in enumerate(
            zip(text.split(" "), speakers.split() or [None] * len(text.split(" ")), strict=True)
        )
    )
    named = (Speaker(id="S1", name="Maeve", seconds=Fraction(1)), Speaker(id="S2", seconds=Fraction(1)))
    return Transcript(
        language=language, model="m", model_digest="d", backend="b", parameters={}, words=words, speakers=named
    )


def places(found: Transcript, phrase: str, speaker: str | None = None) -> list[tuple[int, str]]:
    return [(int(one.start), one.text) for one in find(found, phrase, speaker)]


def test_case_accents_and_punctuation_do_not_matter() -> None:
    said = transcript("The café, by the harbour. The Cafe!")
    assert places(said, "the CAFÉ") == [(0, "The café,"), (5, "The Cafe!")]


def test_a_phrase_is_words_in_a_row_and_its_last_word_may_be_a_beginning() -> None:
    said = transcript("ask not what your country can do")
    assert places(said, "your coun") == [(3, "your country")]
    assert places(said, "ask what") == []
    assert places(said, "sk not") == []


def test_hyphens_part_words() -> None:
    assert places(transcript("a well-known harbour"), "known harbour") == [(1, "well-known harbour")]
    assert places(transcript("a well known harbour"), "well-known") == [(1, "well known")]


@pytest.mark.parametrize(
    ("said", "phrases"),
    [
        ("it costs $1,250,000 today", ["1,250,000", "1250000", "1 250 000", "$1.250.000", "costs 1,250"]),
        ("a self-taught artist", ["self-taught", "self taught", "selftaught", "taught art", "self‑taught"]),
        ("mais c'est bon", ["c'est", "c’est", "cest", "c est bon"]),
        ("a 25-year-old at 9:30 a.m. on example.com", ["25 year old", "9:30", "9 30 am", "example com", "a.m. on"]),
        ("il y a 12 000 mots", ["12 000", "12000", "12,000"]),
    ],
)
def test_spacing_apostrophes_and_punctuation_do_not_matter(said: str, phrases: list[str]) -> None:
    assert [phrase for phrase in phrases if len(places(transcript(said), phrase)) != 1] == []


@pytest.mark.parametrize(
    ("said", "phrase"),
    [("now here", "nowhere"), ("nowhere", "now here"), ("about 3.14 percent", "314"), ("25,000 of them", "5,000")],
)
def test_other_words_and_numbers_are_not_found(said: str, phrase: str) -> None:
    assert places(transcript(said), phrase) == []


def test_it_shows_what_it_is_about() -> None:
    (found,) = find(transcript("one two three four five six seven eight nine"), "eight")
    assert (found.before, found.text, found.after) == ("two three four five six seven", "eight", "nine")


def test_only_what_one_speaker_said() -> None:
    said = transcript("yes yes no yes", speakers="S1 S2 S1 S1")
    assert places(said, "yes", "Maeve") == places(said, "yes", "S1") == [(0, "yes"), (3, "yes")]
    assert [one.speaker for one in find(said, "yes")] == ["Maeve", "S2", "Maeve"]


def test_scripts_without_spaces_are_searched_by_letters() -> None:
    assert places(transcript("港 の 歌 と 港の歌", "ja"), "港の歌") == [(0, "港の歌"), (4, "港の歌")]
    assert places(transcript("हम घाट पर गए", "hi"), "घाट") == [(1, "घाट")]


def test_nothing_to_look_for_is_refused() -> None:
    with pytest.raises(RequestError, match="search phrase is empty"):
        list(find(transcript("a"), "…"))
