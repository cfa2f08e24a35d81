"""Takes: all takes by session, with their media and the decisions about them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.text import Text
from textual.containers import Horizontal, Vertical
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static

from cwtui.console.keymap import keymap_of
from cwtui.console.messages import FrameLoaded, FrameRequest
from cwtui.console.screens.base import ModeScreen
from cwtui.console.screens.takes.take_details import TakeFacts, render_details
from cwtui.console.screens.takes.take_row import TakeRow, take_row
from cwtui.console.snapshot import Snapshot
from cwtui.console.theme import palette_of
from cwtui.console.widgets.debouncer import PICTURE_DELAY_S, Debouncer
from cwtui.console.widgets.frame_view import FrameView
from cwtui.console.widgets.row_list import HEADING, RowList
from cwtui.console.widgets.text_layout import truncate
from cwtui.console.workers.take_media import TakeMedia, TakeMediaLoaded
from cwtui.formatting import daypart, plural
from engine.catalog import JobState, Project, Take
from engine.time import format_time

if TYPE_CHECKING:
    from engine.studio import Studio

FILTERS = ("all", "undecided", "kept", "retakes", "starred", "needs you", "damaged")
SORTS = ("shot", "longest", "loudest", "newest")
# Takes are sorted by loudness once no new measurement has arrived for this time. A take without one sorts last.
_SORT_DELAY_S = 0.3
_UNMEASURED_LUFS = -200.0


class TakesScreen(ModeScreen):
    """The list of takes, and the selected take below it."""

    MODE: ClassVar[str] = "takes"

    def __init__(self) -> None:
        super().__init__()
        self._frame_debouncer = Debouncer(self, PICTURE_DELAY_S, self._request_frame)
        self._sort_debouncer = Debouncer(self, _SORT_DELAY_S, lambda: self._list(self.console_app.snapshot))
        self._sessions: dict[str, str] = {}
        self._listed_for: tuple[object, ...] = ()

    def compose_body(self) -> Iterable[Widget]:
        yield Static("", id="list-summary", markup=False)
        yield RowList(self._draw, id="takes")
        with Horizontal(id="detail-pane"):
            yield FrameView(self.console_app.picture_output, id="frame")
            with Vertical(id="take-details"):
                yield TakeDetails()

    @property
    def rows(self) -> RowList | None:
        """The list of takes."""
        return self.query_one("#takes", RowList) if self.is_mounted else None

    @property
    def idle(self) -> bool:
        """Whether the frame has been requested and the rows are sorted."""
        return self._frame_debouncer.idle and self._sort_debouncer.idle

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show a snapshot. Job progress alone, which is frequent, changes neither list nor frame."""
        session, rows = self.console_app.session, self._rows
        self.set_class(not snapshot.takes, "-none")
        listed_for = (snapshot.takes, snapshot.reviews, snapshot.conditions, session.filter, session.sort)
        if listed_for == self._listed_for:
            rows.refresh_changed()
        else:
            self._listed_for = listed_for
            self._list(snapshot)
        self._show_details()
        self._frame_debouncer.trigger()

    def _list(self, snapshot: Snapshot) -> None:
        app_session, rows = self.console_app.session, self._rows
        listed = [take for take in snapshot.takes if self._matches_filter(take, snapshot)]
        keys: list[str] = []
        if app_session.sort == "shot":
            self._sessions = {}
            for session, members in groupby(listed, key=lambda take: take.session):
                group = list(members)
                key = f"{HEADING}{session}"
                self._sessions[key] = _session_heading(group)
                keys += [key, *(take.id for take in group)]
        else:
            keys = [take.id for take in self._sorted(listed)]
        first = rows.cursor is None
        rows.set_rows(keys)
        if first:
            rows.move_to(app_session.take)
        asking = self.query_one("#list-summary", Static)
        asking.update(self._list_summary(len(listed), len(snapshot.takes)))
        plain_order = app_session.filter == "all" and app_session.sort == "shot"
        asking.set_class(not snapshot.takes or (plain_order and bool(listed)), "-idle")

    def media_loaded(self, event: TakeMediaLoaded) -> None:
        """Redraws a row with its levels and words."""
        self._rows.refresh_soon()
        if self.console_app.session.sort == "loudest":
            self._sort_debouncer.trigger()
        if self.take and event.take == self.take.id:
            self._show_details()

    def frame_loaded(self, event: FrameLoaded) -> None:
        """Show the frame of the selected take."""
        if self.take and event.request.slot == "takes" and event.request.take.id == self.take.id:
            self.query_one("#frame", FrameView).show_frame(event)

    def deactivate(self) -> None:
        """Release the images of this screen."""
        self.query_one("#frame", FrameView).release()

    def on_row_list_row_highlighted(self, moved: RowList.RowHighlighted) -> None:
        self.console_app.select_take(self.console_app.snapshot.by_id.get(moved.key or ""))
        self._show_selection()

    def on_frame_view_size_changed(self) -> None:
        self._show_selection()

    @property
    def take(self) -> Take | None:
        """The take under the cursor."""
        rows = self.rows
        return self.console_app.snapshot.by_id.get(rows.cursor or "") if rows else None

    def disabled_reason(self, action: str) -> str:
        """The reasons depend on the take under the cursor."""
        take = self.take
        if action == "answer" and take and not take.needs_director:
            return f"{take.label} is not waiting for an answer."
        if action == "open" and take is None:
            return "No take selected."
        return ""

    # Actions

    async def action_open(self) -> None:
        await self.console_app.open_screen("review")

    def action_filter(self) -> None:
        session = self.console_app.session
        self.console_app.update_session(filter=_next_of(FILTERS, session.filter))
        self.show_snapshot(self.console_app.snapshot)

    def action_sort(self) -> None:
        session = self.console_app.session
        self.console_app.update_session(sort=_next_of(SORTS, session.sort))
        self.show_snapshot(self.console_app.snapshot)

    def action_retake(self) -> None:
        self.prompt_retake()

    def action_answer(self) -> None:
        if self.take:
            self.prompt_transform(self.take)

    def action_prepare(self) -> None:
        """Queue the jobs that make proxy, transcript and levels."""
        take = self.take
        assert take

        def prepare(studio: Studio, project: Project | None) -> str:
            asked = studio.jobs.submit(studio.tasks.preparation(take))
            return f"{take.label}: {plural(len(asked), 'job')} queued."

        self.console_app.submit(prepare)

    # Rendering

    def _show_selection(self) -> None:
        self._show_details()
        self._frame_debouncer.trigger()

    def _show_details(self) -> None:
        app, take = self.console_app, self.take
        if take is None:
            self.query_one(TakeDetails).facts = None
            return
        snapshot = app.snapshot
        self.query_one(TakeDetails).facts = TakeFacts(
            take,
            app.take_media.get(take) or TakeMedia(),
            snapshot.condition(take),
            app.folder / take.path,
            tuple(snapshot.markers_of(take)),
            any(job.state is JobState.DONE for job in snapshot.jobs_of(take, "clean")),
            sum(job.state.open and job.parameters.get("take") == take.id for job in snapshot.jobs),
        )

    def _request_frame(self) -> None:
        take, still = self.take, self.query_one("#frame", FrameView)
        if not self.is_current:
            return
        if take is None:
            still.set_image(None, "")
            return
        request, words = None, "Audio only"
        if picture := take.probe.picture:
            words = f"{picture.display_width}×{picture.display_height} {picture.encoding_name}"
            width = still.image_width(picture.display_width / picture.display_height)
            if take.needs_director:
                words = self.with_keys("Log: press {answer} to confirm colour")
            elif width:
                request = FrameRequest("takes", take, picture.frames // 3, width)
        if request is None:
            still.set_image(None, words)
        else:
            still.request(request)

    def _matches_filter(self, take: Take, snapshot: Snapshot) -> bool:
        review = snapshot.review(take)
        wanted = self.console_app.session.filter
        return {
            "undecided": review.verdict is None,
            "kept": review.verdict == "keep",
            "retakes": review.verdict == "retake",
            "starred": review.star,
            "needs you": take.needs_director or not take.probe.original or _is_new_damage(take, snapshot),
            "damaged": snapshot.condition(take).state == "damaged",
        }.get(wanted, True)

    def _sorted(self, takes: Sequence[Take]) -> list[Take]:
        by = self.console_app.session.sort
        if by == "longest":
            return sorted(takes, key=lambda take: -take.probe.duration)
        if by == "newest":
            return sorted(takes, key=lambda take: take.arrived_at, reverse=True)
        known = ((take.id, self.console_app.take_media.loudness_of(take)) for take in takes)
        loudness = {key: _UNMEASURED_LUFS if lufs is None else lufs for key, lufs in known}
        return sorted(takes, key=lambda take: -loudness[take.id])

    def _list_summary(self, listed: int, every: int) -> str:
        session = self.console_app.session
        summary = f"  {listed} of {plural(every, 'take')}: {session.filter}"
        return (
            summary
            + (f", {session.sort} first" if session.sort != "shot" else "")
            + (self.with_keys(". Press {filter} for another filter.") if not listed else "")
        )

    def _draw(self, key: str, width: int, here: bool) -> Iterable[Segment]:
        app = self.console_app
        if key.startswith(HEADING):
            heading = truncate(self._sessions.get(key, ""), width - 2)
            yield Segment(f"  {heading}", app.palette.styles["quiet"])
            return
        take = app.snapshot.by_id.get(key)
        if take is None:
            return
        review = app.snapshot.review(take)
        data = TakeRow(
            take,
            app.take_media.get(take) or TakeMedia(),
            review,
            app.snapshot.condition(take),
            app.snapshot.by_id.get(review.retake_of or ""),
            lambda: app.suggest_retake(take),
        )
        yield from take_row(data, self.row_style(width, here))


class TakeDetails(Widget):
    """Details of the take under the cursor."""

    facts: reactive[TakeFacts | None] = reactive(None)

    def render(self) -> Text:
        return render_details(self.facts, palette_of(self), keymap_of(self), *self.size) if self.facts else Text("")


def _is_new_damage(take: Take, snapshot: Snapshot) -> bool:
    return snapshot.review(take).verdict is None and snapshot.condition(take).state == "damaged"


def _next_of(values: Sequence[str], value: str) -> str:
    """The value after `value`; the first one after the last and after an unknown one."""
    return values[(values.index(value) + 1) % len(values)] if value in values else values[0]


def _session_heading(group: Sequence[Take]) -> str:
    first = group[0]
    seconds = sum((take.probe.duration for take in group), Fraction(0))
    camera = first.probe.capture.model or "unknown camera"
    when = f"{first.captured_at:%a %d %b %Y}, {daypart(first.captured_at)}"
    return f"{when} · {camera} · {plural(len(group), 'take')} · {format_time(seconds, 0)}"
