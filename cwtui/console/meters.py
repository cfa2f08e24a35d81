"""Loudness as bars with numbers, a line each, of which only the cells that changed are sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from cwtui.console.words import filled, level

if TYPE_CHECKING:
    from cwtui.console.app import Console

Cells = list[tuple[str, str]]
"""Signs of one cell each, with the kind of ink they are drawn in."""

# Cells nearer to each other than this are sent as one run: to move the cursor costs as much.
_NEAR = 6
_NAME, _NUMBER, _GAP = 4, 12, 2
_PLAIN_NAME = 24


class CellLine(Widget):
    """One line of cells. `again` sends those that became different, and no others."""

    _shown: Cells

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._shown = []

    @property
    def desk(self) -> Console:
        """The console, typed."""
        from cwtui.console.app import Console

        assert isinstance(self.app, Console)
        return self.app

    def cells(self, width: int) -> Cells:
        """The line as it is now, `width` cells of it."""
        raise NotImplementedError

    def again(self) -> None:
        """Drawn anew where it became different."""
        if not self.size.width or len(self._shown) != self.size.width:
            self.refresh()
            return
        before, self._shown = self._shown, self.cells(self.size.width)
        for first, end in _changed(before, self._shown):
            self.refresh(Region(first, 0, end - first, 1))

    def render_line(self, y: int) -> Strip:
        """The line."""
        width, ink, ground = self.size.width, self.desk.ink.styles, self.rich_style
        if len(self._shown) != width:
            self._shown = self.cells(width)
        return Strip([Segment(sign, ground + ink[kind]) for sign, kind in self._shown], width).simplify()


@dataclass(frozen=True, slots=True)
class Scale:
    """What a meter shows: from `low` to `high` in its unit."""

    name: str
    told: str
    unit: str
    low: float
    high: float


SCALES = (
    Scale("M", "momentary, 400 ms", "LUFS", -42, 0),
    Scale("S", "short-term, 3 s", "LUFS", -42, 0),
    Scale("I", "integrated", "LUFS", -42, 0),
    Scale("LRA", "range", "LU", 0, 21),
    Scale("TP", "true peak", "dBTP", -42, 0),
)


@dataclass(frozen=True, slots=True)
class Reading:
    """A value in the meter's unit, None where there is none; the ink it is drawn in, and the most it came to."""

    value: float | None = None
    kind: str = "accent"
    most: float | None = None


class MeterLine(CellLine):
    """One meter, before and after cleaning, side by side; `mark` is where the target lies on its scale, if it has one."""

    def __init__(self, scale: Scale) -> None:
        super().__init__(id=f"meter-{scale.name.lower()}")
        self._scale = scale
        self._read: Sequence[Reading] = (Reading(), Reading())
        self._mark: float | None = None

    def put(self, before: Reading, after: Reading, mark: float | None) -> None:
        """Other values."""
        self._read, self._mark = (before, after), mark
        self.again()

    def cells(self, width: int) -> Cells:
        """Name, then number and bar of each side; in plain text words instead of bars."""
        plain = self.desk.plain
        name = self._scale.told if plain else self._scale.name
        left = _PLAIN_NAME if plain else _NAME
        cells = _of(f"  {filled(name, left)}", "quiet")
        side = side_width(width, plain)
        for n, reading in enumerate(self._read):
            cells += self._side(reading, side, plain, "target" if n else "")
        return (cells + _of(" " * width, "faint"))[:width]

    def _side(self, reading: Reading, width: int, plain: bool, wanted: str) -> Cells:
        known = reading.value is not None and isfinite(reading.value)
        kind = "faint" if not known else "text" if reading.kind == "accent" else reading.kind
        cells = _of(filled(level(reading.value, self._scale.unit.ljust(4)), _NUMBER, right=True), kind)
        if plain:
            mark = f"  {wanted} {level(self._mark, '')}" if wanted and self._mark is not None else ""
            return cells + _of(filled(mark, width - _NUMBER), "quiet")
        room = width - _NUMBER - 2 * _GAP
        if room < 4:
            return cells + _of(" " * (width - _NUMBER), "faint")
        return [*_of(" " * 0, "faint"), *cells, *_of(" " * _GAP, "faint"), *self._bar(reading, room), *_of("  ", "faint")]

    def _bar(self, reading: Reading, room: int) -> Cells:
        halves = self._at(reading.value, room * 2)
        full, half = divmod(halves, 2)
        cells = [*_of("━" * full, reading.kind), *_of("╸" * half, reading.kind)]
        cells += _of("─" * (room - len(cells)), "faint")
        if reading.most is not None and (most := self._at(reading.most, room * 2) // 2) > full + half:
            cells[min(most, room) - 1] = ("╼", reading.kind)
        if self._mark is not None:
            cells[min(self._at(self._mark, room * 2) // 2, room - 1)] = ("┃", "quiet")
        return cells

    def _at(self, value: float | None, room: int) -> int:
        if value is None or not isfinite(value):
            return 0
        scale = self._scale
        return round(min(max((value - scale.low) / (scale.high - scale.low), 0.0), 1.0) * room)


def side_width(width: int, plain: bool) -> int:
    """How wide each of the two sides is, on a line of this width."""
    return max(0, (width - 2 - (_PLAIN_NAME if plain else _NAME)) // 2)


def _of(text: str, kind: str) -> Cells:
    return [(sign, kind) for sign in text]


def _changed(before: Cells, now: Cells) -> Iterator[tuple[int, int]]:
    """Where two lines of the same width differ, as spans; those that are near each other in one."""
    first = end = -1
    for x, (old, new) in enumerate(zip(before, now, strict=True)):
        if old == new:
            continue
        if first >= 0 and x - end >= _NEAR:
            yield first, end
            first = x
        first, end = x if first < 0 else first, x + 1
    if first >= 0:
        yield first, end
