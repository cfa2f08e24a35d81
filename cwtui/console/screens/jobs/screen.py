"""Jobs: what runs, what waits and for what, what came of it; ended, tried again and read about from here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.text import Text
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from cwtui.console.dialogs.gate_questions import ask_about_jobs
from cwtui.console.dialogs.text_viewer import Reader
from cwtui.console.screens.base import RoomScreen
from cwtui.console.screens.jobs.dependencies import around
from cwtui.console.screens.takes.screen import ask_transform
from cwtui.console.snapshot import Snapshot
from cwtui.console.widgets.detail_list import Line, laid_out
from cwtui.console.widgets.progress_bar import SIGNS, bar
from cwtui.console.widgets.row_list import HEADING, RowList
from cwtui.formatting import ago, filled, lately, plural, size
from cwtui.job_status import amount, clock
from engine.catalog import Job, JobState, Project, Take
from engine.jobs import gate_choices, log_path, tail

if TYPE_CHECKING:
    from engine.studio import Studio

_GROUPS = {
    "running": (JobState.RUNNING,),
    "needs you": (JobState.BLOCKED,),
    "waiting": (JobState.QUEUED,),
    "over": (JobState.DONE, JobState.FAILED, JobState.CANCELLED),
}
_FILTERS = ("all", "under way", "failed", "this take")
_UNENDED = (JobState.RUNNING, JobState.QUEUED, JobState.BLOCKED)
_LINES = 400
_BAR = 12


class Logged(Message):
    """A job's log has been read."""

    def __init__(self, title: str, lines: list[str]) -> None:
        super().__init__()
        self.title = title
        self.lines = lines


