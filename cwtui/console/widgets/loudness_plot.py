"""Sound before and after it was cleaned, one above the other: its shape, its loudness over time, and the target.

Textual sends a changed stretch of a line from where the widget begins in which it lies. So that a playhead costs
little, what it moves over is cut into narrow widgets.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.app import ComposeResult
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from cwtui.console.widgets.base import Part
from cwtui.console.widgets.braille import Scale, sign, trace
from cwtui.console.workers.error_report import in_words
from cwtui.formatting import block, filled, highest, level

if TYPE_CHECKING:
    from engine.tasks import TakeLevels

_COLUMNS = 2048
# Highest samples out of 255: below the one nobody speaks, from the other on it may have clipped.
_QUIET, _LOUD = 12, 254
_MARGIN, _EDGE, _STRETCH = 10, 2, 5
# Takes shorter than this have too little of short-term loudness, whose window is 3 s.
_SHORT = Fraction(10)
# From the target: what a line of loudness shows below and above it, in LU.
_BELOW, _ABOVE = 26.0, 8.0
# Of a playhead that moves by itself, the lines that a tick may send; about 100 bytes each.
_LINES_A_TICK = 4


@dataclass(frozen=True, slots=True)
class Side:
    """Sound as it is drawn: highest samples in equal parts of it, 0 to 255 of full scale; loudness each `step` s."""

    peaks: Sequence[int]
    momentary: Sequence[float]
    short_term: Sequence[float]
    step: Fraction

    @classmethod
    def of(cls, levels: TakeLevels) -> Side:
        """A take's own."""
        return cls(levels.peaks, levels.momentary, levels.short_term, levels.step)

    def at(self, moment: Fraction) -> tuple[float, float]:
        """Momentary and short-term loudness at a moment, LUFS."""
        n = min(max(int(moment / self.step), 0), len(self.momentary) - 1)
        return (self.momentary[n], self.short_term[n]) if n >= 0 else (-inf, -inf)


class Heard(Message):
    """A job's cleaned sound has been listened to, or could not be: `trouble` says why."""

    def __init__(self, job: str, side: Side | None, trouble: str = "") -> None:
        super().__init__()
        self.job = job
        self.side = side
        self.trouble = trouble


def listen(job: str, path: Path, over: Callable[[], bool], tell: Callable[[Message], object]) -> None:
    """Reads a cleaned file's shape and loudness, and tells; nothing once it is `over`. For a thread of its own."""
    from engine.sound import meter_file, peaks, series_of

    try:
        shape = peaks(path, None, _COLUMNS)
        series = series_of(meter_file(path, cancelled=over))
    except Exception as error:
        heard = Heard(job, None, in_words(error).message)
    else:
        highest = [min(255, round(float(max(-low, high)) * 255)) for low, high, _ in shape]
        heard = Heard(job, Side(highest, series.momentary_lufs, series.short_term_lufs, Fraction(1, 10)))
    if not over():
        tell(heard)


@dataclass(frozen=True)
class Drawn:
    """What is drawn: seconds, the sides there are, the target in LUFS, and what is said where a side is not."""

    duration: Fraction = Fraction(1)
    before: Side | None = None
    after: Side | None = None
    target: float = -16.0
    no_before: str = ""
    no_after: str = ""


Row = tuple[str, list[tuple[str, Style]]]
"""A line: its label, and its cells."""


