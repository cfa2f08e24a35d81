"""Sound before and after it was cleaned, one above the other: its shape, its loudness over time, and the target."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import inf, isfinite
from pathlib import Path
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from cwtui.console.words import BLOCKS, filled, level
from engine.errors import EngineError

if TYPE_CHECKING:
    from cwtui.console.app import Console
    from engine.work import Levels

_COLUMNS = 2048
_MARGIN, _EDGE = 10, 2
# Takes shorter than this have too little of short-term loudness, whose window is 3 s.
_SHORT = Fraction(10)
# From the target: what a line of loudness shows below and above it, in LU.
_BELOW, _ABOVE = 26.0, 8.0
# Cells of the playhead that a tick may send; about 55 bytes each.
_CELLS_A_TICK = 8
_DOTS = ((0x40, 0x04, 0x02, 0x01), (0x80, 0x20, 0x10, 0x08))


@dataclass(frozen=True, slots=True)
class Side:
    """Sound as it is drawn: highest samples in equal parts of it, 0 to 255 of full scale; loudness each `step` s."""

    peaks: Sequence[int]
    momentary: Sequence[float]
    short_term: Sequence[float]
    step: Fraction

    @classmethod
    def of(cls, levels: Levels) -> Side:
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
    except EngineError as error:
        heard = Heard(job, None, error.message)
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


class Curves(Widget):
    """Two shapes, and the loudness of both in one; a playhead over all of them."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._drawn = Drawn()
        self._at: Fraction | None = None
        self._column: int | None = None
        self._credit = 0
        self._lines: list[list[tuple[str, Style]]] = []
        self._made_for: tuple[object, ...] = ()

    @property
    def desk(self) -> Console:
        """The console, typed."""
        from cwtui.console.app import Console

        assert isinstance(self.app, Console)
        return self.app

    def put(self, drawn: Drawn) -> None:
        """Another take, or more of it."""
        if drawn != self._drawn:
            self._drawn, self._made_for = drawn, ()
            self.refresh()

    def go(self, at: Fraction | None, paced: bool = False) -> None:
        """The playhead to a moment, or away. `paced` keeps what a tall one sends of it within a slow line's means."""
        if at != self._at and self.size.height:
            self._at = at
            self.refresh(Region(0, self.size.height - 1, _MARGIN, 1))
        column = None if at is None else self._x(at)
        if column == self._column:
            return
        cost = 2 * self.size.height
        self._credit = min(cost, self._credit + _CELLS_A_TICK)
        if paced and self._credit < cost:
            return
        before, self._column, self._credit = self._column, column, 0
        for x in (before, column):
            if x is not None:
                self.refresh(Region(_MARGIN + x, 0, 1, self.size.height))

    def render_line(self, y: int) -> Strip:
        """A line of the widget."""
        self._make()
        width, ground, ink = self.size.width, self.rich_style, self.desk.ink.styles
        if y >= len(self._lines):
            return Strip.blank(width, ground)
        cells, last = list(self._lines[y]), y == len(self._lines) - 1
        if last and self._at is not None:
            cells[:_MARGIN] = [(sign, ink["strong"]) for sign in filled(f"  {_clock(self._at, tenths=True)}", _MARGIN)]
        if self._column is not None and _MARGIN + self._column < len(cells):
            cells[_MARGIN + self._column] = ("▲" if last else "┃", ink["here"])
        return Strip([Segment(sign, ground + style) for sign, style in cells]).adjust_cell_length(width).simplify()

    def _room(self) -> int:
        return max(1, self.size.width - _MARGIN - _EDGE)

    def _x(self, at: Fraction) -> int:
        return min(self._room() - 1, max(0, int(at * self._room() / self._drawn.duration)))

    def _make(self) -> None:
        """All lines, without the playhead."""
        made_for = (self.size, self.desk.theme, id(self._drawn))
        if made_for == self._made_for:
            return
        self._made_for = made_for
        drawn, room, height = self._drawn, self._room(), self.size.height
        gap = int(height >= 15)
        rest = max(0, height - 1 - 2 * gap)
        wave = (rest - rest // 3) // 2
        sides = [side for side in (drawn.before, drawn.after) if side]
        top = max((max(side.peaks, default=1) for side in sides), default=1) or 1
        blank = [self._labelled("", [(" ", Style())] * room)] * gap
        self._lines = [
            *self._wave("before", drawn.before, drawn.no_before, wave, top), *blank,
            *self._wave("after", drawn.after, drawn.no_after, wave, top), *blank,
            *self._loudness(rest - 2 * wave), self._ruler(),
        ]  # fmt: skip

    def _labelled(self, label: str, cells: list[tuple[str, Style]], kind: str = "quiet") -> list[tuple[str, Style]]:
        quiet = self.desk.ink.styles[kind]
        return [*((sign, quiet) for sign in filled(f"  {label}", _MARGIN)), *cells]

    def _wave(self, name: str, side: Side | None, none: str, lines: int, top: int) -> list[list[tuple[str, Style]]]:
        ink, room = self.desk.ink, self._room()
        if side is None:
            middle = (lines - 1) // 2
            told = [(sign, ink.styles["faint"]) for sign in filled(none, room)]
            blank = [(" ", Style())] * room
            return [self._labelled(name if y == 0 else "", told if y == middle else blank) for y in range(lines)]
        columns = _shares(side.peaks, room)
        made = []
        for y in range(lines):
            base = lines - 1 - y
            row = []
            for peak in columns:
                eighths = round((peak / top) ** 0.7 * lines * 8) - base * 8
                sign = BLOCKS[min(8, max(eighths, int(base == 0)))] if eighths > 0 or base == 0 else " "
                row.append((sign, ink.level(peak)))
            made.append(self._labelled(name if y == 0 else "", row))
        return made

    def _loudness(self, lines: int) -> list[list[tuple[str, Style]]]:
        """The louder dots of both sides in braille, four to a line; the target across."""
        drawn, ink, room = self._drawn, self.desk.ink.styles, self._room()
        if not lines:
            return []
        short = drawn.duration < _SHORT
        low, high = drawn.target - _BELOW, drawn.target + _ABOVE
        dots = lines * 4
        target = lines - 1 - round((drawn.target - low) / (high - low) * (dots - 1)) // 4
        found = [
            _trace(side.momentary if short else side.short_term, side.step, drawn.duration, room, (low, high, dots))
            if side else {}
            for side in (drawn.before, drawn.after)
        ]  # fmt: skip
        made = []
        for y in range(lines):
            row = []
            for x in range(room):
                before, after = (one.get((x, lines - 1 - y), 0) for one in found)
                if before or after:
                    row.append((chr(0x2800 + (before | after)), ink["here" if after else "quiet"]))
                else:
                    row.append(("╌" if y == target else " ", ink["faint"]))
            names = {0: "M, LUFS" if short else "S, LUFS", target: f"{level(drawn.target, ''):>7}"}
            made.append(self._labelled(names.get(y, ""), row))
        return made

    def _ruler(self) -> list[tuple[str, Style]]:
        room, faint = self._room(), self.desk.ink.styles["faint"]
        signs = list("─" * room)
        parts = 4 if room < 100 else 8
        for n in range(parts + 1):
            told = _clock(self._drawn.duration * n / parts, tenths=self._drawn.duration < 60)
            at = min(n * room // parts, room - len(told))
            signs[at : at + len(told)] = told
            if at + len(told) < room:
                signs[at + len(told)] = " "
        return self._labelled("", [(sign, faint) for sign in signs])


def _shares(values: Sequence[int], width: int) -> list[int]:
    """The highest of each of `width` equal parts."""
    count = len(values)
    parts = (values[n * count // width : max((n + 1) * count // width, n * count // width + 1)] for n in range(width))
    return [max(part, default=0) for part in parts]


def _trace(
    values: Sequence[float], step: Fraction, duration: Fraction, width: int, scale: tuple[float, float, int]
) -> dict[tuple[int, int], int]:
    """A line through values as braille: the dots of each cell (column, row from below), two columns to a cell."""
    low, high, dots = scale
    cells: dict[tuple[int, int], int] = {}
    last: int | None = None
    each = float(duration / step) / (width * 2)
    for x in range(width * 2):
        n = int(x * each)
        value = values[n] if n < len(values) else -inf
        if not isfinite(value):
            last = None
            continue
        y = min(dots - 1, max(0, round((value - low) / (high - low) * (dots - 1))))
        for dot in range(min(y, y if last is None else last), max(y, y if last is None else last) + 1):
            key = (x // 2, dot // 4)
            cells[key] = cells.get(key, 0) | _DOTS[x % 2][dot % 4]
        last = y
    return cells


def _clock(seconds: Fraction, tenths: bool) -> str:
    whole = int(seconds * 10)
    minutes, rest = divmod(whole, 600)
    return f"{minutes}:{rest // 10:02d}" + (f".{rest % 10}" if tenths else "")
