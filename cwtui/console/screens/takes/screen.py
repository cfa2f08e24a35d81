"""Takes: all takes by session, with their media and the decisions about them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.text import Text
from textual import on
from textual.containers import Container, Vertical
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

from cwtui.console.command_lines import take_numbers
from cwtui.console.keymap import first_key
from cwtui.console.messages import FrameLoaded, FrameRequest, SeekRequested
from cwtui.console.screens.base import ModeScreen
from cwtui.console.screens.takes.summary import ListSummary, TakesSummary
from cwtui.console.screens.takes.take_details import TakeFacts, details_height, render_details
from cwtui.console.screens.takes.take_row import TakeRow, session_row, take_headings, take_row
from cwtui.console.snapshot import Snapshot
from cwtui.console.theme import palette_of
from cwtui.console.widgets.debouncer import PICTURE_DELAY_S, Debouncer
from cwtui.console.widgets.frame_view import FrameView
from cwtui.console.widgets.row_list import HEADING, RowList
from cwtui.console.widgets.transcript_view import TranscriptView
from cwtui.console.workers.take_media import TakeMedia, TakeMediaLoaded
from cwtui.formatting import plural
from cwtui.observation_text import observation_shape, observation_summary
from engine.catalog import TAKE_FILTERS, TAKE_SORTS, JobState, Project, Take, matches_filter, sort_takes

if TYPE_CHECKING:
    from engine.studio import Studio

# Takes are sorted by loudness once no new measurement has arrived for this time.
_SORT_DELAY_S = 0.3


class TakesScreen(ModeScreen):
    """The list of takes, and the take under the cursor below it or, on a wide screen, beside it."""

    MODE: ClassVar[str] = "takes"

    def __init__(self) -> None:
        super().__init__()
        self._frame_debouncer = Debouncer(self, PICTURE_DELAY_S, self._request_frame)
        self._sort_debouncer = Debouncer(self, _SORT_DELAY_S, lambda: self._list(self.console_app.snapshot))
        self._sessions: dict[str, tuple[Take, ...]] = {}
        self._listed_for: tuple[object, ...] = ()
        # The selection of the session that the list has.
        self._selected: tuple[str, ...] = ()

    def compose_body(self) -> Iterable[Widget]:
        yield TakesSummary()
        with Container(id="takes-body"):
            yield RowList(self._draw, header=self._draw_headings, id="takes")
            with Container(id="detail-pane"):
                yield FrameView(self.console_app.picture_output, id="frame")
                with Vertical(id="take-details"):
                    yield TakeDetails()
                    yield TranscriptView()

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
        if session.selected != self._selected:
            self._selected = session.selected
            rows.set_selected(session.selected)
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
                self._sessions[key] = tuple(group)
                keys += [key, *(take.id for take in group)]
        else:
            keys = [take.id for take in sort_takes(listed, app_session.sort, self.console_app.take_media.loudness_of)]
        first = rows.cursor is None
        rows.set_rows(keys)
        if first:
            rows.move_to(app_session.take)
        self._show_summary()

    def media_loaded(self, event: TakeMediaLoaded) -> None:
        """Redraws a row with its levels and words."""
        self._rows.refresh_soon()
        if self.console_app.session.sort == "loudest":
            self._sort_debouncer.trigger()
        if self.take and event.take == self.take.id:
            self._show_details()

    def frame_loaded(self, event: FrameLoaded) -> None:
        """Show the frame of the selected take."""
        request = event.request
        if request.slot == "takes" and isinstance(request, FrameRequest) and request.take == self.take:
            self.query_one("#frame", FrameView).show_frame(event)

    def deactivate(self) -> None:
        """Release the images of this screen."""
        self.query_one("#frame", FrameView).release()

    def on_row_list_row_highlighted(self, moved: RowList.RowHighlighted) -> None:
        self.console_app.select_take(self.console_app.snapshot.by_id.get(moved.key or ""))
        self._show_selection()

    def on_frame_view_size_changed(self) -> None:
        self._show_selection()

    def on_row_list_selection_changed(self, changed: RowList.SelectionChanged) -> None:
        app = self.console_app
        order = app.snapshot.index_of
        self._selected = tuple(sorted(changed.selected & order.keys(), key=order.__getitem__))
        name = app.snapshot.project.name if app.snapshot.project else ""
        app.update_session(selected=self._selected, selections={**app.session.selections, name: self._selected})
        self._show_summary()
        self.update_key_hints()

    @on(SeekRequested)
    async def _open_at(self, event: SeekRequested) -> None:
        """Opens the take at a word of its transcript."""
        await self.console_app.open_screen("review", self.cursor_take, event.at)

    @property
    def cursor_take(self) -> Take | None:
        """The take under the cursor."""
        rows = self.rows
        return self.console_app.snapshot.by_id.get(rows.cursor or "") if rows else None

    @property
    def listed_takes(self) -> Sequence[Take]:
        """The takes that the filter shows, in the order of the list."""
        by_id = self.console_app.snapshot.by_id
        return [by_id[key] for key in self._rows.keys if key in by_id]

    def show_take(self, take: Take) -> None:
        """Moves the cursor to a take."""
        self._rows.move_to(take.id)

    @property
    def selected_takes(self) -> tuple[Take, ...]:
        """The selected takes, in shooting order."""
        by_id = self.console_app.snapshot.by_id
        return tuple(by_id[one] for one in self.console_app.session.selected if one in by_id)

    @property
    def take(self) -> Take | None:
        """The take under the cursor; if nothing is listed, the first selected one."""
        return self.cursor_take or next(iter(self.selected_takes), None)

    @property
    def targets(self) -> tuple[Take, ...]:
        """The selected takes; without a selection, the take under the cursor."""
        return self.selected_takes or super().targets

    def disabled_reason(self, action: str) -> str:
        """The reasons depend on the selected takes and the one under the cursor."""
        if action == "answer" and not any(take.needs_director for take in self.targets):
            count = len(self.targets)
            name = f"None of the {count:,} selected takes" if count > 1 else self.targets[0].label
            asking = [f"{take.number:03d}" for take in self.console_app.snapshot.needs_confirmation]
            verb = "waits" if len(asking) == 1 else "wait"
            others = f"; {', '.join(asking[:3])}{' …' if asking[3:] else ''} {verb}" if asking else ""
            return f"{name} is {'' if count > 1 else 'not '}waiting for an answer{others}."
        if action == "open" and self.cursor_take is None:
            return "No take selected."
        if action == "select_none" and not self.selected_takes and self.console_app.session.filter == TAKE_FILTERS[0]:
            return f"No take is selected. {self._key_of('select')} selects the take under the cursor."
        return ""

    def command_values(self) -> dict[str, str]:
        """The selected takes, and the filter and the order of the list."""
        session, targets = self.console_app.session, self.targets
        values = {"filter": session.filter.replace(" ", "-"), "sort": session.sort}
        if len(targets) > 1:
            starred = all(self.console_app.snapshot.review(take).star for take in targets)
            values |= {"takes": take_numbers(targets), "off": "--off" if starred else ""}
        return values

    # Actions

    async def action_open(self) -> None:
        await self.console_app.open_screen("review")

    def action_filter(self) -> None:
        self._show_filter(_next_of(TAKE_FILTERS, self.console_app.session.filter))

    def _show_filter(self, name: str) -> None:
        self.console_app.update_session(filter=name)
        self.show_snapshot(self.console_app.snapshot)

    def action_sort(self) -> None:
        session = self.console_app.session
        self.console_app.update_session(sort=_next_of(TAKE_SORTS, session.sort))
        self.show_snapshot(self.console_app.snapshot)

    def action_select(self) -> None:
        """Selects or deselects the take, and moves to the next one."""
        self._rows.toggle_selected()

    def action_select_range(self) -> None:
        """Selects from the take that was selected last to the cursor."""
        self._rows.select_range()

    def action_select_all(self) -> None:
        """Selects all takes of the list."""
        self._rows.select_all()

    def action_select_none(self) -> None:
        if self.selected_takes:
            self._rows.select_none()
        else:
            self._show_filter(TAKE_FILTERS[0])

    def action_retake(self) -> None:
        self.prompt_retake()

    def action_answer(self) -> None:
        self.prompt_transform(*(take for take in self.targets if take.needs_director))

    def action_prepare(self) -> None:
        """Queue the jobs that make proxy, transcript and levels."""
        takes = self.targets

        def prepare(studio: Studio, project: Project | None) -> str:
            queued = sum(len(studio.jobs.submit(studio.tasks.preparation(take))) for take in takes)
            name = takes[0].label if len(takes) == 1 else plural(len(takes), "take")
            return f"{name}: {plural(queued, 'job')} queued."

        self.console_app.submit(prepare)

    def action_scroll_transcript(self, pages: int) -> None:
        """Scrolls the transcript by half its height."""
        self.query_one(TranscriptView).scroll_pages(pages / 2)

    # Rendering

    def _show_selection(self) -> None:
        self._show_details()
        self._frame_debouncer.trigger()

    def _show_details(self) -> None:
        app, take = self.console_app, self.cursor_take
        if take is None:
            self.query_one(TakeDetails).facts = None
            self.query_one(TranscriptView).set_transcript(None)
            return
        snapshot, media = app.snapshot, app.take_media.get(take) or TakeMedia()
        self.query_one(TranscriptView).set_transcript(media.transcript)
        self.query_one(TakeDetails).facts = TakeFacts(
            take,
            media,
            snapshot.condition(take),
            app.folder / take.path,
            self._key_of("answer"),
            self._key_of("prepare"),
            tuple(snapshot.markers_of(take)),
            any(job.state is JobState.DONE for job in snapshot.jobs_of(take, "clean")),
            sum(job.state.open and job.parameters.get("take") == take.id for job in snapshot.jobs),
            brief=not self.has_class("-broad"),
        )

    def _request_frame(self) -> None:
        take, still = self.cursor_take, self.query_one("#frame", FrameView)
        if not self.is_current:
            return
        if take is None:
            still.set_image(None, "")
            return
        request, words = None, "Audio only"
        if observed := take.probe.observation:
            words = observation_summary(observed)
            if width := still.image_width(observation_shape(observed)):
                request = FrameRequest("takes", take, 0, width)
        if picture := take.probe.picture:
            words = f"{picture.display_width}×{picture.display_height} {picture.encoding_name}"
            width = still.image_width(picture.display_width / picture.display_height)
            if take.needs_director:
                words = f"Log: {self._key_of('answer')} shows each input transform"
            elif width:
                request = FrameRequest("takes", take, picture.frames // 3, width)
        if request is None:
            still.set_image(None, words)
        else:
            still.request(request)

    def _matches_filter(self, take: Take, snapshot: Snapshot) -> bool:
        return matches_filter(take, snapshot.review(take), snapshot.condition(take), self.console_app.session.filter)

    def _show_summary(self) -> None:
        app, rows = self.console_app, self._rows
        selected = self.selected_takes
        listed = set(rows.keys)
        self.query_one(TakesSummary).data = ListSummary(
            every=len(app.snapshot.takes),
            listed=sum(not key.startswith(HEADING) for key in rows.keys),
            selected=len(selected),
            hidden=sum(take.id not in listed for take in selected),
            filter=app.session.filter,
            sort=app.session.sort,
            filter_key=self._key_of("filter"),
            sort_key=self._key_of("sort"),
            none_key=self._key_of("select_none"),
        )

    def _key_of(self, action: str) -> str:
        return first_key(action, self.console_app.keymap)

    def _draw_headings(self, width: int) -> Iterable[Segment]:
        app = self.console_app
        return take_headings(app.palette.styles["heading"], width, app.plain, app.session.sort)

    def _draw(self, key: str, width: int, here: bool) -> Iterable[Segment]:
        app = self.console_app
        if key.startswith(HEADING):
            yield from session_row(self._sessions[key], self.row_style(width, here))
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
            self._key_of("answer"),
        )
        yield from take_row(data, self.row_style(width, here, key in self._rows.selected))


class TakeDetails(Widget):
    """Details of the take under the cursor."""

    facts: reactive[TakeFacts | None] = reactive(None)
    _height = 0

    def watch_facts(self) -> None:
        """Changes the height where it is another one: a new layout of the screen costs more than these lines."""
        # Without facts this widget has no height, and then no size of its own to measure with.
        room = self.parent.size if isinstance(self.parent, Widget) else self.container_size
        height = self.get_content_height(room, self.screen.size, room.width) if room.width else self._height
        if height != self._height:
            self._height = height
            self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Returns the number of lines of the details."""
        return details_height(self.facts, palette_of(self), width) if self.facts else 0

    def render(self) -> Text:
        return render_details(self.facts, palette_of(self), *self.size) if self.facts else Text("")


def _next_of(values: Sequence[str], value: str) -> str:
    """The value after `value`; the first one after the last and after an unknown one."""
    return values[(values.index(value) + 1) % len(values)] if value in values else values[0]