class Curves(Part):
    """Two shapes, and the loudness of both in one; a playhead over all of them. Drawn by its strips."""

    DEFAULT_CSS = """
    Curves { layout: horizontal; overflow: hidden hidden; }
    Curves Labels { width: 10; height: 100%; }
    Curves Stretch { width: 5; height: 100%; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.at: Fraction | None = None
        self.column: int | None = None
        self._drawn = Drawn()
        self._credit = 0
        self._lines: list[Row] = []
        self._made_for: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        """The labels; what they label comes with its width."""
        yield Labels()

    async def on_resize(self) -> None:
        """As many strips as there is room for."""
        have = len(self.query(Stretch))
        await self.mount_all(Stretch(n * _STRETCH) for n in range(have, -(-self._room() // _STRETCH)))

    @property
    def lines(self) -> Sequence[Row]:
        """What is drawn, without the playhead."""
        made_for = (self.size, self.desk.theme)
        if made_for != self._made_for:
            self._made_for, self._lines = made_for, self._make()
        return self._lines

    def put(self, drawn: Drawn) -> None:
        """Another take, or more of it."""
        if drawn != self._drawn:
            self._drawn, self._made_for = drawn, ()
            for part in self.children:
                part.refresh()

    def go(self, at: Fraction | None, paced: bool = False) -> None:
        """The playhead to a moment, or away. `paced` keeps what a tall one sends of it within a slow line's means."""
        height = self.size.height
        if at != self.at:
            self.at = at
            self.query_one(Labels).refresh(Region(0, height - 1, _MARGIN, 1))
        column = None if at is None else min(self._room() - 1, max(0, int(at * self._room() / self._drawn.duration)))
        if column == self.column:
            return
        self._credit = min(height, self._credit + _LINES_A_TICK)
        if paced and self._credit < height:
            return
        before, self.column, self._credit = self.column, column, 0
        for part in self.query(Stretch):
            for x in (before, column):
                if x is not None and part.first <= x < part.first + _STRETCH:
                    part.refresh(Region(x - part.first, 0, 1, height))

    def _room(self) -> int:
        return max(1, self.size.width - _MARGIN - _EDGE)

    def _make(self) -> list[Row]:
        drawn, height = self._drawn, self.size.height
        gaps: list[Row] = [("", [])] * int(height >= 15)
        rest = max(0, height - 1 - 2 * len(gaps))
        wave = (rest - rest // 3) // 2
        sides = [side for side in (drawn.before, drawn.after) if side]
        top = max((max(side.peaks, default=1) for side in sides), default=1) or 1
        return [
            *self._wave("before", drawn.before, drawn.no_before, wave, top), *gaps,
            *self._wave("after", drawn.after, drawn.no_after, wave, top), *gaps,
            *self._loudness(rest - 2 * wave), self._ruler(),
        ]  # fmt: skip

    def _wave(self, name: str, side: Side | None, none: str, lines: int, top: int) -> list[Row]:
        ink, room = self.desk.ink.styles, self._room()
        kind = "accent" if name == "after" else "quiet"
        names = [name, *[""] * lines][:lines]
        if side is None:
            told = [(letter, ink["faint"]) for letter in filled(none, room)]
            return [(name, told if y == (lines - 1) // 2 else []) for y, name in enumerate(names)]
        heights = [
            (
                round((peak / top) ** 0.7 * lines * 8),
                ink["faint" if peak < _QUIET else "amber" if peak >= _LOUD else kind],
            )
            for peak in highest(side.peaks, room)
        ]
        made: list[Row] = []
        for base, label in zip(range(lines - 1, -1, -1), names, strict=True):
            signs = [(block(height, base), style) for height, style in heights]
            made.append((label, signs))
        return made

    def _loudness(self, lines: int) -> list[Row]:
        """Both sides in braille, in the ink of the one after where they meet; the target across."""
        if not lines:
            return []
        drawn, ink, room = self._drawn, self.desk.ink.styles, self._room()
        short, low = drawn.duration < _SHORT, drawn.target - _BELOW
        scale = Scale(low, drawn.target + _ABOVE, lines)
        target = lines - 1 - scale.dot(drawn.target) // 4
        names = {0: "M, LUFS" if short else "S, LUFS", target: f"{level(drawn.target, ''):>7}"}
        before, after = (
            trace(side.momentary if short else side.short_term, drawn.duration / side.step, room, scale) if side else {}
            for side in (drawn.before, drawn.after)
        )
        made: list[Row] = []
        for y in range(lines):
            none = ("╌" if y == target else " ", ink["faint"])
            cells = []
            for place in ((x, lines - 1 - y) for x in range(room)):
                dots = before.get(place, 0) | after.get(place, 0)
                cells.append((sign(dots), ink["here" if place in after else "quiet"]) if dots else none)
            made.append((names.get(y, ""), cells))
        return made

    def _ruler(self) -> Row:
        room, faint = self._room(), self.desk.ink.styles["faint"]
        signs = list("─" * room)
        parts = 4 if room < 100 else 8
        for n in range(parts + 1):
            told = f"{clock(self._drawn.duration * n / parts, tenths=self._drawn.duration < 60)} "
            at = max(0, min(n * room // parts, room - len(told) + 1))
            signs[at : at + len(told)] = told
        return "", [(one, faint) for one in signs[:room]]


class _Piece(Widget):
    @property
    def curves(self) -> Curves:
        """What it is a part of."""
        assert isinstance(self.parent, Curves)
        return self.parent


class Labels(_Piece):
    """What stands at the left of each line; below, where the playhead is."""

    def render_line(self, y: int) -> Strip:
        """A line of the widget."""
        curves, lines = self.curves, self.curves.lines
        label, kind = lines[y][0] if y < len(lines) else "", "quiet"
        if y == len(lines) - 1 and curves.at is not None:
            label, kind = clock(curves.at, tenths=True), "strong"
        style = self.rich_style + curves.desk.ink.styles[kind]
        return Strip([Segment(filled(f"  {label}", self.size.width), style)], self.size.width)


class Stretch(_Piece):
    """Some columns of the lines, from `first` on."""

    def __init__(self, first: int) -> None:
        super().__init__()
        self.first = first

    def render_line(self, y: int) -> Strip:
        """A line of the widget."""
        curves, lines, width = self.curves, self.curves.lines, self.size.width
        cells = list(lines[y][1][self.first : self.first + width]) if y < len(lines) else []
        if curves.column is not None and self.first <= curves.column < self.first + width:
            here = curves.column - self.first
            cells += [(" ", Style())] * (here + 1 - len(cells))
            cells[here] = ("▲" if y == len(lines) - 1 else "┃", curves.desk.ink.styles["here"])
        ground = self.rich_style
        return (
            Strip([Segment(text, ground + style) for text, style in cells]).adjust_cell_length(width, ground).simplify()
        )


def clock(seconds: Fraction, tenths: bool) -> str:
    """0:02, or 0:02.4."""
    whole = int(seconds * 10)
    minutes, rest = divmod(whole, 600)
    return f"{minutes}:{rest // 10:02d}" + (f".{rest % 10}" if tenths else "")
