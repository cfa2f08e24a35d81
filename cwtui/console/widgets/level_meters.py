"""Level meters: a bar and a number for each value.

Textual sends a changed line from the start of its widget. Numbers and bars, which change often, are small widgets, so
that little is sent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import isfinite

from rich.segment import Segment
from textual.app import ComposeResult
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from cwtui.console.theme import palette_of
from cwtui.console.widgets.text_layout import pad
from cwtui.formatting import format_level

Cells = list[tuple[str, str]]
"""Characters of one cell, each with its kind of style."""


class CellRun(Widget):
    """Cells of one line. Only a changed stretch of them is sent."""

    def __init__(self, *, classes: str) -> None:
        super().__init__(classes=classes)
        self._make: Callable[[int], Cells] = partial(text_cells, "", "text")
        self._shown: Cells = []

    def set_cells(self, make: Callable[[int], Cells]) -> None:
        """Sets the function that makes the cells for a width."""
        self._make = make
        width = self.size.width
        if len(self._shown) != width:
            # Not kept: the old width may return before a line is drawn, and these cells would be out of date.
            self._shown = []
            self.refresh()
            return
        before, self._shown = self._shown, make(width)
        changed = [x for x in range(width) if before[x] != self._shown[x]]
        if changed:
            self.refresh(Region(changed[0], 0, changed[-1] - changed[0] + 1, 1))

    def render_line(self, y: int) -> Strip:
        width, styles, ground = self.size.width, palette_of(self).styles, self.rich_style
        if len(self._shown) != width:
            self._shown = self._make(width)
        return Strip([Segment(sign, ground + styles[kind]) for sign, kind in self._shown], width).simplify()


@dataclass(frozen=True, slots=True)
class MeterScale:
    """The range of a meter, from `low` to `high` in its unit."""

    name: str
    description: str
    unit: str
    low: float
    high: float


METER_SCALES = (
    MeterScale("M", "momentary, 400 ms", "LUFS", -42, 0),
    MeterScale("S", "short-term, 3 s", "LUFS", -42, 0),
    MeterScale("I", "integrated", "LUFS", -42, 0),
    MeterScale("LRA", "range", "LU", 0, 21),
    MeterScale("TP", "true peak", "dBTP", -42, 0),
)


@dataclass(frozen=True, slots=True)
class MeterValue:
    """A value in the unit of the meter, its kind of style, and its maximum; None where there is no value."""

    value: float | None = None
    kind: str = "accent"
    maximum: float | None = None

    @property
    def known(self) -> bool:
        """Whether there is a finite value."""
        return self.value is not None and isfinite(self.value)


class MeterRow(Widget):
    """A name, then a number and a bar for each of two sides."""

    def compose(self) -> ComposeResult:
        yield from (CellRun(classes=name) for name in ("name", "number", "bar", "number", "bar"))

    def draw(self, *makes: Callable[[int], Cells]) -> None:
        """Sets the cells of all parts, from the left."""
        for piece, make in zip(self.query(CellRun), makes, strict=True):
            piece.set_cells(make)


class LevelMeter(MeterRow):
    """A meter before and after cleaning, side by side, with a mark at the target."""

    def __init__(self, scale: MeterScale) -> None:
        super().__init__()
        self._scale = scale

    def set_values(self, before: MeterValue, after: MeterValue, mark: float | None, plain: bool = False) -> None:
        """Shows values; in plain text the target in words instead of bars."""
        scale = self._scale
        name = f"{scale.name} {scale.description}" if plain else scale.name
        makes: list[Callable[[int], Cells]] = [partial(text_cells, f"  {name}", "quiet")]
        for side, reading in enumerate((before, after)):
            summary = format_level(reading.value, scale.unit.ljust(4))
            kind = "faint" if not reading.known else "text" if reading.kind == "accent" else reading.kind
            makes.append(partial(_number, summary, kind))
            target = f"target {format_level(mark, '')}" if side and mark is not None else ""
            bar = partial(_bar, scale, reading, mark)
            makes.append(partial(text_cells, target, "quiet") if plain else bar)
        self.draw(*makes)


class MeterHeader(MeterRow):
    """The headings of the two columns, and the stretch that they are of."""

    def set_headings(self, when: str, after: str) -> None:
        """Sets the headings."""
        self.draw(*(partial(text_cells, word, "quiet") for word in (f"  {when}", "", "before", "", after)))


def text_cells(text: str, kind: str, width: int) -> Cells:
    """Returns a text in `width` cells."""
    return [(sign, kind) for sign in pad(text, width)]


def _number(text: str, kind: str, width: int) -> Cells:
    return text_cells(pad(text, width - 2, right=True), kind, width)


def _bar(scale: MeterScale, reading: MeterValue, mark: float | None, width: int) -> Cells:
    columns = width - 2
    if columns < 2:
        return text_cells("", "faint", width)
    full, half = divmod(_bar_position(scale, reading.value, columns * 2), 2)
    cells = [(sign, reading.kind) for sign in "━" * full + "╸" * half]
    cells += [("─", "faint")] * (columns - len(cells))
    most = _bar_position(scale, reading.maximum, columns * 2) // 2
    if most > full + half:
        cells[min(most, columns) - 1] = ("╼", reading.kind)
    if mark is not None:
        cells[min(_bar_position(scale, mark, columns * 2) // 2, columns - 1)] = ("┃", "quiet")
    return [*cells, (" ", "faint"), (" ", "faint")]


def _bar_position(scale: MeterScale, value: float | None, columns: int) -> int:
    """Returns the position of a value on a bar of so many columns."""
    if value is None or not isfinite(value):
        return 0
    return round(min(max((value - scale.low) / (scale.high - scale.low), 0.0), 1.0) * columns)
