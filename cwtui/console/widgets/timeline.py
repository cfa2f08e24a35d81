"""A take's timeline: markers, the waveform in the colours of its speakers, loudness, and a playhead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from cwtui.block_chart import bin_max, block_char
from cwtui.console.messages import SeekRequested
from cwtui.console.theme import palette_of
from cwtui.console.widgets.braille import PlotScale, cell_char, plot
from engine.catalog import Damage, KeptRange, Marker

if TYPE_CHECKING:
    from engine.speech import Transcript
    from engine.tasks import TakeLevels


# From this height on loudness has its own lines; their range in LUFS.
_LOUDNESS_MIN_HEIGHT = 6
_LOUDNESS = (-42.0, -6.0)
# Shorter takes show momentary loudness; the window of short-term loudness is 3 s.
_SHORT = Fraction(10)


@dataclass(frozen=True)
class TimelineData:
    """The data of the timeline; times are seconds on the take's clock."""

    duration: Fraction = Fraction(1)
    levels: TakeLevels | None = None
    transcript: Transcript | None = None
    markers: Sequence[Marker] = ()
    silences: Sequence[tuple[Fraction, Fraction]] = ()
    ranges: Sequence[KeptRange] = ()
    cues: Sequence[Fraction] = field(default=())
    damage: Sequence[Damage] = ()


class Timeline(Widget):
    """Line 0 has markers and damaged stretches; the lines below the waveform and, if they fit, loudness.

    A click posts SeekRequested.
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._data = TimelineData()
        self._position = Fraction(0)
        self._columns: list[tuple[int, Style]] = []
        self._loudness: dict[tuple[int, int], int] = {}
        self._built_for: tuple[object, ...] = ()

    def set_data(self, data: TimelineData) -> None:
        """Shows other data."""
        if data != self._data:
            self._data = data
            self._built_for = ()
            self.refresh()

    def set_position(self, at: Fraction) -> None:
        """Moves the playhead; only the two columns that change are drawn."""
        before, self._position = self._column(self._position), at
        now = self._column(at)
        if now != before:
            for column in (before, now):
                self.refresh(Region(column, 0, 1, self.size.height))

    @property
    def _lines(self) -> tuple[int, int]:
        """The numbers of lines of the waveform and of loudness."""
        height = self.size.height
        loud = height // 3 if height >= _LOUDNESS_MIN_HEIGHT else 0
        return height - 1 - loud, loud

    def render_line(self, y: int) -> Strip:
        width, ground = self.size.width, self.rich_style
        self._build(width)
        styles, (lines, loud) = palette_of(self).styles, self._lines
        here = self._column(self._position)
        if y == 0:
            signs, damaged = self._symbols(width), self._damaged(width)
            cells = [
                signs.get(x, ("▬", styles["red"]) if x in damaged else ("─", styles["faint"])) for x in range(width)
            ]
        elif y > lines:
            row = loud - 1 - (y - lines - 1)
            dots = [self._loudness.get((x, row), 0) for x in range(width)]
            cells = [(cell_char(one) if one else " ", styles["quiet"]) for one in dots]
        else:
            base = lines - y
            cells = [(block_char(round(peak * lines * 8 / 255), base), style) for peak, style in self._columns]
        # Outside of the kept ranges the sound is faint; damage is marked there as well.
        kept = self._kept(width)
        cells = [cell if x in kept or cell[0] == "▬" else (cell[0], styles["faint"]) for x, cell in enumerate(cells)]
        if here < len(cells):
            cells[here] = ("┃" if y else "▼", styles["here"])
        return Strip([Segment(text, ground + style) for text, style in cells], width).simplify()

    def _column(self, at: Fraction | None, default: int = 0) -> int:
        if at is None:
            return default
        return min(self.size.width - 1, max(0, int(at * self.size.width / self._data.duration)))

    def _kept(self, width: int) -> set[int]:
        """Returns the columns of the kept ranges; all of them without ranges."""
        columns: set[int] = set()
        for one in self._data.ranges or (KeptRange(),):
            columns.update(range(self._column(one.start), self._column(one.end, width) + 1))
        return columns

    def _damaged(self, width: int) -> set[int]:
        """Returns the columns of damaged stretches; damage without a time covers the whole take."""
        columns: set[int] = set()
        for one in self._data.damage:
            columns.update(range(self._column(one.start), self._column(one.end, width - 1) + 1))
        return columns

    def _symbols(self, width: int) -> dict[int, tuple[str, Style]]:
        styles = palette_of(self).styles
        signs = {self._column(at): ("↺", styles["amber"]) for at in self._data.cues}
        for marker in self._data.markers:
            signs[self._column(marker.at)] = ("▾", styles["amber"])
        starts = {self._column(one.start) for one in self._data.ranges}
        ends = {self._column(one.end, self.size.width - 1) for one in self._data.ranges}
        for x in starts | ends:
            signs[x] = ("│" if x in starts & ends else "[" if x in starts else "]", styles["accent"])
        return {x: sign for x, sign in signs.items() if x < width}

    def _build(self, width: int) -> None:
        """Computes each column's height (0 to 255) and colour, and the loudness."""
        made_for = (width, self.size.height, palette_of(self).name, id(self._data))
        if made_for == self._built_for:
            return
        self._built_for = made_for
        data, palette = self._data, palette_of(self)
        faint = palette.styles["faint"]
        if data.levels is None:
            self._columns, self._loudness = [(0, faint)] * width, {}
            return
        shares, (_, loud) = bin_max(data.levels.peaks, width), self._lines
        top = max(*shares, 1)
        self._columns = [
            (round((share / top) ** 0.7 * 255) if share else 0, palette.voice(voice) if voice is not None else faint)
            for share, voice in zip(shares, self._voices(width), strict=True)
        ]
        short = data.duration < _SHORT
        values = data.levels.momentary if short else data.levels.short_term
        self._loudness = (
            plot(values, data.duration / data.levels.step, width, PlotScale(*_LOUDNESS, loud)) if loud else {}
        )

    def _voices(self, width: int) -> list[int | None]:
        """Returns the speaker of each column; None for silence. Without a transcript all is the first speaker."""
        data = self._data
        voices: list[int | None] = [0] * width
        if data.transcript:
            order = {speaker.id: n for n, speaker in enumerate(data.transcript.speakers)}
            for word in data.transcript.words:
                for x in range(self._column(word.start), self._column(word.end) + 1):
                    voices[x] = order.get(word.speaker or "", 0)
        for start, end in data.silences:
            for x in range(self._column(start) + 1, self._column(end)):
                voices[x] = None
        return voices

    def on_click(self, event: events.Click) -> None:
        """Requests a seek to the position."""
        self.post_message(SeekRequested(self._data.duration * event.x / max(1, self.size.width)))
