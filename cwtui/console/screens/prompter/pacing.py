"""Wrapping, pacing, sentence search and mirroring of a script for the teleprompter."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from rich.cells import cell_len

MIN_PACE, MAX_PACE, PACE_STEP, DEFAULT_PACE = 60, 260, 10, 140
# Scripts without spaces may break anywhere; two of their characters take about as long to speak as a word.
_WIDE = "\u2e80-\u2fdf\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_WIDE}][\u3000-\u303f\uff00-\uff65]*|[^\s{_WIDE}]+")
_WIDE_ONE = re.compile(rf"[{_WIDE}]")
_SENTENCE = re.compile(r"(?:[.!?…]+[\"'”’»)\]]*\s+(?![a-zà-öø-ÿ])|[。！？][」』）]*\s*|\n[^\S\n]*\n\s*)")
_MIRRORED = str.maketrans("()[]{}<>«»‹›“”‘’/\\", ")(][}{><»«›‹”“’‘\\/")
_JOINER = "\u200d"

Measure = Callable[[str], int]
"""Returns the width of a text in cells."""


@dataclass(frozen=True, slots=True)
class ScriptLine:
    """A wrapped line: characters `starts` to `ends` of the script, its displayed text and its weight in words.

    `after_gap`: the line begins a paragraph.
    """

    starts: int
    ends: int
    text: str
    words: float
    after_gap: bool


@dataclass
class ScriptPacer:
    """The position in a script, the pace in words per minute and the elapsed seconds. It has no clock."""

    script: str = ""
    width: int = 0
    measure: Measure = cell_len
    pace: int = DEFAULT_PACE
    lines: list[ScriptLine] = field(default_factory=list)
    line_index: int = 0
    line_fraction: float = 0.0
    elapsed: float = 0.0

    @property
    def offset(self) -> int:
        """The current character."""
        if not self.lines:
            return 0
        line = self.lines[self.line_index]
        return line.starts + int(self.line_fraction * (line.ends - line.starts))

    @property
    def ended(self) -> bool:
        """Whether the end has been reached."""
        return not self.lines or (self.line_index == len(self.lines) - 1 and self.line_fraction >= 1.0)

    @property
    def words_left(self) -> float:
        """The number of words left."""
        if not self.lines:
            return 0.0
        return self.lines[self.line_index].words * (1 - self.line_fraction) + sum(
            line.words for line in self.lines[self.line_index + 1 :]
        )

    @property
    def seconds_left(self) -> float:
        """The seconds left at this pace."""
        return self.words_left * 60 / self.pace

    def set_script(self, script: str, width: int, measure: Measure = cell_len) -> None:
        """Wrap a script to a width in cells; the position is kept."""
        if (script, width, measure) == (self.script, self.width, self.measure):
            return
        offset, whole = self.offset, self.ended and bool(self.lines)
        self.script, self.width, self.measure = script, width, measure
        self.lines = list(wrap_script(script, width, measure))
        self.move_to(offset)
        if whole and self.lines and self.line_index == len(self.lines) - 1:
            self.line_fraction = 1.0

    def move_to(self, offset: int, *, to_line: bool = False) -> None:
        """Move to a character of the script, or to the beginning of its line."""
        self.line_index = max(0, bisect_right(self.lines, offset, key=lambda line: line.starts) - 1)
        line = self.lines[self.line_index] if self.lines else None
        inside = 0.0 if to_line or line is None else (offset - line.starts) / max(1, line.ends - line.starts)
        self.line_fraction = min(max(inside, 0.0), 1.0)

    def move_by(self, steps: int) -> None:
        """Move by lines."""
        self.line_index = min(max(self.line_index + steps, 0), max(0, len(self.lines) - 1))
        self.line_fraction = 0.0

    def advance(self, seconds: float) -> None:
        """Advance by seconds; each line takes the time of its words at the pace."""
        self.elapsed += min(seconds, self.seconds_left)
        while self.lines and seconds > 0 and not self.ended:
            rest = self.lines[self.line_index].words * 60 / self.pace * (1 - self.line_fraction)
            if seconds < rest:
                self.line_fraction += (1 - self.line_fraction) * seconds / rest
                return
            seconds -= rest
            self.line_index, self.line_fraction = (
                (self.line_index, 1.0) if self.line_index == len(self.lines) - 1 else (self.line_index + 1, 0.0)
            )

    def change_pace(self, steps: int) -> None:
        """Change the pace by steps of 10 words per minute."""
        self.pace = min(max(self.pace + steps * PACE_STEP, MIN_PACE), MAX_PACE)


def wrap_script(script: str, width: int, measure: Measure = cell_len) -> Iterator[ScriptLine]:
    """The lines of a script at a width in cells, by the widths that `measure` returns."""
    gap, first = False, True
    for part in re.finditer(r"[^\r\n]+", script):
        before = script[max(0, part.start() - 4) : part.start()]
        gap = gap or before.endswith(("\n\n", "\r\n\r\n", "\r\r"))
        words = list(_words(part.group(), part.start(), width, measure))
        if not words:
            gap = True
        at = 0
        while at < len(words):
            last = at
            while last + 1 < len(words) and measure(script[words[at][0] : words[last + 1][1]]) <= width:
                last += 1
            starts, ends = words[at][0], words[last][1]
            weight = sum(part for _, _, part in words[at : last + 1])
            yield ScriptLine(starts, ends, _replace_controls(script[starts:ends]), weight, gap and not first)
            gap, first, at = False, False, last + 1


def sentence_at(script: str, offset: int) -> tuple[int, int]:
    """The (start, end) of the sentence around a character."""
    starts, ends = 0, len(script)
    for end in _SENTENCE.finditer(script):
        if end.end() > offset:
            ends = end.end()
            break
        starts = end.end()
    return starts, ends


def mirror_text(text: str) -> str:
    """The text reversed by grapheme, with mirrored brackets; combining characters stay with their base."""
    groups: list[str] = []
    for letter in text:
        if groups and (cell_len(letter) == 0 or groups[-1].endswith(_JOINER)):
            groups[-1] += letter
        else:
            groups.append(letter)
    return "".join(reversed(groups)).translate(_MIRRORED)


def _words(text: str, offset: int, width: int, measure: Measure) -> Iterator[tuple[int, int, float]]:
    """The start, end and weight of each word; a word wider than a line is split."""
    for word in _WORD.finditer(text):
        starts, weight = word.start(), 0.5 if _WIDE_ONE.match(word.group()) else 1.0
        if not any(letter.isalnum() for letter in word.group()):
            weight = 0.0
        fits = measure(word.group()) <= width
        for at in () if fits else range(word.start() + 1, word.end()):
            if measure(text[starts : at + 1]) > width:
                yield offset + starts, offset + at, weight
                starts, weight = at, 0.0
        yield offset + starts, offset + word.end(), weight


def _replace_controls(text: str) -> str:
    """The text with control characters replaced by spaces."""
    return "".join(" " if unicodedata.category(letter) == "Cc" else letter for letter in text)


def location_of(text: str, offset: int) -> tuple[int, int]:
    """Returns the line and the column of a character."""
    before = text[:offset].splitlines(keepends=True) or [""]
    return (len(before), 0) if before[-1].endswith("\n") else (len(before) - 1, len(before[-1]))
