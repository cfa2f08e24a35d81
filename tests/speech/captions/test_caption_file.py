"""Caption files are read as they were written, and as other programs read them; what is broken in them is found."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import get_args

import pysubs2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import EngineError
from engine.speech.captions import (
    CaptionFormat,
    CaptionLook,
    Cue,
    CueWord,
    Highlight,
    markup_findings,
    read_caption_file,
    write_captions,
)
from engine.speech.captions.textfile import written
from tests.examples import examples

from . import caption_data

FORMATS: tuple[CaptionFormat, ...] = get_args(CaptionFormat)
SAID = Cue(
    Fraction(1),
    Fraction(3),
    "Hello <b> & {x}\nworld --> 0:01:02.5",
    words=(CueWord(0, 5, Fraction(1), Fraction(2)), CueWord(16, 21, Fraction(2), Fraction(5, 2))),
)
ARABIC = Cue(Fraction(3), Fraction(4), "ماء هادئ --> here", speaker="Anna", position="top")
ANSWERED = Cue(Fraction(4), Fraction(6), "-Hi\n-Ho \\N {a}", speaker="A", answered_by="B", position="top")


@pytest.mark.parametrize("highlight", get_args(Highlight))
@pytest.mark.parametrize("kind", FORMATS)
def test_a_file_is_read_as_it_was_written(kind: CaptionFormat, highlight: Highlight) -> None:
    cues = (SAID, ARABIC, ANSWERED)
    found = read_caption_file(write_captions(cues, kind, "en", CaptionLook(highlight)), kind)
    assert [(one.start, one.end, one.text) for one in found] == [(one.start, one.end, one.text) for one in cues]
    assert markup_findings(found, kind) == []


@pytest.mark.parametrize("kind", FORMATS)
@given(cues=caption_data.cues)
@examples(30)
def test_any_text_and_time_survive(kind: CaptionFormat, cues: list[Cue]) -> None:
    unit = Fraction(1, 100 if kind == "ass" else 1000)
    read = read_caption_file(write_captions(cues, kind), kind)
    wanted = list(written(cues, unit))
    assert [(one.start, one.end) for one in read] == [(one.start, one.end) for one in wanted]
    assert [bare(one.text) for one in read] == [bare(one.text) for one in wanted]
    if all(all(bare(one.text)) for one in wanted):
        assert markup_findings(read, kind) == []


def bare(text: str) -> list[str]:
    return [line.replace("\u2060", "").strip() for line in text.split("\n")]


@given(st.lists(st.text("abc <>&{}/bi", min_size=1, max_size=12).filter(str.strip), min_size=1, max_size=4))
def test_pysubs2_reads_the_same_cues(texts: list[str]) -> None:
    cues = [Cue(Fraction(n), Fraction(n + 1), f"a{text.strip()}") for n, text in enumerate(texts)]
    for kind in ("srt", "vtt"):
        content = write_captions(cues, kind)
        read = pysubs2.SSAFile.from_string(content.decode())
        assert [(one.start, one.end) for one in read] == [
            (one.start * 1000, one.end * 1000) for one in read_caption_file(content, kind)
        ]


@pytest.mark.parametrize(
    ("kind", "old", "new", "rule"),
    [
        ("srt", "Hello", "<b>Hello", "markup"),
        ("srt", "Hello", "He\x07llo", "characters"),
        ("srt", "-Hi\n-Ho \\N {a}\n", "\n", "empty"),
        ("vtt", "</c>", "", "markup"),
        ("vtt", "<c>Hello", "<cHello", "markup"),
        ("vtt", "</v>", "", "markup"),
        ("vtt", "Hello", "\x1b", "characters"),
        ("ass", r"{\r}", "", "markup"),
        ("ass", r"Hello", r"{\1c&H4DD8FF&", "markup"),
        ("ttml", "-Hi", "-H\x85i", "characters"),
    ],
)
def test_what_a_player_cannot_show_is_found(kind: CaptionFormat, old: str, new: str, rule: str) -> None:
    content = write_captions([SAID, ANSWERED], kind, "en", CaptionLook("word")).decode()
    assert old in content
    found = read_caption_file(content.replace(old, new, 1).encode(), kind)
    assert {one.rule for one in markup_findings(found, kind)} == {rule}


def test_a_file_of_another_kind_is_refused() -> None:
    for kind, content in (
        ("vtt", b"1\n"),
        ("ass", b"[Script Info]"),
        ("ttml", b"<tt"),
        ("srt", b"\xff\xfe"),
        ("vtt", b""),
    ):
        with pytest.raises(EngineError, match="cannot be read"):
            read_caption_file(content, kind)  # type: ignore[arg-type]
    untimed = write_captions([SAID], "ttml").replace(b'begin="00:00:01.000"', b"")
    with pytest.raises(EngineError, match="no times"):
        read_caption_file(untimed, "ttml")


def test_equal_cues_in_ass_stay_apart() -> None:
    twice = [SAID, replace(SAID, start=SAID.end, end=SAID.end + 1, words=())]
    assert len(read_caption_file(write_captions(twice, "ass"), "ass")) == 2
