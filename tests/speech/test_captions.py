"""Captions can be read, keep to the rules, and parse in somebody else's reader."""

from __future__ import annotations

import io
from fractions import Fraction
from itertools import pairwise

import pytest
import webvtt
from hypothesis import given
from hypothesis import strategies as some

from engine.speech import Cue, Segment, Transcript, Word, cues_from, write_srt, write_vtt


def transcript(*said: tuple[str, float, float], language: str = "en", breaths: tuple[int, ...] = ()) -> Transcript:
    words = tuple(
        Word(text=text, start=Fraction(str(start)), end=Fraction(str(end)), confidence=0.9) for text, start, end in said
    )
    bounds = (0, *breaths, len(words)) if words else ()
    segments = tuple(
        Segment(start=words[a].start, end=words[b - 1].end, text="", first=a, last=b) for a, b in pairwise(bounds)
    )
    return Transcript(
        language=language,
        model="m",
        model_digest="0",
        backend="b",
        parameters={},
        words=words,
        segments=segments,
    )


def steadily(text: str, each: float = 0.3, start: float = 0.0) -> list[tuple[str, float, float]]:
    return [(word, round(start + n * each, 3), round(start + (n + 1) * each, 3)) for n, word in enumerate(text.split())]


def test_captions_end_with_their_sentences() -> None:
    cues = cues_from(transcript(*steadily("The harbour is quiet. Nobody is up yet, and the boats lie still.", 0.4)))
    assert [cue.text for cue in cues] == ["The harbour is quiet.", "Nobody is up yet, and the boats lie still."]


def test_a_pause_ends_a_caption() -> None:
    cues = cues_from(transcript(*steadily("ask not", 0.5), *steadily("what your country", 0.5, start=2.0)))
    assert [cue.text for cue in cues] == ["ask not", "what your country"]
    assert cues[1].start == 2


def test_a_full_caption_breaks_where_a_breath_was_taken() -> None:
    said = "and so my fellow citizens and friends of liberty let us go forward together into whatever the day may bring"
    cues = cues_from(transcript(*steadily(said, 0.25), breaths=(9,)))
    assert cues[0].text.replace("\n", " ") == "and so my fellow citizens and friends of liberty"


def test_lines_are_even_and_short() -> None:
    cues = cues_from(transcript(*steadily("this sentence is a little too long for one single line of text", 0.25)))
    assert cues[0].text == "this sentence is a little too\nlong for one single line of text"


def test_short_exclamations_share_a_caption() -> None:
    cues = cues_from(transcript(("Oh,", 0, 0.2), ("hello.", 0.2, 0.5), ("Hi.", 0.6, 0.8), ("Fine?", 0.9, 1.9)))
    assert cues[0].text.startswith("Oh, hello. Hi.")


def test_nothing_said_gives_valid_empty_files() -> None:
    assert cues_from(transcript()) == []
    assert write_srt([]) == ""
    assert write_vtt([]) == "WEBVTT\n"
    assert list(webvtt.from_string(write_vtt([]))) == []


NASTY = [
    Cue(Fraction(1, 2), Fraction(3, 2), "R&D <b>said</b> a --> b"),
    Cue(Fraction(3_725_001, 1000), Fraction(3_727), "two lines\nof “text” 🎬"),
]


def test_webvtt_parses_elsewhere() -> None:
    text = write_vtt(NASTY)
    parsed = list(webvtt.from_string(text))
    assert [(cue.start, cue.end) for cue in parsed] == [
        ("00:00:00.500", "00:00:01.500"),
        ("01:02:05.001", "01:02:07.000"),
    ]
    assert parsed[0].raw_text == "R&amp;D &lt;b&gt;said&lt;/b&gt; a --&gt; b"
    assert parsed[1].text == "two lines\nof “text” 🎬"


def test_subrip_parses_elsewhere() -> None:
    parsed = list(webvtt.from_buffer(io.StringIO(write_srt(NASTY)), format="srt"))
    assert [(cue.start, cue.end) for cue in parsed] == [
        ("00:00:00.500", "00:00:01.500"),
        ("01:02:05.001", "01:02:07.000"),
    ]
    assert parsed[0].raw_text == "R&D <b>said</b> a → b"
    assert parsed[1].lines == ["two lines", "of “text” 🎬"]


def test_scripts_without_spaces_are_joined_without_spaces() -> None:
    cues = cues_from(transcript(("今日", 0, 0.5), ("は", 0.5, 0.7), ("寒い。", 0.7, 1.5), language="ja"))
    assert cues[0].text == "今日は寒い。"


@pytest.mark.parametrize("length", [60, 130])
def test_a_word_longer_than_a_caption_is_not_lost(length: int) -> None:
    cues = cues_from(transcript(("x" * length, 0, 2)))
    assert "".join(cue.text for cue in cues).replace("\n", "") == "x" * length


spoken_words = some.lists(
    some.tuples(
        some.text("abcdefghij", min_size=1, max_size=14),
        some.sampled_from(["", "", "", "", ",", ".", "?"]),
        some.integers(40, 1200),
        some.integers(0, 900),
    ),
    min_size=1,
    max_size=80,
)


@given(spoken_words)
def test_whatever_is_said_the_rules_hold(said: list[tuple[str, str, int, int]]) -> None:
    now = Fraction(0)
    words = []
    for text, mark, lasts, rests in said:
        words.append((text + mark, float(now), float(now + Fraction(lasts, 1000))))
        now += Fraction(lasts + rests, 1000)
    cues = cues_from(transcript(*words))
    assert " ".join(cue.text.replace("\n", " ") for cue in cues) == " ".join(text for text, *_ in words)
    for cue in cues:
        lines = cue.text.split("\n")
        assert len(lines) <= 2
        assert all(0 < len(line) <= 42 for line in lines)
        assert Fraction(5, 6) <= cue.end - cue.start <= 7
    for before, after in pairwise(cues):
        assert after.start - before.end >= Fraction(1, 12)
