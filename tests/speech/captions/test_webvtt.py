"""Other programs read our WebVTT, including voices and positions, whatever its text is."""

from __future__ import annotations

import html
from fractions import Fraction

import webvtt
from hypothesis import given

from engine.speech.captions import Cue, write_vtt

from . import said

NASTY = [
    Cue(Fraction(1, 2), Fraction(3, 2), "R&D <b>said</b> a --> b", "Ann"),
    Cue(Fraction(3_725_001, 1000), Fraction(3_727), "two lines\n\nof “text” 🎬", position="top"),
]


def test_webvtt_is_read_elsewhere() -> None:
    one, two = webvtt.from_string(write_vtt(NASTY))
    assert [(cue.start, cue.end) for cue in (one, two)] == [
        ("00:00:00.500", "00:00:01.500"),
        ("01:02:05.001", "01:02:07.000"),
    ]
    assert one.raw_text == "<v Ann>R&amp;D &lt;b&gt;said&lt;/b&gt; a --&gt; b"
    assert one.voice == "Ann"
    assert two.text == "two lines\nof “text” 🎬"
    assert str(two.settings) == "line:0"


def test_nothing_said_is_a_header_alone() -> None:
    assert write_vtt([]) == "WEBVTT\n"
    assert list(webvtt.from_string(write_vtt([]))) == []


def test_a_dialogue_has_a_voice_in_each_line() -> None:
    cue = Cue(Fraction(0), Fraction(1), "-Ready?\n-Yes.", "Ann & Co", answered_by="Bo")
    assert write_vtt([cue]).endswith("<v Ann &amp; Co>-Ready?</v>\n<v Bo>-Yes.</v>\n")


@given(said.cues)
def test_text_and_times_are_read_elsewhere(cues: list[Cue]) -> None:
    read = [
        Cue(
            seconds(caption.start),
            seconds(caption.end),
            html.unescape(caption.text),
            position="top" if str(caption.settings) == "line:0" else "bottom",
        )
        for caption in webvtt.from_string(write_vtt(cues))
    ]
    said.assert_same(cues, read)


def seconds(timestamp: str) -> Fraction:
    """The time of hh:mm:ss.mmm."""
    hours, minutes, rest = timestamp.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + Fraction(rest)
