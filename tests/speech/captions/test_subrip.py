"""Other programs read our SubRip, and it survives a round trip."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pysubs2
import pytest
from hypothesis import given

from engine.errors import RequestError
from engine.speech.captions import Cue, parse_srt, read_srt, write_srt

from . import said

NASTY = [
    Cue(Fraction(1, 2), Fraction(3, 2), "R&D <b>said</b> a --> b"),
    Cue(Fraction(3_725_001, 1000), Fraction(3_727), "two lines\n\nof “text” 🎬", position="top"),
    Cue(Fraction(3_728), Fraction(3_729), "00:00:01,000 --> 00:00:02,000"),
    Cue(Fraction(3_730), Fraction(3_731), "the answer is\n42"),
    Cue(Fraction(3_732), Fraction(3_733), "last"),
]


def test_subrip_is_read_elsewhere() -> None:
    read = pysubs2.SSAFile.from_string(write_srt(NASTY), format_="srt", keep_html_tags=True)
    assert [(event.start, event.end) for event in read] == [(int(c.start * 1000), int(c.end * 1000)) for c in NASTY]
    # The joiner that prevents text from being syntax is invisible.
    shown = [event.plaintext.replace("\u2060", "") for event in read]
    assert shown == [
        "R&D <b>said</b> a --> b",
        "two lines\nof “text” 🎬",
        "00:00:01,000 --> 00:00:02,000",
        "the answer is\n42",
        "last",
    ]


def test_nothing_said_is_an_empty_file() -> None:
    assert write_srt([]) == ""
    assert parse_srt("") == []


@given(said.cues)
def test_text_and_times_come_back(cues: list[Cue]) -> None:
    text = write_srt(cues)
    read = parse_srt(text)
    said.assert_same(cues, read)
    assert write_srt(read) == text
    elsewhere = pysubs2.SSAFile.from_string(text, format_="srt")
    assert [(event.start, event.end) for event in elsewhere] == [(c.start * 1000, c.end * 1000) for c in read]


def test_what_others_write_is_understood(tmp_path: Path) -> None:
    path = tmp_path / "a.srt"
    path.write_bytes(
        b"\xef\xbb\xbf\r\n1\r\n0:00:01.5 --> 0:00:02,250 X1:40\r\n"
        b"{\\an8}<i>Up</i> <font color='red'>here</font>\r\n\r\n"
        b"2\r\n00:00:03,000-->00:00:04,000\r\n5 --> 6\r\n\r\nand on\r\n\r\n\r\n3\r\n00:00:05,000 --> 00:00:06,000\r\n"
    )
    assert read_srt(path) == [
        Cue(Fraction(3, 2), Fraction(9, 4), "Up here", position="top"),
        Cue(Fraction(3), Fraction(4), "5 --> 6\nand on"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_that_say_what_they_are(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "a.srt"
    path.write_bytes(write_srt(NASTY).encode(encoding))
    assert [cue.start for cue in read_srt(path)] == [cue.start for cue in NASTY]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"1\n00:00:01,000 --> 00:00:02,000\ncaf\xe9\n", r"byte 0xe9 in line 3 is not UTF-8"),
        ("1\n00:00:01,000 --> 00:00:02,000\nx".encode("utf-16-le"), "UTF-16 without a byte order mark"),
        (b"1\n00:00:01,000 --> 00:00:02,000\nx\n\n2\n00:00:0x,000 --> 00:00:09,000\ny\n", "line 6: “00:00:0x,000”"),
        (b"1\n00:00:01,000 --> soon\nx\n", "line 2: “soon” is not a time"),
        (b"1\n00:00:03,000 --> 00:00:02,000\nx\n", "line 2: the caption ends before it starts"),
        (b"1\n00:61:03,000 --> 00:62:02,000\nx\n", "line 2: “00:61:03,000” is not a time"),
        (b"\nDear diary,\n", "line 2: “Dear diary,” is not the number or the times of a caption"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(content: bytes, complaint: str, tmp_path: Path) -> None:
    path = tmp_path / "a.srt"
    path.write_bytes(content)
    with pytest.raises(RequestError, match=complaint) as refusal:
        read_srt(path)
    assert refusal.value.hint
    assert "a.srt" in refusal.value.message


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="cannot be read"):
        read_srt(tmp_path / "none.srt")
