"""Cut: the kept ranges of the takes in order, each from its in point to its out point, with its handles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import Static

from cwtui.block_chart import sparkline
from cwtui.console.actions import requires
from cwtui.console.messages import FrameLoaded, FrameRequest
from cwtui.console.screens.base import ModeScreen
from cwtui.console.screens.empty_state import NO_KEPT_TAKES
from cwtui.console.snapshot import Snapshot
from cwtui.console.terminal.picture_output import PictureOutput
from cwtui.console.widgets.columns import Cell, Column, lay_out, lay_out_headings
from cwtui.console.widgets.debouncer import PICTURE_DELAY_S, Debouncer
from cwtui.console.widgets.frame_view import FrameView
from cwtui.console.widgets.row_list import RowList
from cwtui.console.workers.take_media import TakeMedia, TakeMediaLoaded
from cwtui.formatting import frame_rate_of, plural
from engine.catalog import Edit, Take
from engine.time import format_time, timecode

if TYPE_CHECKING:
    from engine.studio import Studio

# Where a row is too narrow, the start in the cut, the sound and the words give way, in this order.
_BEFORE_SOUND = (
    Column(13, "take", grow=1, most=24),
    Column(1, gap=1),
    Column(11, "starts at", gap=1, rank=3),
    Column(11, "length"),
    Column(7, "before", right=True),
    Column(7, "after", right=True),
)
_SOUND = Column(10, "sound", grow=2, most=40, rank=2)
_WORDS = Column(16, "words", grow=3, rank=1)


class CutScreen(ModeScreen):
    """The assembly as a list. Trims are edits that can be undone."""

    MODE: ClassVar[str] = "cut"

    def __init__(self) -> None:
        super().__init__()
        self._ranges: dict[str, _CutRange] = {}
        self._frame_debouncer = Debouncer(self, PICTURE_DELAY_S, self._request_frames)

    def compose_body(self) -> Iterable[Widget]:
        yield Static("", id="total", markup=False)
        yield RowList(self._draw, header=self._draw_headings, id="cut")
        yield TrimFrames(self.console_app.picture_output)

    @property
    def rows(self) -> RowList | None:
        """The list of kept ranges."""
        return self.query_one("#cut", RowList) if self.is_mounted else None

    @property
    def take(self) -> Take | None:
        """The take under the cursor."""
        return self._range.take if self._range else None

    @property
    def _range(self) -> _CutRange | None:
        """The range under the cursor."""
        rows = self.rows
        return self._ranges.get(rows.cursor or "") if rows else None

    @property
    def idle(self) -> bool:
        """Whether the trim frames have been requested."""
        return self._frame_debouncer.idle

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Shows a new snapshot of the studio."""
        self._ranges = {one.key: one for one in _cut_ranges(snapshot)}
        whole = sum((one.end - one.start for one in self._ranges.values()), Fraction(0))
        first = self._rows.cursor is None
        self._rows.set_rows(list(self._ranges))
        if first:
            self._rows.move_to(_row_key(self.console_app.session.take or "", 1))
        count = plural(len(snapshot.kept), "take")
        ranges = f", {plural(len(self._ranges), 'range')}" if len(self._ranges) > len(snapshot.kept) else ""
        summary = f" {count}{ranges} · {format_time(whole, 0)} long"
        self.query_one("#total", Static).update(summary if snapshot.kept else "")
        self._rows.refresh_changed()
        self._show_selection()

    def media_loaded(self, event: TakeMediaLoaded) -> None:
        """Redraws a row with its levels and words."""
        self._rows.refresh_changed()

    def frame_loaded(self, event: FrameLoaded) -> None:
        """Show a trim frame."""
        self.query_one(TrimFrames).show_frame(event)

    def deactivate(self) -> None:
        """Release the images of this screen."""
        self.console_app.frame_loader.cancel("cut")
        for still in self.query(FrameView):
            still.release()

    def on_row_list_row_highlighted(self) -> None:
        self.console_app.select_take(self.take)
        self._show_selection()

    def disabled_reason(self, action: str) -> str:
        """The actions on a take need a kept take."""
        if requires(action, "kept_take") and self.take is None:
            return NO_KEPT_TAKES
        return ""

    async def action_open(self) -> None:
        here = self._range
        assert here
        await self.console_app.open_screen("review", here.take, here.start)

    def command_values(self) -> dict[str, str]:
        """Returns the placeholders of command lines."""
        here = self._range
        option = f"--range {here.number}" if here and here.of > 1 else ""
        return {"in_range": option, "out_range": option}

    def action_nudge(self, starts: int, ends: int) -> None:
        """Moves the beginning and the end of the range by frames, up to the ranges beside it."""
        here = self._range
        assert here
        take, number = here.take, here.number
        frame = 1 / frame_rate_of(take)

        def nudge(studio: Studio, meant: Take) -> Edit | None:
            reviews = studio.catalog.reviews
            review, duration = reviews.of(meant), meant.probe.duration
            spans = review.spans(duration)
            if number > len(spans):
                return None
            start, end = spans[number - 1]
            earliest = spans[number - 2][1] if number > 1 else Fraction(0)
            latest = spans[number][0] if number < len(spans) else duration
            at = min(max(start + starts * frame, earliest), end - frame)
            to = max(min(end + ends * frame, latest), at + frame)
            whole = None if len(review.ranges) < 2 else number
            return reviews.set_trim(meant, at or None, to if to < duration else None, whole)

        self.console_app.edit_take(take, nudge)

    def _show_selection(self) -> None:
        self.set_class(self.take is None, "-none")
        self._frame_debouncer.trigger()

    def on_frame_view_size_changed(self) -> None:
        self._frame_debouncer.trigger()

    def _request_frames(self) -> None:
        here = self._range
        span = (here.start, here.end) if here else (Fraction(0), Fraction(0))
        self.query_one(TrimFrames).set_take(here.take if here else None, span)

    def _draw_headings(self, width: int) -> Iterable[Segment]:
        app = self.console_app
        return lay_out_headings(_columns(app.plain), app.palette.styles["heading"], width)

    def _draw(self, key: str, width: int, here: bool) -> Iterable[Segment]:
        app, one = self.console_app, self._ranges.get(key)
        if one is None:
            return
        take, starts, ends = one.take, one.start, one.end
        styles, review = app.palette.styles, app.snapshot.review(take)
        rate = frame_rate_of(take)
        media = app.take_media.get(take) or TakeMedia()

        def waveform(columns: int) -> list[Segment]:
            drawn = sparkline(media.levels.rms, columns) if media.levels else "─" * columns
            first, last = (round(at * columns / take.probe.duration) for at in (starts, ends))
            parts = (drawn[:first], "faint"), (drawn[first:last], "accent"), (drawn[last:], "faint")
            return [Segment(part, styles[kind]) for part, kind in parts]

        position = timecode(round(one.position * rate), rate)
        cells: list[Cell] = [
            (one.name, styles["strong" if here else "text"]),
            ("★" if review.star else "", styles["amber"]),
            (position, styles["faint"]),
            (timecode(round((ends - starts) * rate), rate), styles["text"]),
            (_handle("−", starts), styles["quiet"]),
            (_handle("+", take.probe.duration - ends), styles["quiet"]),
            *([] if app.plain else [waveform]),
            (_spoken_words(media, starts, ends), styles["text" if here else "quiet"]),
        ]
        yield from lay_out(_columns(app.plain), cells, width)


