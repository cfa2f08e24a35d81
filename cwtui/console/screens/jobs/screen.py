"""Jobs: the queue and its results; jobs are cancelled, retried and inspected here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.text import Text
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from cwtui.console.actions import requires
from cwtui.console.command_lines import answer_command, confirm_command
from cwtui.console.dialogs.text_viewer import TextViewer
from cwtui.console.keymap import first_key
from cwtui.console.screens.base import ModeScreen
from cwtui.console.screens.jobs.dependencies import dependency_levels
from cwtui.console.screens.jobs.job_row import job_row
from cwtui.console.screens.row_style import GAP_MIN_HEIGHT, NEEDS_YOU, heading_segment
from cwtui.console.snapshot import Snapshot
from cwtui.console.widgets.detail_list import Detail, DetailList
from cwtui.console.widgets.row_list import HEADING, RowList
from cwtui.formatting import plural, recent_age
from cwtui.job_status import STATE_SYMBOLS, describe_queue_time, format_time_left
from cwtui.queue_status import product_name
from engine.catalog import Job, JobState, Project, Take
from engine.jobs import gate_choices, log_path, requester, tail
from engine.units import format_bytes

if TYPE_CHECKING:
    from engine.studio import Studio

_GROUPS = {
    "Running": (JobState.RUNNING,),
    NEEDS_YOU: (JobState.BLOCKED,),
    "Queued": (JobState.QUEUED,),
    "Finished": (JobState.DONE, JobState.FAILED, JobState.CANCELLED),
}
_FILTERS = ("all", "in progress", "failed", "this take")
_UNENDED = (JobState.RUNNING, JobState.QUEUED, JobState.BLOCKED)
_LINES = 400


class JobLogLoaded(Message):
    """A job's log has been read."""

    def __init__(self, title: str, lines: list[str]) -> None:
        super().__init__()
        self.title = title
        self.lines = lines


