"""Other programs read the WebVTT output, including voices and positions, with any text."""

from __future__ import annotations

import html
from dataclasses import replace
from fractions import Fraction

import webvtt
from hypothesis import given

from engine.speech.captions import Cue, CueWord, write_vtt

from . import caption_data

SPECIAL_CUES = [
    Cue(Fraction(1, 2), Fraction(3, 2), "R&D <b>said</b> a --> b", "Ann"),
    Cue(Fraction(3_725_001, 1000), Fraction(3_727), "two lines\n\nof “text” 🎬", position="top"),
]


def test_webvtt_py_reads_the_captions() -> None:
    one, two = webvtt.from_string(write_vtt(SPECIAL_CUES))
    assert [(cue.start, cue.end) for cue in (one, two)] == [
        ("00:00:00.500", "00:00:01.500"),
        ("01:02:05.001", "01:02:07.000"),
    ]
    assert one.raw_text == "<v Ann>R&amp;D &lt;b&gt;said&lt;/b&gt; a --&gt; b"
    assert one.voice == "Ann"
    assert two.text == "two lines\nof “text” 🎬"
    assert str(two.settings) == "line:0"


def test_no_captions_are_a_header_only() -> None:
    assert write_vtt([]) == "WEBVTT\n"
    assert list(webvtt.from_string(write_vtt([]))) == []


def test_a_dialogue_has_a_voice_in_each_line() -> None:
    cue = Cue(Fraction(0), Fraction(1), "-Ready?\n-Yes.", "Ann & Co", answered_by="Bo")
    assert write_vtt([cue]).endswith("<v Ann &amp; Co>-Ready?</v>\n<v Bo>-Yes.</v>\n")


@given(caption_data.cues)
def test_webvtt_py_reads_any_text_and_time(cues: list[Cue]) -> None:
    read = [
        Cue(
            seconds(caption.start),
            seconds(caption.end),
            html.unescape(caption.text),
            position="top" if str(caption.settings) == "line:0" else "bottom",
        )
        for caption in webvtt.from_string(write_vtt(cues))
    ]
    caption_data.assert_same(cues, read)


def seconds(timestamp: str) -> Fraction:
    """The time of hh:mm:ss.mmm."""
    hours, minutes, rest = timestamp.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + Fraction(rest)


def test_highlighted_words_have_their_times_and_a_colour() -> None:
    times = (Fraction(0), Fraction(1, 2), Fraction(1, 2), Fraction(9))
    places = ((1, 3), (4, 5), (6, 8), (9, 10))
    words = tuple(CueWord(a, b, time, time + 1) for (a, b), time in zip(places, times, strict=True))
    cue = Cue(Fraction(0), Fraction(1), "-so &\n-we x", "Ann", answered_by="Bo", words=words)
    text = write_vtt([replace(cue, text="-so & we x")], "word", "#ff8000ff")
    assert "STYLE\n::cue(c:past) { color: #ff8000; }\n" in text
    # Times increase inside the cue; a word without a time of its own follows the one before it.
    assert "-<c>so</c> <00:00:00.500><c>&amp;</c> <c>we</c> <c>x</c>" in text
    (read,) = webvtt.from_string(text)
    assert html.unescape(read.text) == "-so & we x"
    assert "<00:" not in write_vtt([cue])
