"""A script as it is read aloud: wrapped, paced by its words, found again sentence by sentence; mirrored for a glass."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from rich.cells import cell_len

SLOWEST, FASTEST, STEP, USUAL = 60, 260, 10, 140
# Scripts without spaces break anywhere; two of their characters take about as long to say as a word.
_WIDE = "\u2e80-\u2fdf\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_WIDE}][\u3000-\u303f\uff00-\uff65]*|[^\s{_WIDE}]+")
_WIDE_ONE = re.compile(rf"[{_WIDE}]")
_SENTENCE = re.compile(r"(?:[.!?…]+[\"'”’»)\]]*\s+(?![a-zà-öø-ÿ])|[。！？][」』）]*\s*|\n[^\S\n]*\n\s*)")
_FACING = str.maketrans("()[]{}<>«»‹›“”‘’/\\", ")(][}{><»«›‹”“’‘\\/")
_JOINER = "\u200d"


@dataclass(frozen=True, slots=True)
class Line:
    """A wrapped line: characters `starts` to `ends` of the script, what is shown of them, and how much it is to say.

    `after_gap`: a paragraph begins here.
    """

    starts: int
    ends: int
    shown: str
    words: float
    after_gap: bool


@dataclass
class Reading:
    """Where one is in a script, at which pace, and how long it has rolled. It knows no clock: it is told seconds."""

    script: str = ""
    width: int = 0
    pace: int = USUAL
    lines: list[Line] = field(default_factory=list)
    at: int = 0
    part: float = 0.0
    gone: float = 0.0

    @property
    def place(self) -> int:
        """The character that is being read."""
        if not self.lines:
            return 0
        line = self.lines[self.at]
        return line.starts + int(self.part * (line.ends - line.starts))

    @property
    def ended(self) -> bool:
        """Whether the last word has been read."""
        return not self.lines or (self.at == len(self.lines) - 1 and self.part >= 1.0)

    @property
    def words_left(self) -> float:
        """How much there still is to say, in words."""
        if not self.lines:
            return 0.0
        return self.lines[self.at].words * (1 - self.part) + sum(line.words for line in self.lines[self.at + 1 :])

    @property
    def seconds_left(self) -> float:
        """How long that takes at this pace."""
        return self.words_left * 60 / self.pace

    def put(self, script: str, width: int) -> None:
        """Wraps a script for a width; the place in it is kept."""
        if (script, width) == (self.script, self.width):
            return
        place, whole = self.place, self.ended and bool(self.lines)
        self.script, self.width = script, width
        self.lines = list(wrapped(script, width))
        self.go(place)
        if whole and self.lines and self.at == len(self.lines) - 1:
            self.part = 1.0

    def go(self, place: int, *, to_line: bool = False) -> None:
        """To a character of the script, or the beginning of its line."""
        self.at = max(0, bisect_right(self.lines, place, key=lambda line: line.starts) - 1)
        line = self.lines[self.at] if self.lines else None
        inside = 0.0 if to_line or line is None else (place - line.starts) / max(1, line.ends - line.starts)
        self.part = min(max(inside, 0.0), 1.0)

    def move(self, steps: int) -> None:
        """Some lines on, or back."""
        self.at = min(max(self.at + steps, 0), max(0, len(self.lines) - 1))
        self.part = 0.0

    def advance(self, seconds: float) -> None:
        """Rolls for so long; each line stays for its words at the pace."""
        self.gone += min(seconds, self.seconds_left)
        while self.lines and seconds > 0 and not self.ended:
            rest = self.lines[self.at].words * 60 / self.pace * (1 - self.part)
            if seconds < rest:
                self.part += (1 - self.part) * seconds / rest
                return
            seconds -= rest
            self.at, self.part = (self.at, 1.0) if self.at == len(self.lines) - 1 else (self.at + 1, 0.0)

    def faster(self, steps: int) -> None:
        """So many steps of pace more, or less."""
        self.pace = min(max(self.pace + steps * STEP, SLOWEST), FASTEST)


def wrapped(script: str, width: int) -> Iterator[Line]:
    """A script's lines at a width, each a stretch of it."""
    gap, first = False, True
    for part in re.finditer(r"[^\r\n]+", script):
        before = script[max(0, part.start() - 4) : part.start()]
        gap = gap or before.endswith(("\n\n", "\r\n\r\n", "\r\r"))
        words = list(_words(part.group(), part.start(), width))
        if not words:
            gap = True
        at = 0
        while at < len(words):
            last = at
            while last + 1 < len(words) and cell_len(script[words[at][0] : words[last + 1][1]]) <= width:
                last += 1
            starts, ends = words[at][0], words[last][1]
            said = sum(weight for _, _, weight in words[at : last + 1])
            yield Line(starts, ends, _clean(script[starts:ends]), said, gap and not first)
            gap, first, at = False, False, last + 1


def sentence_at(script: str, place: int) -> tuple[int, int]:
    """From where to where the sentence goes that a character is in."""
    starts, ends = 0, len(script)
    for end in _SENTENCE.finditer(script):
        if end.end() > place:
            ends = end.end()
            break
        starts = end.end()
    return starts, ends


def mirrored(text: str) -> str:
    """Right to left, character by character, brackets turned; what belongs to a character stays with it."""
    groups: list[str] = []
    for letter in text:
        if groups and (cell_len(letter) == 0 or groups[-1].endswith(_JOINER)):
            groups[-1] += letter
        else:
            groups.append(letter)
    return "".join(reversed(groups)).translate(_FACING)


def _words(text: str, offset: int, width: int) -> Iterator[tuple[int, int, float]]:
    """Each word's beginning, end and weight; one that is wider than a line comes in pieces."""
    for word in _WORD.finditer(text):
        starts, weight = word.start(), 0.5 if _WIDE_ONE.match(word.group()) else 1.0
        if not any(letter.isalnum() for letter in word.group()):
            weight = 0.0
        for at in range(word.start() + 1, word.end()):
            if cell_len(text[starts : at + 1]) > width:
                yield offset + starts, offset + at, weight
                starts, weight = at, 0.0
        yield offset + starts, offset + word.end(), weight


def _clean(text: str) -> str:
    """Without what a terminal would obey instead of showing it."""
    return "".join(" " if unicodedata.category(letter) == "Cc" else letter for letter in text)
