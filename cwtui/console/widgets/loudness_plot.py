"""Waveforms before and after cleaning, and their loudness over time with the target.

Textual sends a changed line from the start of its widget. The plot is cut into narrow widgets, so that a moving
playhead sends little.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.app import ComposeResult
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from cwtui.block_chart import bin_max, block_char
from cwtui.console.messages import SeekRequested
from cwtui.console.theme import palette_of
from cwtui.console.waveform import Waveform
from cwtui.console.widgets.braille import PlotScale, cell_char, plot
from cwtui.console.widgets.text_layout import pad
from cwtui.formatting import format_level
from engine.time import format_short_time

# Peaks out of 255: below the first there is no speech, from the second on the sound may have clipped.
_QUIET, _LOUD = 12, 254
_MARGIN, _EDGE, _COLUMN_WIDTH = 10, 2, 5
# Shorter takes show momentary loudness; the window of short-term loudness is 3 s.
_SHORT = Fraction(10)
# The range of the loudness plot below and above the target, in LU.
_BELOW, _ABOVE = 26.0, 8.0
# The lines that a tick of a moving playhead may send, about 100 bytes each.
_LINES_A_TICK = 4


@dataclass(frozen=True)
class PlotData:
    """Duration in seconds, the waveforms, the target in LUFS, and the texts shown in place of a waveform."""

    duration: Fraction = Fraction(1)
    before: Waveform | None = None
    after: Waveform | None = None
    target: float = -16.0
    no_before: str = ""
    no_after: str = ""


PlotRow = tuple[str, list[tuple[str, Style]]]
"""A line: its label and its cells."""


class LoudnessPlot(Widget):
    """Two waveforms and their loudness, with a playhead over them. Narrow child widgets draw it."""

    DEFAULT_CSS = """
    LoudnessPlot { layout: horizontal; overflow: hidden hidden; }
    LoudnessPlot PlotLabels { width: 10; height: 100%; }
    LoudnessPlot PlotColumns { width: 5; height: 100%; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.position: Fraction | None = None
        self.column: int | None = None
        self._data = PlotData()
        self._credit = 0
        self._lines: list[PlotRow] = []
        self._built_for: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        yield PlotLabels()

    async def on_resize(self) -> None:
        """Mounts columns for the new width."""
        have = len(self.query(PlotColumns))
        await self.mount_all(
            PlotColumns(n * _COLUMN_WIDTH) for n in range(have, -(-self._plot_width() // _COLUMN_WIDTH))
        )

    @property
    def lines(self) -> Sequence[PlotRow]:
        """The lines without the playhead."""
        made_for = (self.size, palette_of(self).name)
        if made_for != self._built_for:
            self._built_for, self._lines = made_for, self._build()
        return self._lines

    def set_data(self, drawn: PlotData) -> None:
        """Shows other data."""
        if drawn != self._data:
            self._data, self._built_for = drawn, ()
            for part in self.children:
                part.refresh()

    def set_position(self, at: Fraction | None, paced: bool = False) -> None:
        """Moves the playhead, or hides it. `paced` limits how much of a moving one is sent."""
        height = self.size.height
        if at != self.position:
            self.position = at
            self.query_one(PlotLabels).refresh(Region(0, height - 1, _MARGIN, 1))
        column = (
            None
            if at is None
            else min(self._plot_width() - 1, max(0, int(at * self._plot_width() / self._data.duration)))
        )
        if column == self.column:
            return
        self._credit = min(height, self._credit + _LINES_A_TICK)
        if paced and self._credit < height:
            return
        before, self.column, self._credit = self.column, column, 0
        for part in self.query(PlotColumns):
            for x in (before, column):
                if x is not None and part.first <= x < part.first + _COLUMN_WIDTH:
                    part.refresh(Region(x - part.first, 0, 1, height))

    def time_at(self, column: int) -> Fraction:
        """Returns the time at a column of the plot, in seconds."""
        return self._data.duration * min(max(column, 0), self._plot_width()) / self._plot_width()

    def _plot_width(self) -> int:
        return max(1, self.size.width - _MARGIN - _EDGE)

    def _build(self) -> list[PlotRow]:
        drawn, height = self._data, self.size.height
        gaps: list[PlotRow] = [("", [])] * int(height >= 15)
        rest = max(0, height - 1 - 2 * len(gaps))
        wave = (rest - rest // 3) // 2
        sides = [side for side in (drawn.before, drawn.after) if side]
        top = max((max(side.peaks, default=1) for side in sides), default=1) or 1
        return [
            *self._wave("before", drawn.before, drawn.no_before, wave, top), *gaps,
            *self._wave("after", drawn.after, drawn.no_after, wave, top), *gaps,
            *self._loudness(rest - 2 * wave), self._ruler(),
        ]  # fmt: skip

    def _wave(self, name: str, side: Waveform | None, none: str, lines: int, top: int) -> list[PlotRow]:
        styles, columns = palette_of(self).styles, self._plot_width()
        kind = "accent" if name == "after" else "quiet"
        names = [name, *[""] * lines][:lines]
        if side is None:
            placeholder = [(letter, styles["faint"]) for letter in pad(none, columns)]
            return [(name, placeholder if y == (lines - 1) // 2 else []) for y, name in enumerate(names)]
        heights = [
            (
                round((peak / top) ** 0.7 * lines * 8),
                styles["faint" if peak < _QUIET else "amber" if peak >= _LOUD else kind],
            )
            for peak in bin_max(side.peaks, columns)
        ]
        made: list[PlotRow] = []
        for base, label in zip(range(lines - 1, -1, -1), names, strict=True):
            signs = [(block_char(height, base), style) for height, style in heights]
            made.append((label, signs))
        return made

    def _loudness(self, lines: int) -> list[PlotRow]:
        """Returns both sides in braille, the one after on top, and the target as a line."""
        if not lines:
            return []
        drawn, styles, columns = self._data, palette_of(self).styles, self._plot_width()
        short, low = drawn.duration < _SHORT, drawn.target - _BELOW
        scale = PlotScale(low, drawn.target + _ABOVE, lines)
        target = lines - 1 - scale.dot(drawn.target) // 4
        names = {0: "M, LUFS" if short else "S, LUFS", target: f"{format_level(drawn.target, ''):>7}"}
        before, after = (
            plot(side.momentary if short else side.short_term, drawn.duration / side.step, columns, scale)
            if side
            else {}
            for side in (drawn.before, drawn.after)
        )
        made: list[PlotRow] = []
        for y in range(lines):
            none = ("╌" if y == target else " ", styles["faint"])
            cells = []
            for cell in ((x, lines - 1 - y) for x in range(columns)):
                dots = before.get(cell, 0) | after.get(cell, 0)
                cells.append((cell_char(dots), styles["here" if cell in after else "quiet"]) if dots else none)
            made.append((names.get(y, ""), cells))
        return made

    def _ruler(self) -> PlotRow:
        columns, faint = self._plot_width(), palette_of(self).styles["faint"]
        signs = list("─" * columns)
        parts = 4 if columns < 100 else 8
        decimals = 1 if self._data.duration < 60 else 0
        for n in range(parts + 1):
            summary = f"{format_short_time(self._data.duration * n / parts, decimals)} "
            at = max(0, min(n * columns // parts, columns - len(summary) + 1))
            signs[at : at + len(summary)] = summary
        return "", [(one, faint) for one in signs[:columns]]


class _PlotPart(Widget):
    @property
    def plot(self) -> LoudnessPlot:
        """The plot that this is a part of."""
        assert isinstance(self.parent, LoudnessPlot)
        return self.parent


class PlotLabels(_PlotPart):
    """The labels of the lines, and the playhead's position below."""

    def render_line(self, y: int) -> Strip:
        curves, lines = self.plot, self.plot.lines
        label, kind = lines[y][0] if y < len(lines) else "", "quiet"
        if y == len(lines) - 1 and curves.position is not None:
            # With hours and tenths, it would be wider than the labels.
            label, kind = format_short_time(curves.position, 1 if curves.position < 3600 else 0), "strong"
        style = self.rich_style + palette_of(self).styles[kind]
        return Strip([Segment(pad(f"  {label}", self.size.width), style)], self.size.width)


class PlotColumns(_PlotPart):
    """A few columns of the plot, from `first` on."""

    def __init__(self, first: int) -> None:
        super().__init__()
        self.first = first

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(SeekRequested(self.plot.time_at(self.first + event.x)))

    def render_line(self, y: int) -> Strip:
        curves, lines, width = self.plot, self.plot.lines, self.size.width
        cells = list(lines[y][1][self.first : self.first + width]) if y < len(lines) else []
        if curves.column is not None and self.first <= curves.column < self.first + width:
            here = curves.column - self.first
            cells += [(" ", Style())] * (here + 1 - len(cells))
            cells[here] = ("▲" if y == len(lines) - 1 else "┃", palette_of(self).styles["here"])
        ground = self.rich_style
        return (
            Strip([Segment(text, ground + style) for text, style in cells]).adjust_cell_length(width, ground).simplify()
        )
