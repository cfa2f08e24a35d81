"""Caption files of every format, read back, have the words and times that were written."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import get_args

import pytest

from engine.deliver.checks.caption_files import read_caption_file, words
from engine.speech import CaptionFormat, CaptionLook, Cue, CueWord, Highlight, write_captions

CUES = [
    Cue(Fraction(1, 5), Fraction(6, 5), "Salt & <pepper>\nfor {two} \\n", speaker="Anna"),
    Cue(Fraction(2), Fraction(3), "ماء هادئ --> here", position="top"),
    Cue(
        Fraction(3), Fraction(4), "one two",
        words=(CueWord(0, 3, Fraction(3), Fraction(7, 2)), CueWord(4, 7, Fraction(7, 2), Fraction(4))),
    ),
]  # fmt: skip


@pytest.mark.parametrize("kind", get_args(CaptionFormat))
@pytest.mark.parametrize("highlight", get_args(Highlight))
def test_caption_files_are_read_back(tmp_path: Path, kind: CaptionFormat, highlight: Highlight) -> None:
    path = tmp_path / f"a.{kind}"
    path.write_bytes(write_captions(CUES, kind, "en", CaptionLook(highlight=highlight)))
    assert read_caption_file(path, kind) == [(cue.start, cue.end, words(cue.text)) for cue in CUES]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"<tt"])
@pytest.mark.parametrize("kind", get_args(CaptionFormat))
def test_a_file_that_is_no_caption_file_has_no_cues(tmp_path: Path, kind: CaptionFormat, content: bytes) -> None:
    path = tmp_path / "a"
    path.write_bytes(content)
    assert read_caption_file(path, kind) == []
