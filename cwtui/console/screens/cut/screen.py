"""Cut: the kept takes in order, each from its in point to its out point, with its handles."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.widget import Widget
from textual.widgets import Static

from cwtui.block_chart import sparkline
from cwtui.console.actions import requires
from cwtui.console.messages import FrameLoaded, FrameRequest
from cwtui.console.screens.base import ModeScreen
from cwtui.console.screens.empty_state import NO_KEPT_TAKES
from cwtui.console.snapshot import Snapshot
from cwtui.console.terminal.picture_output import PictureOutput
from cwtui.console.widgets.debouncer import PICTURE_DELAY_S, Debouncer
from cwtui.console.widgets.frame_view import FrameView
from cwtui.console.widgets.row_list import RowList
from cwtui.console.widgets.text_layout import pad, truncate
from cwtui.console.workers.take_media import TakeMedia, TakeMediaLoaded
from cwtui.formatting import frame_rate_of, plural
from engine.catalog import Edit, Review, Take
from engine.time import format_time, timecode

if TYPE_CHECKING:
    from engine.studio import Studio

# From this width on, a row shows the take's start time in the cut.
_POSITION_MIN_WIDTH = 100


class CutScreen(ModeScreen):
    """The assembly as a list. Trims are edits that can be undone."""

    MODE: ClassVar[str] = "cut"

    def __init__(self) -> None:
        super().__init__()
        self._start_times: dict[str, Fraction] = {}
        self._frame_debouncer = Debouncer(self, PICTURE_DELAY_S, self._request_frames)

    def compose_body(self) -> Iterable[Widget]:
        yield Static("", id="total", markup=False)
        yield RowList(self._draw, id="cut")
        yield TrimFrames(self.console_app.picture_output)

    @property
    def rows(self) -> RowList | None:
        """The list of kept takes."""
        return self.query_one("#cut", RowList) if self.is_mounted else None

    @property
    def take(self) -> Take | None:
        """The take under the cursor."""
        rows = self.rows
        return self.console_app.snapshot.by_id.get(rows.cursor or "") if rows else None

    @property
    def idle(self) -> bool:
        """Whether the trim frames have been requested."""
        return self._frame_debouncer.idle

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Shows a new snapshot of the studio."""
        whole, self._start_times = Fraction(0), {}
        for take in snapshot.kept:
            starts, ends = self._trim(take)
            self._start_times[take.id] = whole
            whole += ends - starts
        first = self._rows.cursor is None
        self._rows.set_rows([take.id for take in snapshot.kept])
        if first:
            self._rows.move_to(self.console_app.session.take)
        summary = f"  {plural(len(snapshot.kept), 'take')} · {format_time(whole, 0)} long"
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
        take = self.take
        assert take
        await self.console_app.open_screen("review", take, self._trim(take)[0])

    def action_nudge(self, starts: int, ends: int) -> None:
        """Moves the beginning and the end by frames."""
        take = self.take
        assert take
        frame = 1 / frame_rate_of(take)

        def nudge(studio: Studio, meant: Take) -> Edit | None:
            reviews = studio.catalog.reviews
            before = trim_range(meant, reviews.of(meant))
            at = min(max(before[0] + starts * frame, Fraction(0)), before[1] - frame)
            to = max(min(before[1] + ends * frame, meant.probe.duration), at + frame)
            return reviews.set_trim(meant, at or None, to if to < meant.probe.duration else None)

        self.console_app.edit_take(take, nudge)

    def _trim(self, take: Take) -> tuple[Fraction, Fraction]:
        return trim_range(take, self.console_app.snapshot.review(take))

    def _show_selection(self) -> None:
        self.set_class(self.take is None, "-none")
        self._frame_debouncer.trigger()

    def on_frame_view_size_changed(self) -> None:
        self._frame_debouncer.trigger()

    def _request_frames(self) -> None:
        take = self.take
        self.query_one(TrimFrames).set_take(take, self._trim(take) if take else (Fraction(0), Fraction(0)))

    def _draw(self, key: str, width: int, here: bool) -> Iterable[Segment]:
        app, take = self.console_app, self.console_app.snapshot.by_id.get(key)
        if take is None:
            return
        styles, review = app.palette.styles, app.snapshot.review(take)
        starts, ends = self._trim(take)
        rate = frame_rate_of(take)
        yield Segment(f" {'▸' if here else ' '} ", styles["accent"])
        yield Segment(pad(take.label, 16), styles["strong" if here else "text"])
        yield Segment("★ " if review.star else "  ", styles["amber"])
        used = 3 + 16 + 2 + 13 + 18
        if width >= _POSITION_MIN_WIDTH:
            yield Segment(f"{timecode(round(self._start_times.get(key, Fraction(0)) * rate), rate)}  ", styles["faint"])
            used += 13
        yield Segment(f"{timecode(round((ends - starts) * rate), rate)}  ", styles["text"])
        handles = f"{_handle('−', starts)}  {_handle('+', take.probe.duration - ends)}"
        yield Segment(pad(handles, 18), styles["quiet"])
        columns = max(10, width // 4 - (width < _POSITION_MIN_WIDTH) * 6)
        media = app.take_media.get(take) or TakeMedia()
        if not app.plain:
            drawn = sparkline(media.levels.rms, columns) if media.levels else "─" * columns
            first, last = (round(at * columns / take.probe.duration) for at in (starts, ends))
            for part, kind in ((drawn[:first], "faint"), (drawn[first:last], "accent"), (drawn[last:], "faint")):
                yield Segment(part, styles[kind])
            used += columns
        yield Segment("  ", styles["text"])
        yield Segment(
            truncate(_spoken_words(media, starts, ends), width - used - 2), styles["text" if here else "quiet"]
        )


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
        yield FrameView(self._output, id="first-frame")
        yield FrameView(self._output, id="last-frame")

    def set_take(self, take: Take | None, trim: tuple[Fraction, Fraction]) -> None:
        """Request the two frames of a take and its trim."""
        picture = take.probe.picture if take else None
        for name, at in zip(("first-frame", "last-frame"), trim, strict=True):
            still = self.query_one(f"#{name}", FrameView)
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


def trim_range(take: Take, review: Review) -> tuple[Fraction, Fraction]:
    """The in and out points of a take, in seconds of its clock."""
    return review.starts or Fraction(0), review.ends if review.ends is not None else take.probe.duration


def _spoken_words(media: TakeMedia, starts: Fraction, ends: Fraction) -> str:
    if media.transcript is None:
        return ""
    from engine.speech import running_text

    words = [word for word in media.transcript.words if word.end > starts and word.start < ends]
    return f"“{running_text(words[:40])}”" if words else ""
