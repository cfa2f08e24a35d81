"""Caption cues and style rules."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from pydantic import Field

from engine.catalog import Exact, FrozenModel
from engine.speech.captions.graphemes import graphemes, leans

Position = Literal["bottom", "top"]
"""The position of a caption in the picture."""


Highlight = Literal["none", "word", "fill"]
"""The words of a caption that are coloured while they are spoken: none, the current one, or all up to it."""


@dataclass(frozen=True, slots=True)
class CueWord:
    """A word of a caption: the characters `text[first:last]` of the cue, and its times in seconds."""

    first: int
    last: int
    start: Fraction
    end: Fraction


@dataclass(frozen=True, slots=True)
class Cue:
    """One caption: seconds on the file's clock, and one or two lines separated by a newline.

    `speaker` is the speaker's name. In a dialogue, whose lines start with a hyphen, `speaker` says the first line and
    `answered_by` the second. `words` are the words in order; empty if their times are not known.
    """

    start: Fraction
    end: Fraction
    text: str
    speaker: str | None = None
    position: Position = "bottom"
    answered_by: str | None = None
    words: tuple[CueWord, ...] = ()

    def clipped(self, start: Fraction, end: Fraction, shift: Fraction) -> Cue:
        """The cue and its words, clipped to a range in seconds, then moved by `shift` seconds."""

        def moved(time: Fraction) -> Fraction:
            return min(max(time, start), end) + shift

        words = tuple(replace(word, start=moved(word.start), end=moved(word.end)) for word in self.words)
        return replace(self, start=moved(self.start), end=moved(self.end), words=words)

    def spoken_at(self, time: Fraction) -> CueWord | None:
        """The word at a time in seconds, or the last one before it; None before the first word."""
        at = bisect_right(self.words, time, key=lambda word: word.start)
        return self.words[at - 1] if at else None


class Style(FrozenModel):
    """Caption rules; the defaults are from Netflix's Timed Text Style Guide, General Requirements.

    `line` is in columns, of which a full-width character takes two; `shortest`, `longest` and `gap` are in seconds. If
    the picture's frame rate is known, the gap is `gap_frames` frames instead. `near` (seconds) is the distance within
    which a caption snaps to a cut, and within which a gap between captions is closed to avoid flicker.
    """

    line: int = Field(default=42, ge=2)
    lines: int = Field(default=2, ge=1)
    shortest: Exact = Fraction(5, 6)
    longest: Exact = Fraction(7)
    gap: Exact = Fraction(1, 12)
    gap_frames: int = Field(default=2, ge=0)
    read_per_second: Exact = Fraction(17)
    near: Exact = Fraction(1, 2)

    def gap_at(self, frame: Fraction | None) -> Fraction:
        """The gap in seconds; `frame` is the frame duration in seconds."""
        return self.gap if frame is None else self.gap_frames * frame

    def heeded(self, cuts: Sequence[Fraction], frame: Fraction | None = None) -> list[Fraction]:
        """The cuts that captions respect, in order; cuts that follow too closely for a caption are skipped."""
        least = self.shortest + self.gap_at(frame) + 2 * (frame or 0)
        kept: list[Fraction] = []
        for cut in sorted(set(cuts)):
            # The first shot begins at zero.
            if cut - (kept[-1] if kept else 0) >= least:
                kept.append(cut)
        return kept


NETFLIX = Style()

# Line ends of different caption readers.
_LINE_END = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")


def columns(text: str) -> int:
    """The width of a text in columns, also its reading length; full-width characters count as two."""
    return len(text) if text.isascii() else sum(max(map(_width, cluster)) for cluster in graphemes(text))


def _width(character: str) -> int:
    if leans(character) or unicodedata.category(character) == "Cf":
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def between(times: Sequence[Fraction], start: Fraction, end: Fraction) -> Fraction | None:
    """The first of the sorted times between `start` and `end`, exclusive; None if there is none."""
    at = bisect_right(times, start)
    return times[at] if at < len(times) and times[at] < end else None


def plain(text: str) -> str:
    r"""Text that is valid in every format: lines separated by \n, without blank lines.

    Removes characters that are invalid in XML 1.0 or UTF-8 (control characters, lone surrogates, noncharacters).
    """
    lines = _LINE_END.sub("\n", text).replace("\t", " ").split("\n")
    kept = ("".join(c for c in line if _allowed(c)).strip(" ") for line in lines)
    return "\n".join(line for line in kept if line.strip())


def _allowed(character: str) -> bool:
    code = ord(character)
    return (
        unicodedata.category(character) not in ("Cc", "Cs") and code & 0xFFFE != 0xFFFE and not 0xFDD0 <= code < 0xFDF0
    )
