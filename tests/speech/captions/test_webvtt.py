"""Other programs read our WebVTT, and it survives a round trip, including voices and positions."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
import webvtt
from hypothesis import given

from engine.errors import RequestError
from engine.speech.captions import Cue, parse_vtt, read_vtt, write_vtt

from . import said

NASTY = [
    Cue(Fraction(1, 2), Fraction(3, 2), "R&D <b>said</b> a --> b", "Ann"),
    Cue(Fraction(3_725_001, 1000), Fraction(3_727), "two lines\nof “text” 🎬", position="top"),
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


def test_nothing_said_is_a_header_alone() -> None:
    assert write_vtt([]) == "WEBVTT\n"
    assert list(webvtt.from_string(write_vtt([]))) == []
    assert parse_vtt("WEBVTT") == []


def test_a_dialogue_has_a_voice_in_each_line() -> None:
    cue = Cue(Fraction(0), Fraction(1), "-Ready?\n-Yes.", "Ann & Co", answered_by="Bo")
    text = write_vtt([cue])
    assert text.endswith("<v Ann &amp; Co>-Ready?</v>\n<v Bo>-Yes.</v>\n")
    assert parse_vtt(text) == [cue]


@given(said.cues)
def test_text_and_times_come_back(cues: list[Cue]) -> None:
    text = write_vtt(cues)
    read = parse_vtt(text)
    said.assert_same(cues, read)
    assert write_vtt(read) == text
    elsewhere = list(webvtt.from_string(text))
    assert [cue.start_in_seconds for cue in elsewhere] == [int(cue.start) for cue in read]


def test_what_others_write_is_understood(tmp_path: Path) -> None:
    path = tmp_path / "a.vtt"
    path.write_bytes(
        b"\xef\xbb\xbfWEBVTT Kind: captions\r\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\r\n\r\n"
        b"STYLE\r\n::cue { color: lime }\r\n\r\nNOTE not\r\nshown\r\n\r\n"
        b"intro\r\n00:01.500 --> 00:02.250 align:start line:10%\r\n"
        b"<v.loud Ann>A <i>caf&eacute;</i> <00:02.000>&amp; tea\r\n\r\n"
        b"00:00:03.000 --> 00:00:04.000 line:-2\r\nlow\r\n"
    )
    assert read_vtt(path) == [
        Cue(Fraction(3, 2), Fraction(9, 4), "A café & tea", "Ann", "top"),
        Cue(Fraction(3), Fraction(4), "low"),
    ]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"1\n00:00:01,000 --> 00:00:02,000\nx\n", "line 1: a WebVTT file must start with WEBVTT"),
        (b"WEBVTT\n\n00:01.000 --> never\nx\n", "line 3: “never” is not a time"),
        (b"WEBVTT\n\n00:01.000 --> 00:00.500\nx\n", "line 3: the caption ends before it starts"),
        (b"WEBVTT\n\nhello\n", "line 3: a caption has no times"),
        (b"WEBVTT\n\n00:01.000 --> 00:02.000\ncaf\xe9\n", "byte 0xe9 in line 4 is not UTF-8"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(content: bytes, complaint: str, tmp_path: Path) -> None:
    path = tmp_path / "a.vtt"
    path.write_bytes(content)
    with pytest.raises(RequestError, match=complaint):
        read_vtt(path)
