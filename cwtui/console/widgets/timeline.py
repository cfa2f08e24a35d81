"""A take's whole course in a few lines: markers, sound in the colours of who speaks, loudness; a playhead over all."""

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

from cwtui.console.widgets.base import Part, Went
from cwtui.console.widgets.braille import Scale, sign, trace
from cwtui.formatting import block, highest
from engine.catalog import Damage, Marker

if TYPE_CHECKING:
    from engine.speech import Transcript
    from engine.tasks import TakeLevels


# From this height on the loudness has lines of its own; what they show, in LUFS.
_ROOMY = 6
_LOUDNESS = (-42.0, -6.0)
# Shorter takes have too little of short-term loudness, whose window is 3 s: momentary instead.
_SHORT = Fraction(10)


@dataclass(frozen=True)
class Told:
    """What a course is drawn of; times in seconds of the take's clock."""

    duration: Fraction = Fraction(1)
    levels: TakeLevels | None = None
    transcript: Transcript | None = None
    markers: Sequence[Marker] = ()
    pauses: Sequence[tuple[Fraction, Fraction]] = ()
    starts: Fraction | None = None
    ends: Fraction | None = None
    cues: Sequence[Fraction] = field(default=())
    damage: Sequence[Damage] = ()


class Course(Part):
    """Line 0: markers, damaged stretches in the colour of warnings. Below: sound, loud is high; loudness where it fits.

    A click goes there.
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._told = Told()
        self._at = Fraction(0)
        self._columns: list[tuple[int, Style]] = []
        self._loudness: dict[tuple[int, int], int] = {}
        self._made_for: tuple[object, ...] = ()

    def put(self, told: Told) -> None:
        """Another take, or more of it."""
        if told != self._told:
            self._told = told
            self._made_for = ()
            self.refresh()

    def go(self, at: Fraction) -> None:
        """The playhead; only the columns it leaves and enters are drawn."""
        before, self._at = self._column(self._at), at
        now = self._column(at)
        if now != before:
            for column in (before, now):
                self.refresh(Region(column, 0, 1, self.size.height))

    @property
    def _lines(self) -> tuple[int, int]:
        """How many lines the sound has, and the loudness."""
        height = self.size.height
        loud = height // 3 if height >= _ROOMY else 0
        return height - 1 - loud, loud

    def render_line(self, y: int) -> Strip:
        """A line of the widget."""
        width, ground = self.size.width, self.rich_style
        self._make(width)
        ink, (lines, loud) = self.desk.ink.styles, self._lines
        here = self._column(self._at)
        if y == 0:
            signs, damaged = self._signs(width), self._damaged(width)
            cells = [signs.get(x, ("▬", ink["red"]) if x in damaged else ("─", ink["faint"])) for x in range(width)]
        elif y > lines:
            row = loud - 1 - (y - lines - 1)
            dots = [self._loudness.get((x, row), 0) for x in range(width)]
            cells = [(sign(one) if one else " ", ink["quiet"]) for one in dots]
        else:
            base = lines - y
            cells = [(block(round(peak * lines * 8 / 255), base), style) for peak, style in self._columns]
        # Outside of what is kept the sound is only a shadow; damage is damage there, too.
        first, last = self._column(self._told.starts), self._column(self._told.ends, width)
        cells = [
            cell if first <= x <= last or cell[0] == "▬" else (cell[0], ink["faint"]) for x, cell in enumerate(cells)
        ]
        if here < len(cells):
            cells[here] = ("┃" if y else "▼", ink["here"])
        return Strip([Segment(text, ground + style) for text, style in cells], width).simplify()

    def _column(self, at: Fraction | None, default: int = 0) -> int:
        if at is None:
            return default
        return min(self.size.width - 1, max(0, int(at * self.size.width / self._told.duration)))

    def _damaged(self, width: int) -> set[int]:
        """The columns of damaged stretches; damage without a time is all of the take."""
        columns: set[int] = set()
        for one in self._told.damage:
            columns.update(range(self._column(one.start), self._column(one.end, width - 1) + 1))
        return columns

    def _signs(self, width: int) -> dict[int, tuple[str, Style]]:
        ink = self.desk.ink.styles
        signs = {self._column(at): ("↺", ink["amber"]) for at in self._told.cues}
        for marker in self._told.markers:
            signs[self._column(marker.at)] = ("▾", ink["amber"])
        if self._told.starts is not None:
            signs[self._column(self._told.starts)] = ("[", ink["accent"])
        if self._told.ends is not None:
            signs[self._column(self._told.ends)] = ("]", ink["accent"])
        return {x: sign for x, sign in signs.items() if x < width}

    def _make(self, width: int) -> None:
        """Each column's height (0 to 255) and colour, and the short-term loudness."""
        made_for = (width, self.size.height, self.desk.theme, id(self._told))
        if made_for == self._made_for:
            return
        self._made_for = made_for
        told, ink = self._told, self.desk.ink
        faint = ink.styles["faint"]
        if told.levels is None:
            self._columns, self._loudness = [(0, faint)] * width, {}
            return
        shares, (_, loud) = highest(told.levels.peaks, width), self._lines
        top = max(*shares, 1)
        self._columns = [
            (round((share / top) ** 0.7 * 255) if share else 0, ink.voice(voice) if voice is not None else faint)
            for share, voice in zip(shares, self._voices(width), strict=True)
        ]
        short = told.duration < _SHORT
        values = told.levels.momentary if short else told.levels.short_term
        self._loudness = trace(values, told.duration / told.levels.step, width, Scale(*_LOUDNESS, loud)) if loud else {}

    def _voices(self, width: int) -> list[int | None]:
        """Who speaks in each column; None for silence. Without words everybody is the first voice."""
        told = self._told
        voices: list[int | None] = [0] * width
        if told.transcript:
            order = {speaker.id: n for n, speaker in enumerate(told.transcript.speakers)}
            for word in told.transcript.words:
                for x in range(self._column(word.start), self._column(word.end) + 1):
                    voices[x] = order.get(word.speaker or "", 0)
        for start, end in told.pauses:
            for x in range(self._column(start) + 1, self._column(end)):
                voices[x] = None
        return voices

    def on_click(self, event: events.Click) -> None:
        """There."""
        self.post_message(Went(self._told.duration * event.x / max(1, self.size.width)))
