"""Cut: the kept takes one after the other, each from where it begins to where it ends, and what it could still give."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.widget import Widget
from textual.widgets import Static

from cwtui.console.screens.base import RoomScreen
from cwtui.console.snapshot import Snapshot
from cwtui.console.widgets.debouncer import PICTURE_S, Rest
from cwtui.console.widgets.frame_view import Still
from cwtui.console.widgets.row_list import RowList
from cwtui.console.workers.frame_loader import Framed, Wish
from cwtui.console.workers.take_media import Glimpse, Glimpsed
from cwtui.formatting import cut, filled, plural, shape
from engine.catalog import Edit, Review, Take
from engine.time import timecode

if TYPE_CHECKING:
    from engine.studio import Studio

_SOUND_RATE = Fraction(25)
# From this width on there is room for where in the cut a take begins.
_WIDE = 100


class Cut(RoomScreen):
    """The assembly as a list; trims are edits like any other."""

    ROOM: ClassVar[str] = "cut"

    def __init__(self) -> None:
        super().__init__()
        self._begins: dict[str, Fraction] = {}
        self._edges = Rest(self, PICTURE_S, self._want_edges)

    def furnish(self) -> Iterable[Widget]:
        """The list; the frames it cuts at."""
        yield Static("", id="sum", markup=False)
        yield RowList(self._draw, id="cut")
        yield Edges()

    @property
    def rows(self) -> RowList | None:
        """The kept takes."""
        return self.query_one("#cut", RowList) if self.is_mounted else None

    @property
    def take(self) -> Take | None:
        """The one under the cursor."""
        rows = self.rows
        return self.desk.snapshot.by_id.get(rows.cursor or "") if rows else None

    @property
    def settled(self) -> bool:
        """Whether the frames have been asked for."""
        return self._edges.over

    def show(self, snapshot: Snapshot) -> None:
        """Another state of the studio."""
        whole, self._begins = Fraction(0), {}
        for take in snapshot.kept:
            starts, ends = self._trim(take)
            self._begins[take.id] = whole
            whole += ends - starts
        fresh = self._rows.cursor is None
        self._rows.put([take.id for take in snapshot.kept])
        if fresh:
            self._rows.go(self.desk.place.take)
        told = f"  {plural(len(snapshot.kept), 'take')} · {timecode(round(whole * 25), Fraction(25))[:8]} long"
        none = "  Nothing is kept yet: T goes to Takes, y keeps the take under the cursor."
        self.query_one("#sum", Static).update(told if snapshot.kept else none)
        self._rows.again()
        self._look_closer()

    def glimpsed(self, seen: Glimpsed) -> None:
        """More to show in a row."""
        self._rows.again()

    def framed(self, seen: Framed) -> None:
        """A frame that is cut at."""
        self.query_one(Edges).framed(seen)

    def left(self) -> None:
        """Pictures go with the room."""
        self.desk.frames.unwant("cut")
        for still in self.query(Still):
            still.take_off()

    def on_row_list_moved(self) -> None:
        """Another take."""
        self.desk.choose_take(self.take)
        self._look_closer()

    def why_not(self, action: str) -> str:
        """What there is no take for."""
        if action in ("open", "earlier_in", "later_in", "earlier_out", "later_out") and self.take is None:
            return "Nothing is kept yet: T goes to Takes, y keeps a take."
        return ""

    async def do_open(self) -> None:
        """To Review, where it begins."""
        take = self.take
        assert take
        await self.desk.go("review", take, self._trim(take)[0])

    def do_earlier_in(self) -> None:
        """A frame earlier."""
        self._nudge(-1, 0)

    def do_later_in(self) -> None:
        """A frame later."""
        self._nudge(1, 0)

    def do_earlier_out(self) -> None:
        """A frame earlier."""
        self._nudge(0, -1)

    def do_later_out(self) -> None:
        """A frame later."""
        self._nudge(0, 1)

    def _nudge(self, starts: int, ends: int) -> None:
        take = self.take
        assert take
        frame = 1 / _rate(take)

        def nudge(studio: Studio, meant: Take) -> Edit | None:
            reviews = studio.catalog.reviews
            before = trimmed(meant, reviews.of(meant))
            at = min(max(before[0] + starts * frame, Fraction(0)), before[1] - frame)
            to = max(min(before[1] + ends * frame, meant.probe.duration), at + frame)
            return reviews.set_trim(meant, at or None, to if to < meant.probe.duration else None)

        self.desk.do_to(take, nudge)

    def _trim(self, take: Take) -> tuple[Fraction, Fraction]:
        return trimmed(take, self.desk.snapshot.review(take))

    def _look_closer(self) -> None:
        self.set_class(self.take is None, "-none")
        self._edges.ask()

    def on_still_sized(self) -> None:
        """Another size, other frames."""
        self._edges.ask()

    def _want_edges(self) -> None:
        take = self.take
        self.query_one(Edges).put(take, self._trim(take) if take else (Fraction(0), Fraction(0)))

    def _draw(self, key: str, width: int, here: bool) -> Iterable[Segment]:
        desk, take = self.desk, self.desk.snapshot.by_id.get(key)
        if take is None:
            return
        ink, review = desk.ink.styles, desk.snapshot.review(take)
        starts, ends = self._trim(take)
        rate = _rate(take)
        yield Segment(f" {'▸' if here else ' '} ", ink["accent"])
        yield Segment(filled(take.label, 16), ink["strong" if here else "text"])
        yield Segment("★ " if review.star else "  ", ink["amber"])
        used = 3 + 16 + 2 + 13 + 18
        if width >= _WIDE:
            yield Segment(f"{timecode(round(self._begins.get(key, Fraction(0)) * rate), rate)}  ", ink["faint"])
            used += 13
        yield Segment(f"{timecode(round((ends - starts) * rate), rate)}  ", ink["text"])
        handles = f"−{float(starts):.1f} s  +{float(take.probe.duration - ends):.1f} s"
        yield Segment(filled(handles, 18), ink["quiet"])
        columns = max(10, width // 4 - (width < _WIDE) * 6)
        glimpse = desk.glimpses.of(take) or Glimpse()
        if not desk.plain:
            drawn = shape(glimpse.levels.rms, columns) if glimpse.levels else "─" * columns
            first, last = (round(at * columns / take.probe.duration) for at in (starts, ends))
            for part, kind in ((drawn[:first], "faint"), (drawn[first:last], "accent"), (drawn[last:], "faint")):
                yield Segment(part, ink[kind])
            used += columns
        yield Segment("  ", ink["text"])
        yield Segment(cut(_said(glimpse, starts, ends), width - used - 2), ink["text" if here else "quiet"])


class Edges(Widget):
    """The first frame of what is used, and the last."""

    def compose(self) -> Iterable[Widget]:
        """Two stills."""
        yield Still(id="begin")
        yield Still(id="end")

    def put(self, take: Take | None, trim: tuple[Fraction, Fraction]) -> None:
        """Another take, or another trim."""
        room = self.screen
        assert isinstance(room, Cut)
        picture = take.probe.picture if take else None
        for name, at in zip(("begin", "end"), trim, strict=True):
            still = self.query_one(f"#{name}", Still)
            if take is None or picture is None or take.needs_director:
                still.put(None, "")
                continue
            tick = int(at * picture.frame_rate) - (name == "end")
            if width := still.wanted_width(picture.display_width / picture.display_height):
                still.ask(Wish(f"cut {name}", take, max(0, tick), width))

    def framed(self, seen: Framed) -> None:
        """One of them has come."""
        name = seen.wish.slot.removeprefix("cut ")
        if name in ("begin", "end"):
            self.query_one(f"#{name}", Still).framed(seen)


def trimmed(take: Take, review: Review) -> tuple[Fraction, Fraction]:
    """From where to where a take is used, in seconds of its clock."""
    return review.starts or Fraction(0), review.ends if review.ends is not None else take.probe.duration


def _rate(take: Take) -> Fraction:
    return take.probe.picture.frame_rate if take.probe.picture else _SOUND_RATE


def _said(glimpse: Glimpse, starts: Fraction, ends: Fraction) -> str:
    if glimpse.transcript is None:
        return ""
    from engine.speech import running_text

    words = [word for word in glimpse.transcript.words if word.end > starts and word.start < ends]
    return f"“{running_text(words[:40])}”" if words else ""
