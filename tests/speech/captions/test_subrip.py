"""Other programs read the SubRip output, with any text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import pysubs2
from hypothesis import given

from engine.speech.captions import Cue, write_srt

from . import caption_data

SPECIAL_CUES = [
    Cue(Fraction(1, 2), Fraction(3, 2), "R&D <b>said</b> a --> b"),
    Cue(Fraction(3_725_001, 1000), Fraction(3_727), "two lines\n\nof “text” 🎬", position="top"),
    Cue(Fraction(3_728), Fraction(3_729), "00:00:01,000 --> 00:00:02,000"),
    Cue(Fraction(3_730), Fraction(3_731), "the answer is\n42"),
    Cue(Fraction(3_732), Fraction(3_733), "last"),
]
# pysubs2 reads a number at the end of the last caption as the number of another caption.
LAST = Cue(Fraction(100 * 3600 - 2), Fraction(100 * 3600 - 1), "last")


def read(text: str) -> list[Cue]:
    """The captions that pysubs2 reads from SubRip, with their tags and joiners."""
    return [
        Cue(
            Fraction(event.start, 1000),
            Fraction(event.end, 1000),
            event.text.removeprefix(r"{\an8}"),
            position="top" if event.text.startswith(r"{\an8}") else "bottom",
        )
        for event in pysubs2.SSAFile.from_string(text, format_="srt", keep_html_tags=True)
    ]


def comparable(cues: Sequence[Cue]) -> list[Cue]:
    r"""The cues without the joiners that keep text from being syntax, and with pysubs2's line ends (\N) as such."""
    return [replace(cue, text=cue.text.replace("\u2060", "").replace("\\N", "\n")) for cue in cues]


def test_pysubs2_reads_the_captions() -> None:
    text = write_srt(SPECIAL_CUES)
    assert [(cue.start, cue.end) for cue in read(text)] == [(cue.start, cue.end) for cue in SPECIAL_CUES]
    assert [cue.position for cue in read(text)] == ["bottom", "top", "bottom", "bottom", "bottom"]
    assert [cue.text for cue in comparable(read(text))] == [
        "R&D <b>said</b> a --> b",
        "two lines\nof “text” 🎬",
        "00:00:01,000 --> 00:00:02,000",
        "the answer is\n42",
        "last",
    ]


def test_no_captions_are_an_empty_file() -> None:
    assert write_srt([]) == ""


@given(caption_data.cues)
def test_pysubs2_reads_any_text_and_time(cues: list[Cue]) -> None:
    caption_data.assert_same(comparable([*cues, LAST]), comparable(read(write_srt([*cues, LAST]))))