class Jobs(RoomScreen):
    """The queue, and what is known of the job under the cursor."""

    ROOM: ClassVar[str] = "jobs"

    def __init__(self) -> None:
        super().__init__()
        self._filter = _FILTERS[0]
        self._told: dict[str, str] = {}

    def furnish(self) -> Iterable[Widget]:
        """List and details."""
        yield Static("", id="asking", markup=False)
        yield RowList(self._draw, id="jobs")
        yield About()

    @property
    def rows(self) -> RowList | None:
        """The jobs."""
        return self.query_one("#jobs", RowList) if self.is_mounted else None

    @property
    def job(self) -> Job | None:
        """The one under the cursor."""
        rows = self.rows
        return self.desk.snapshot.job(rows.cursor) if rows else None

    def show(self, snapshot: Snapshot) -> None:
        """Another state of the studio."""
        keys: list[str] = []
        self._told = {}
        for group, states in _GROUPS.items():
            members = [job for job in snapshot.jobs if job.state in states and self._fits(job)]
            every = sum(snapshot.counts.get(state, 0) for state in states)
            if members:
                key = f"{HEADING}{group}"
                more = f" of {every:,}" if self._filter == "all" and every > len(members) else ""
                self._told[key] = f"{group} · {len(members)}{more}"
                keys += [key, *(job.id for job in members)]
        self._rows.put(keys)
        asking = self.query_one("#asking", Static)
        none = "  No work has been done here yet." if not snapshot.jobs else "  None of these; f shows others."
        asking.update(none if not keys else f"  {self._filter}")
        asking.set_class(bool(keys) and self._filter == "all", "-idle")
        self.query_one(About).refresh()

    def on_row_list_moved(self) -> None:
        """Another job."""
        self.query_one(About).refresh()

    def values(self) -> dict[str, str]:
        """For command lines."""
        job, waiting = self.job, self._unread_take
        if job is None:
            return {}
        choices = gate_choices(job)
        answer = {"answer": choices[0].command} if choices else {}
        if waiting:
            picture = waiting.probe.picture
            transform = (picture and picture.suggested_input_transform) or "apple-log"
            answer = {"answer": f"cwtui confirm {waiting.number} --input-transform {transform}"}
        return {"job": job.id[:8], **answer}

    def why_not(self, action: str) -> str:
        """What does not fit the job under the cursor."""
        job = self.job
        if action in ("cancel", "retry", "log", "open") and job is None:
            return "There is no job here."
        if job and action == "cancel" and job.state not in _UNENDED:
            return f"It is {job.state} already."
        if job and action == "retry" and job.state not in (JobState.FAILED, JobState.CANCELLED):
            return f"It is {job.state}; only what failed or was cancelled is tried again."
        if action == "answer_job" and (job is None or not (gate_choices(job) or self._unread_take)):
            return "It waits for no answer."
        if action == "wake" and self.desk.snapshot.present:
            return "The studio is at work."
        return ""

    # What can be asked

    def do_filter(self) -> None:
        """The next filter."""
        self._filter = _FILTERS[(_FILTERS.index(self._filter) + 1) % len(_FILTERS)]
        self.show(self.desk.snapshot)

    def do_cancel(self) -> None:
        """Ends it."""
        job = self.job
        assert job

        def cancel(studio: Studio, _: Project | None) -> str:
            studio.jobs.cancel(studio.jobs.lookup(job.id))
            return f"{job.title}: ended; r tries it again, from where it was."

        self.desk.do(cancel)

    @property
    def _unread_take(self) -> Take | None:
        """The take of a blocked job whose input transform is the answer that is missing."""
        job = self.job
        if job is None or job.state is not JobState.BLOCKED or gate_choices(job):
            return None
        take = self.desk.snapshot.by_id.get(str(job.parameters.get("take")))
        return take if take and take.needs_director else None

    def do_answer_job(self) -> None:
        """Asks what the job waits for."""
        job = self.job
        assert job
        if take := self._unread_take:
            ask_transform(self, take)
        else:
            ask_about_jobs(self.desk, [job])

    def do_retry(self) -> None:
        """Again."""
        job = self.job
        assert job

        def retry(studio: Studio, _: Project | None) -> str:
            studio.jobs.retry(studio.jobs.lookup(job.id))
            return f"{job.title}: tried again."

        self.desk.do(retry)

    def do_wake(self) -> None:
        """A studio process."""
        self.desk.do(lambda studio, _: f"The studio is at work: process {studio.jobs.start().pid}.")

    def do_log(self) -> None:
        """What it said."""
        job = self.job
        assert job

        def read(studio: Studio, _: Project | None) -> None:
            passages = studio.catalog.queue.journal(job.id)
            told = [
                f"{one.at.astimezone():%d %b %H:%M:%S}  {one.state}{f'  {one.note}' if one.note else ''}"
                for one in passages
            ]
            error = [job.error["message"], job.error.get("hint", "")] if job.error else []
            lines = [*told, "", *error, *tail(log_path(studio.folder, job.id), _LINES)]
            self.post_message(Logged(job.title, lines))

        self.desk.do(read)

    def do_open(self) -> None:
        """Its log."""
        self.do_log()

    def on_logged(self, logged: Logged) -> None:
        """Shown over the room."""
        text = Text("\n".join(logged.lines) or "It has said nothing yet.")
        self.app.push_screen(Reader(logged.title, text, broad=True, at_end=True))

    # How it looks

    def _fits(self, job: Job) -> bool:
        take = self.desk.take
        return {
            "under way": job.state in _UNENDED,
            "failed": job.state is JobState.FAILED,
            "this take": bool(take) and job.parameters.get("take") == (take.id if take else None),
        }.get(self._filter, True)

    def _draw(self, key: str, width: int, here: bool) -> Iterable[Segment]:
        ink = self.desk.ink.styles
        if key.startswith(HEADING):
            yield Segment(f"  {self._told.get(key, '')}", ink["quiet"])
            return
        job = self.desk.snapshot.job(key)
        if job is None:
            return
        mark, kind = SIGNS[job.state]
        now = self.desk.today()
        title = max(20, min(48, width * 2 // 5))
        yield Segment(f"  {mark} ", ink[kind])
        yield Segment(filled(job.title, title), ink["strong" if here else "text"])
        left = width - title - 4 - 24
        if job.state is JobState.RUNNING and job.total:
            shown = bar(job, _BAR, self.desk)
            yield from (Segment(text, style) for text, style, _ in shown.render(self.app.console) if text != "\n")
            yield Segment(filled(f"  {amount(job)}", left - shown.cell_len), ink["quiet"])
        else:
            story, tone = self._story(job)
            yield Segment(filled(story, left), ink[tone])
        yield Segment(filled(clock(job, now), 11, right=True), ink["faint"])
        when = lately((not job.state.open and job.finished_at) or job.created_at, now)
        yield Segment(filled(when if when == "now" else f"{when} ago", 12, right=True), ink["faint"])

    def _story(self, job: Job) -> tuple[str, str]:
        if job.cancel_requested:
            return "stopping", "amber"
        if self.desk.plain and not job.state.open and not job.error:
            return str(job.state), "quiet"
        if job.error:
            return job.error["message"], "amber" if job.state is JobState.BLOCKED else "quiet"
        delivered = (job.result or {}).get("delivered")
        if delivered and not delivered.get("complete", True):
            return "incomplete (accepted)", "amber"
        if job.state is JobState.QUEUED:
            before = [
                one for need in job.needs if (one := self.desk.snapshot.job(need)) and one.state is not JobState.DONE
            ]
            return (f"after {before[0].title}", "faint") if before else ("", "faint")
        return job.message, "faint"


class About(Widget):
    """The job under the cursor: what it needs and what needs it, what it took, why it ended."""

    def render(self) -> Text:
        """Label and value, a line each."""
        room = self.screen
        job = room.job if isinstance(room, Jobs) else None
        if job is None or not isinstance(room, Jobs):
            return Text("")
        snapshot, now = room.desk.snapshot, room.desk.today()
        lines: list[Line] = [("job", f"{job.id[:8]} · {job.kind} · asked {ago(job.created_at, now)}", "text")]
        steps = around(job, snapshot.jobs)
        if len(steps) > 1:
            lines.append(("graph", " → ".join(_step(step, job) for step in steps), "text"))
        if job.cpu_seconds is not None and job.peak_memory is not None:
            took = f"{job.cpu_seconds:.1f} s of processor time, {size(job.peak_memory)} of memory"
            lines.append(("took", f"{took}, {plural(job.attempts, 'attempt')}", "text"))
        if job.error:
            lines.append(("why", job.error["message"], "amber" if job.state is JobState.BLOCKED else "red"))
            key = "a answers. " if gate_choices(job) else ""
            lines.append(("do", key + job.error.get("hint", ""), "text"))
        return laid_out(room.desk, lines, self.size.width, self.content_size.height, margin=2)


def _step(jobs: list[Job], here: Job) -> str:
    """What is done at one step of a graph: ✓ levels ×3, · deliver."""
    told = Counter(f"{SIGNS[job.state][0]} {job.kind}" for job in jobs)
    listed = ", ".join(f"{word} ×{count}" if count > 1 else word for word, count in told.items())
    return f"[{listed}]" if jobs == [here] else listed