class JobsScreen(ModeScreen):
    """The job queue, and details of the job under the cursor."""

    MODE: ClassVar[str] = "jobs"

    def __init__(self) -> None:
        super().__init__()
        self._filter = _FILTERS[0]
        self._headings: dict[str, str] = {}

    def compose_body(self) -> Iterable[Widget]:
        yield Static("", id="list-summary", markup=False)
        yield RowList(self._draw, id="jobs")
        yield JobDetails()

    @property
    def rows(self) -> RowList | None:
        """The list of jobs."""
        return self.query_one("#jobs", RowList) if self.is_mounted else None

    @property
    def job(self) -> Job | None:
        """The job under the cursor."""
        rows = self.rows
        return self.console_app.snapshot.job(rows.cursor) if rows else None

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Shows a new snapshot of the studio."""
        keys: list[str] = []
        self._headings = {}
        for group, states in _GROUPS.items():
            members = [job for job in snapshot.jobs if job.state in states and self._matches_filter(job)]
            if group == "Finished":
                members.sort(key=lambda job: job.finished_at or job.created_at, reverse=True)
            every = sum(snapshot.counts.get(state, 0) for state in states)
            if members:
                key = f"{HEADING}{group}"
                more = f" of {every:,}" if self._filter == "all" and every > len(members) else ""
                left = describe_queue_time(snapshot.queue.total) if group == "Running" else ""
                left = f" · all jobs: {left}" if left else ""
                self._headings[key] = f"{group} · {len(members)}{more}{left}"
                gap = [f"{key} before"] if keys and self.size.height >= GAP_MIN_HEIGHT else []
                keys += [*gap, key, *(job.id for job in members)]
        self._rows.set_rows(keys)
        asking = self.query_one("#list-summary", Static)
        none = self.with_keys("  No matches. Press {filter} for another filter, {all_jobs} for all jobs.")
        asking.update(none if not keys else self.with_keys(f"  {{filter}} filter: {self._filter}"))
        asking.set_class(not snapshot.jobs or (bool(keys) and self._filter == "all"), "-idle")
        self._show_details()

    def on_row_list_row_highlighted(self) -> None:
        self._show_details()

    def _show_details(self) -> None:
        self.query_one(JobDetails).lines = tuple(self._details())

    def _details(self) -> Iterator[Detail]:
        """Label and value, a line each."""
        job, snapshot, now = self.job, self.console_app.snapshot, self.console_app.today()
        if job is None:
            return
        # The row may have cut the title.
        yield "job", f"{job.title} · queued {recent_age(job.created_at, now)} · id {job.id[:8]}", "text"
        if wait := snapshot.queue.waits.get(job.id):
            yield "waits for", wait.removeprefix("waits for "), "amber" if job.state is JobState.BLOCKED else "text"
        if job.state.open:
            yield "time left", f"{format_time_left(snapshot.queue.left.get(job.id))}{_basis(job)}", "text"
        if job.state is JobState.CANCELLED and job.finished_at:
            at = f"{recent_age(job.finished_at, now)}, at {job.finished_at.astimezone():%H:%M:%S}"
            yield "cancelled", f"by {job.cancelled_by or 'you'}, {at}", "text"
        steps = dependency_levels(job, snapshot.jobs)
        if len(steps) > 1:
            yield "steps", " → ".join(_format_level(step, job) for step in steps), "text"
        if job.cpu_seconds is not None and job.peak_memory is not None:
            took = f"{job.cpu_seconds:.1f} s CPU, {format_bytes(job.peak_memory)} peak memory"
            yield "took", f"{took}, {plural(job.attempts, 'attempt')}", "text"
        if job.error:
            yield "why", job.error["message"], "amber" if job.state is JobState.BLOCKED else "red"
            key = "Press {answer_job} to answer. " if gate_choices(job) or self._unconfirmed_take else ""
            yield "do", key + job.error.get("hint", ""), "text"

    def command_values(self) -> dict[str, str]:
        """The placeholders of command lines: the job and its answer."""
        job, waiting = self.job, self._unconfirmed_take
        if job is None:
            return {}
        answer = confirm_command(waiting) if waiting else answer_command([job])
        return {"job": job.id[:8], **({"answer": answer} if answer else {})}

    def disabled_reason(self, action: str) -> str:
        """The reasons depend on the state of the job under the cursor."""
        job = self.job
        if requires(action, "job") and job is None:
            return "No job selected."
        if job and action == "cancel" and job.state not in _UNENDED:
            return f"The job is already {job.state}."
        if job and action == "retry" and job.state not in (JobState.FAILED, JobState.CANCELLED):
            return f"The job is {job.state}. Only failed or cancelled jobs can be retried."
        if action == "answer_job" and (job is None or not (gate_choices(job) or self._unconfirmed_take)):
            return "The job is not waiting for an answer."
        if action == "all_jobs" and self._filter == _FILTERS[0]:
            return "All jobs are shown."
        if action == "start_studio" and self.console_app.snapshot.studio_process:
            return "The studio process is already running."
        return ""

    # Actions

    def action_filter(self) -> None:
        self._show_filter(_FILTERS[(_FILTERS.index(self._filter) + 1) % len(_FILTERS)])

    def action_all_jobs(self) -> None:
        self._show_filter(_FILTERS[0])

    def _show_filter(self, name: str) -> None:
        self._filter = name
        self.show_snapshot(self.console_app.snapshot)

    def action_cancel(self) -> None:
        job, again = self.job, first_key("retry", self.console_app.keymap)
        assert job

        def cancel(studio: Studio, _: Project | None) -> str:
            studio.jobs.cancel(studio.jobs.lookup(job.id), requester("the console"))
            return f"{job.title}: cancelled. {again} resumes it."

        self.console_app.submit(cancel)

    @property
    def _unconfirmed_take(self) -> Take | None:
        """The take of a blocked job that needs an input transform."""
        job = self.job
        if job is None or job.state is not JobState.BLOCKED or gate_choices(job):
            return None
        take = self.console_app.snapshot.by_id.get(str(job.parameters.get("take")))
        return take if take and take.needs_director else None

    def action_answer_job(self) -> None:
        """Prompt for the answer that the job waits for."""
        job = self.job
        assert job
        if take := self._unconfirmed_take:
            self.prompt_transform(take)
        else:
            self.prompt_gates([job])

    def action_retry(self) -> None:
        job = self.job
        assert job

        def retry(studio: Studio, _: Project | None) -> str:
            studio.jobs.retry(studio.jobs.lookup(job.id))
            return f"{job.title}: queued again."

        self.console_app.submit(retry)

    def action_start_studio(self) -> None:
        self.console_app.submit(lambda studio, _: f"Studio process running: PID {studio.jobs.start().pid}.")

    def action_log(self) -> None:
        job = self.job
        assert job

        def read(studio: Studio, _: Project | None) -> None:
            passages = studio.catalog.queue.journal(job.id)
            parts = [
                f"{one.at.astimezone():%d %b %H:%M:%S}  {one.state}{f'  {one.note}' if one.note else ''}"
                for one in passages
            ]
            error = [job.error["message"], job.error.get("hint", "")] if job.error else []
            lines = [*parts, "", *error, *tail(log_path(studio.folder, job.id), _LINES)]
            self.post_message(JobLogLoaded(job.title, lines))

        self.console_app.submit(read)

    def action_open(self) -> None:
        self.action_log()

    def on_job_log_loaded(self, logged: JobLogLoaded) -> None:
        text = Text("\n".join(logged.lines) or "The log is empty.")
        self.app.push_screen(TextViewer(logged.title, text, broad=True, at_end=True))

    # Rendering

    def _matches_filter(self, job: Job) -> bool:
        take = self.console_app.take
        return {
            "in progress": job.state in _UNENDED,
            "failed": job.state is JobState.FAILED,
            "this take": bool(take) and job.parameters.get("take") == (take.id if take else None),
        }.get(self._filter, True)

    def _draw(self, key: str, width: int, here: bool) -> Iterable[Segment]:
        styles = self.console_app.palette.styles
        if key.startswith(HEADING):
            yield heading_segment(self._headings.get(key, ""), styles)
            return
        snapshot = self.console_app.snapshot
        if job := snapshot.job(key):
            yield from job_row(job, snapshot, self.console_app.today(), self.row_style(width, here))


class JobDetails(DetailList):
    """Details of the job under the cursor: dependencies, resources, and why it ended."""


def _basis(job: Job) -> str:
    """The basis of the time left."""
    return ", by the speed of such jobs on this machine" if job.state is JobState.QUEUED else ""


def _format_level(jobs: list[Job], here: Job) -> str:
    """The jobs of one level by state and result, such as “✓ loudness ×3, · delivery”."""
    summary = Counter(f"{STATE_SYMBOLS[job.state][0]} {product_name(job.kind)}" for job in jobs)
    listed = ", ".join(f"{word} ×{count}" if count > 1 else word for word, count in summary.items())
    return f"[{listed}]" if jobs == [here] else listed
