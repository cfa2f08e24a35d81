"""Ingest: how footage arrives from all roads, takes that need an answer, verification of the originals."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.text import Text
from textual import on
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from cwtui.console.screens.add_footage import open_add_footage
from cwtui.console.screens.base import ModeScreen
from cwtui.console.screens.empty_state import empty_ingest
from cwtui.console.screens.ingest import details as ingest_details
from cwtui.console.screens.ingest import rows as ingest_rows
from cwtui.console.screens.ingest.arrival_actions import ArrivalActions, InterfacesFound, PairingReady
from cwtui.console.screens.ingest.arrival_details import arrival_details
from cwtui.console.screens.ingest.arrival_feed import ArrivalFeed
from cwtui.console.screens.ingest.arrival_items import ArrivalItem, ArrivalItems
from cwtui.console.screens.ingest.arrival_rows import arrival_row
from cwtui.console.screens.ingest.first_steps import first_steps, render_steps
from cwtui.console.screens.ingest.new_project import NewProject, ProjectCreated
from cwtui.console.screens.row_style import GAP_MIN_HEIGHT, NEEDS_YOU, heading_segment
from cwtui.console.snapshot import Snapshot
from cwtui.console.widgets.detail_list import Detail, DetailList
from cwtui.console.widgets.row_list import HEADING, RowList
from cwtui.console.workers.arrival_watcher import ArrivalsLoaded
from cwtui.console.workers.seal_verifier import SealVerifier, Verification, VerificationUpdated
from engine.catalog import Job, JobState, Project, Take

if TYPE_CHECKING:
    from engine.studio import Studio
    from engine.transfer import FileVerification

    Row = Take | Job | Mapping[str, str] | FileVerification | Verification | ArrivalItem

_ARRIVING = (JobState.RUNNING, JobState.BLOCKED, JobState.QUEUED, JobState.FAILED)
_ENDED = (JobState.DONE, JobState.FAILED)
# Jobs that have rows of their own; the rows of folders and phones show the running ones.
_ROW_STATES = {
    "ingest": (*_ARRIVING, JobState.DONE), "offload": _ARRIVING, "usb": _ARRIVING, "watch": (JobState.FAILED,),
    "phone": (),
}  # fmt: skip
# Below this height the first steps have a line each, without space around them.
_STEPS_MIN_HEIGHT = 20


class IngestHistoryLoaded(Message):
    """All finished ingests of a project."""

    def __init__(self, project: str, jobs: list[Job]) -> None:
        super().__init__()
        self.project = project
        self.jobs = jobs


class IngestScreen(ModeScreen):
    """Groups of rows, and details of the row under the cursor."""

    MODE: ClassVar[str] = "ingest"

    def __init__(self) -> None:
        super().__init__()
        self._headings: dict[str, str] = {}
        self._jobs: dict[str, Job] = {}
        self._refused: dict[str, Mapping[str, str]] = {}
        self._problems: dict[str, FileVerification] = {}
        self._history: dict[str, dict[str, Job]] = {}
        self._history_read: set[str] = set()
        self._verification: Verification | None = None
        self._verifier: SealVerifier | None = None
        self.feed = ArrivalFeed()
        self._arrival_actions = ArrivalActions(self)
        self._new_project = NewProject(self)
        self.items = ArrivalItems()

    def compose_body(self) -> Iterable[Widget]:
        yield Static("", id="list-summary", markup=False)
        yield RowList(self._draw, id="footage")
        yield IngestDetails()

    @property
    def rows(self) -> RowList | None:
        """The list of takes that wait, ingests and verified files."""
        return self.query_one("#footage", RowList) if self.is_mounted else None

    @property
    def take(self) -> Take | None:
        """The take under the cursor; on other rows, the first one that waits for an answer."""
        under = self._selected
        waiting = self.console_app.snapshot.needs_confirmation
        return under if isinstance(under, Take) else waiting[0] if waiting else self.console_app.take

    @property
    def _selected(self) -> Row | None:
        rows = self.rows
        return self._row_item(rows.cursor or "") if rows else None

    @property
    def selected_arrival(self) -> ArrivalItem | None:
        """The offload, folder, phone or file under the cursor."""
        return self.items.find((self.rows and self.rows.cursor) or "")

    @property
    def jobs(self) -> Collection[Job]:
        """The jobs that have rows."""
        return self._jobs.values()

    @property
    def has_refused(self) -> bool:
        """Whether an ingest refused a file."""
        return bool(self._refused)

    @property
    def idle(self) -> bool:
        """Whether the arrivals have been read and no command is running."""
        return self._arrival_actions.idle and self.feed.idle

    @property
    def action_parts(self) -> tuple[object, ...]:
        """The screen, the actions of arrivals and those of projects."""
        return (self, self._arrival_actions, self._new_project)

    def command_values(self) -> dict[str, str]:
        """The folder and the device of the row, and a failed job."""
        return self._arrival_actions.command_values()

    def _row_item(self, key: str) -> Row | None:
        kind, _, name = key.partition(":")
        if kind == "take":
            return self.console_app.snapshot.by_id.get(name)
        if kind == "job":
            return self._jobs.get(name)
        if kind == "verification":
            return self._verification
        return self._refused.get(key) or self._problems.get(key) or self.items.find(key)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Shows a new snapshot of the studio."""
        self._request_history(snapshot)
        self.feed.request(snapshot, self.post_message)
        items = self.items = self.feed.items(snapshot, self.console_app.today())
        self._jobs = {job.id: job for job in self._ingests(snapshot)}
        waiting = [f"take:{take.id}" for take in snapshot.takes if ingest_rows.waiting_reasons(take)]
        arriving = sorted(
            (job for job in self._jobs.values() if job.state in _ARRIVING), key=lambda job: _ARRIVING.index(job.state)
        )
        done = [job for job in self._jobs.values() if job.state is JobState.DONE]
        done.sort(key=lambda job: job.finished_at or job.created_at, reverse=True)
        arrived: list[str] = []
        self._refused = {}
        for job in done:
            failures = {f"bad:{job.id}:{n}": failure for n, failure in enumerate((job.result or {}).get("failed", ()))}
            self._refused |= failures
            arrived += [f"job:{job.id}", *failures]
        verification = (
            self._verification if self._verification and self._verification.project == snapshot.project else None
        )
        self._problems = {f"file:{n}": one for n, one in enumerate(verification.problems)} if verification else {}
        groups = {
            _waiting_heading(len(snapshot.needs_confirmation), len(waiting)): waiting,
            f"Arriving · {len(arriving) + len(items.arriving)}": [
                *(f"job:{job.id}" for job in arriving),
                *items.arriving,
            ],
            f"Watched folders · {sum(key.startswith('watch:') for key in items.watched)}": [*items.watched],
            "Phones": [*items.phones],
            f"Arrived · {len(done) + sum(key.startswith('offload:') for key in items.arrived)}": [
                *items.arrived,
                *arrived,
            ],
            "Verified" if verification and verification.finished_at else "Verifying": ["verification:", *self._problems]
            if verification
            else [],
        }
        self._headings = {f"{HEADING}{n}": heading for n, heading in enumerate(groups)}
        keys: list[str] = []
        for head, rows in zip(self._headings, groups.values(), strict=True):
            gap = [f"{head} before"] if keys and self.size.height >= GAP_MIN_HEIGHT else []
            keys += [*gap, head, *rows] if rows else []
        self._rows.set_rows(keys)
        self._show_first_steps(snapshot, bool(keys))
        self.query_one(IngestDetails).lines = tuple(self.details())

    def _ingests(self, snapshot: Snapshot) -> Iterable[Job]:
        """The jobs with rows of their own, including the ingests of the history."""
        project = snapshot.project
        if project is None:
            return []
        now = {
            job.id: job
            for job in snapshot.jobs
            if job.state in _ROW_STATES.get(job.kind, ())
            and job.project_id == project.id
            and job.id not in self.items.offload_jobs
        }
        old = self._history.setdefault(project.id, {})
        old.update((job.id, job) for job in now.values() if job.state in _ENDED and job.kind == "ingest")
        return (now | {job.id: job for job in old.values() if job.id not in now}).values()

    def _request_history(self, snapshot: Snapshot) -> None:
        """Read the ingests that are too old for the snapshot, once per project."""
        project = snapshot.project
        listed = sum(job.state in _ENDED for job in snapshot.jobs)
        every = sum(snapshot.counts.get(state, 0) for state in _ENDED)
        if project is None or project.id in self._history_read or every <= listed:
            return
        wanted = project.id
        self._history_read.add(wanted)

        def read(studio: Studio, _: Project | None) -> None:
            jobs = studio.catalog.queue.jobs(_ENDED)
            found = [job for job in jobs if job.kind == "ingest" and job.project_id == wanted]
            self.post_message(IngestHistoryLoaded(wanted, found))

        self.console_app.submit(read)

    def deactivate(self) -> None:
        """Reads no arrivals while another screen is shown."""
        self.feed.pause()

    def on_unmount(self) -> None:
        self.feed.stop()

    @on(ArrivalsLoaded)
    def _arrivals_loaded(self, event: ArrivalsLoaded) -> None:
        self.feed.loaded = event
        if event.error:
            self.console_app.show_error(event.error)
        self.show_snapshot(self.console_app.snapshot)
        self.update_key_hints()
        self._arrival_actions.update_panel()

    @on(PairingReady)
    def _pairing_ready(self, event: PairingReady) -> None:
        self._arrival_actions.show_pairing(event)

    @on(InterfacesFound)
    def _interfaces_found(self, event: InterfacesFound) -> None:
        self._arrival_actions.prompt_interface(event)

    @on(IngestHistoryLoaded)
    def _history_loaded(self, event: IngestHistoryLoaded) -> None:
        known = self._history.setdefault(event.project, {})
        self._history[event.project] = {job.id: job for job in event.jobs} | known
        self.show_snapshot(self.console_app.snapshot)

    def _show_first_steps(self, snapshot: Snapshot, listed: bool) -> None:
        """Show the steps to a first deliverable until there is one; after that, how a project gets footage."""
        app, summary = self.console_app, self.query_one("#list-summary", Static)
        steps = first_steps(snapshot, self._jobs.values())
        if steps:
            large = not listed and self.size.height >= _STEPS_MIN_HEIGHT
            text = render_steps(steps, app.palette, app.keymap, self.size.width, large=large, plain=app.plain)
        else:
            text = Text(self.with_keys(empty_ingest(snapshot)), app.palette.styles["quiet"])
        summary.update(text)
        summary.set_class(listed and not steps, "-idle")

    def on_row_list_row_highlighted(self) -> None:
        self.query_one(IngestDetails).lines = tuple(self.details())

    def disabled_reason(self, action: str) -> str:
        """The reasons depend on the row under the cursor."""
        under, snapshot = self._selected, self.console_app.snapshot
        if action == "answer" and self.take and not self.take.needs_director:
            return (
                f"{self.take.label} is not waiting for an answer."
                if isinstance(under, Take)
                else "No take is waiting for an answer."
            )
        if action == "open" and not isinstance(under, Take | Job):
            return "All details are shown below." if under else "There is nothing to open yet."
        if action == "verify" and self._verifier is None:
            if snapshot.project is None:
                return "No project yet. Press {new_project} to create one."
            if not snapshot.takes:
                return "No footage to verify yet. Press {add} to add some."
        return self._arrival_actions.disabled_reason(action)

    # Actions

    async def action_open(self) -> None:
        under = self._selected
        if isinstance(under, Take):
            await self.console_app.open_screen("review", under)
        elif isinstance(under, Job) and under.state is JobState.DONE:
            brought = [*(under.result or {}).get("takes", ()), *(under.result or {}).get("already_here", ())]
            self.console_app.select_take(self.console_app.snapshot.by_id.get(brought[0]["id"]) if brought else None)
            await self.console_app.open_screen("takes")
        elif isinstance(under, Job):
            await self.console_app.open_screen("jobs")
            if self.console_app.mode_screen and self.console_app.mode_screen.rows:
                self.console_app.mode_screen.rows.move_to(under.id)

    def action_answer(self) -> None:
        if self.take:
            self.prompt_transform(self.take)

    @on(ProjectCreated)
    def _project_created(self, made: ProjectCreated) -> None:
        open_add_footage(self.console_app, made.project, made.pasted)

    async def add_footage(self, pasted: str = "") -> None:
        """Opens the dialog that adds footage. Without a project, prompts for its name first."""
        project = self.console_app.snapshot.project
        if project is None:
            self._new_project.prompt(pasted)
        else:
            open_add_footage(self.console_app, project, pasted)

    def action_verify(self) -> None:
        if self._verifier:
            self._verifier.stop()
            return
        snapshot = self.console_app.snapshot
        assert snapshot.project
        self._verification = Verification(
            snapshot.project, sum(take.size for take in snapshot.takes), self.console_app.clock()
        )
        self._verifier = SealVerifier(self.console_app.folder, self._verification, self.post_message)
        self._verifier.start()
        self.show_snapshot(snapshot)
        self._rows.move_to("verification:")

    @on(VerificationUpdated)
    def _verification_updated(self, event: VerificationUpdated) -> None:
        self._verification = event.verification
        if event.verification.finished_at:
            self._verifier = None
            summary, kind, _ = ingest_rows.verification_summary(event.verification)
            self.console_app.show_message(
                f"{event.verification.project.name}: {summary}.", "wrong" if kind == "red" else "done"
            )
        self.show_snapshot(self.console_app.snapshot)
        self.update_key_hints()

    # Rendering

    def _draw(self, key: str, width: int, here: bool) -> Iterable[Segment]:
        app, under, row = self.console_app, self._row_item(key), self.row_style(width, here)
        if key.startswith(HEADING):
            return [heading_segment(self._headings.get(key, ""), row.styles)]
        if isinstance(under, Take):
            return ingest_rows.take_row(under, row)
        if isinstance(under, Job):
            draw = ingest_rows.arrived_row if under.state is JobState.DONE else ingest_rows.job_row
            return draw(under, app.today(), row)
        if isinstance(under, Verification):
            return ingest_rows.verification_row(under, app.today(), app.clock(), row)
        if isinstance(under, Mapping):
            return ingest_rows.refused_row(under, row)
        if isinstance(under, ArrivalItem):
            return arrival_row(under, app.today(), row)
        return ingest_rows.file_row(under, row) if under else []

    def details(self) -> list[Detail]:
        """The details of the row under the cursor."""
        under = self._selected
        if isinstance(under, Take):
            return ingest_details.take_details(under, self.console_app.folder / under.path)
        if isinstance(under, Job):
            return ingest_details.job_details(under)
        if isinstance(under, Verification):
            return ingest_details.verification_details(under)
        if isinstance(under, Mapping):
            return ingest_details.refused_details(under)
        if isinstance(under, ArrivalItem):
            return arrival_details(under, self.console_app.today())
        return ingest_details.file_details(under) if under else []


def _waiting_heading(needing: int, listed: int) -> str:
    parts = [f"{NEEDS_YOU} · {needing}"] if needing else []
    return " · ".join([*parts, *([f"To check · {listed - needing}"] if listed > needing else [])])


class IngestDetails(DetailList):
    """Details of the row under the cursor."""
