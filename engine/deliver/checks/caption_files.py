"""The words of caption files, for comparing them with the requested cues."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.picture import CaptionLine

FILE_UNIT = Fraction(1, 100)
"""The coarsest unit of times in seconds: that of ASS."""

_JOINER = "\u2060"


def joined(lines: Iterable[CaptionLine]) -> list[CaptionLine]:
    """The cues, with those as one that follow each other without a pause and have the same words.

    An ASS file whose words are coloured one after the other repeats a cue for each word.
    """
    found: list[CaptionLine] = []
    for start, end, said in lines:
        if found and found[-1][2] == said and abs(found[-1][1] - start) <= FILE_UNIT:
            found[-1] = found[-1][0], end, said
        else:
            found.append((start, end, said))
    return found


def words(text: str) -> str:
    """Text with one space between words, without the joiners that protect it from being read as markup."""
    return " ".join(text.replace(_JOINER, "").split())