def _columns(plain: bool) -> tuple[Column, ...]:
    return (*_BEFORE_SOUND, *(() if plain else (_SOUND,)), _WORDS)


def _handle(sign: str, seconds: Fraction) -> str:
    """The length of a handle: −3.0 s, or 0.0 s without a sign."""
    text = f"{float(seconds):.1f} s"
    return text if text == "0.0 s" else sign + text


class TrimFrames(Widget):
    """The first and the last frame of the trimmed take."""

    def __init__(self, output: PictureOutput) -> None:
        super().__init__()
        self._output = output

    def compose(self) -> Iterable[Widget]:
        for name in ("first", "last"):
            with Vertical():
                yield Static("", id=f"{name}-caption", markup=False)
                yield FrameView(self._output, id=f"{name}-frame")

    def set_take(self, take: Take | None, trim: tuple[Fraction, Fraction]) -> None:
        """Request the two frames of a take and its trim."""
        picture = take.probe.picture if take else None
        for name, at in zip(("first-frame", "last-frame"), trim, strict=True):
            still = self.query_one(f"#{name}", FrameView)
            word, rate = name.partition("-")[0], frame_rate_of(take)
            caption = f"{word} frame  {timecode(int(at * rate) - (word == 'last'), rate)}" if take else ""
            self.query_one(f"#{word}-caption", Static).update(caption)
            if take is None or picture is None or take.needs_director:
                still.set_image(None, "")
                continue
            tick = int(at * picture.frame_rate) - (name == "last-frame")
            if width := still.image_width(picture.display_width / picture.display_height):
                still.request(FrameRequest(f"cut {name}", take, max(0, tick), width))

    def show_frame(self, event: FrameLoaded) -> None:
        """Show a frame that has been loaded."""
        name = event.request.slot.removeprefix("cut ")
        if name in ("first-frame", "last-frame"):
            self.query_one(f"#{name}", FrameView).show_frame(event)


@dataclass(frozen=True, slots=True)
class _CutRange:
    """A row: range `number` `of` so many of a take, in seconds of its clock, and its start time in the cut."""

    take: Take
    number: int
    of: int
    start: Fraction
    end: Fraction
    position: Fraction

    @property
    def key(self) -> str:
        """The key of the row."""
        return _row_key(self.take.id, self.number)

    @property
    def name(self) -> str:
        """The take's label, with the number of one of several ranges."""
        return f"{self.take.label}-{self.number}" if self.of > 1 else self.take.label


def _row_key(take_id: str, number: int) -> str:
    return f"{take_id}#{number}"


def _cut_ranges(snapshot: Snapshot) -> Iterator[_CutRange]:
    """The kept ranges of the kept takes, in shooting order."""
    position = Fraction(0)
    for take in snapshot.kept:
        spans = snapshot.review(take).spans(take.probe.duration)
        for number, (start, end) in enumerate(spans, 1):
            yield _CutRange(take, number, len(spans), start, end, position)
            position += end - start


def _spoken_words(media: TakeMedia, starts: Fraction, ends: Fraction) -> str:
    if media.transcript is None:
        return ""
    from engine.speech import running_text

    words = [word for word in media.transcript.words if word.end > starts and word.start < ends]
    return f"“{running_text(words[:40])}”" if words else ""
