"""Progress on stderr: a bar for each job on a terminal, a line for each change of state elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from cwtui.commands._job_table import STATE_MARKS, job_verdict
from cwtui.commands._output import error_console
from cwtui.commands._studio import connect
from cwtui.commands._tables import QUIET
from cwtui.formatting import format_duration
from cwtui.job_status import format_progress
from engine.catalog import Job, JobState
from engine.studio import Studio, queue_due_verifications, restore_packages


class _PlainEmojiColumn(TextColumn):
    """Text with markup but without emoji codes: names may contain :x:."""

    def render(self, task: Task) -> Text:
        return Text.from_markup(self.text_format.format(task=task), style=self.style, justify=self.justify, emoji=False)


_COLUMNS = (
    _PlainEmojiColumn("{task.fields[mark]} {task.description}"),
    BarColumn(bar_width=24),
    TextColumn("{task.fields[amount]}"),
    TimeRemainingColumn(compact=True),
)


@contextmanager
def working_studio(folder: Path, *, create: bool = False) -> Iterator[Studio]:
    """Opens a studio and shows the progress of its jobs; closes it on exit.

    Raises RequestError if there is no studio, unless `create` is set: jobs of plain files need only a folder.
    """
    console = error_console()
    with Progress(*_COLUMNS, console=console, disable=not console.is_terminal) as bars:
        studio = connect(folder, _Watcher(bars, console), create=create, console=console)
        try:
            # Verifications run after all other jobs, in the studio process that a command starts anyway.
            queue_due_verifications(studio)
            # What a project has locked is there, also where the market is not.
            restore_packages(studio)
            yield studio
        finally:
            studio.close()


@contextmanager
def bare_progress(title: str) -> Iterator[BareContext]:
    """Shows the progress of work on a plain file, which has no job."""
    console = error_console()
    with Progress(*_COLUMNS, console=console, disable=not console.is_terminal) as bars:
        yield BareContext(bars, bars.add_task(escape(title), total=None, mark="[cyan]▸[/]", amount=""))


class BareContext:
    """A progress context for work without a job. Ctrl-C stops the work."""

    def __init__(self, bars: Progress, task: TaskID) -> None:
        self._bars, self._task = bars, task

    def progress(self, done: int, total: int, unit: str = "", message: str = "") -> None:
        self._bars.update(self._task, completed=done, total=total)

    def cancelled(self) -> bool:
        """Always False: an interrupt ends the process."""
        return False


class _Watcher:
    """Shows a bar for each running job, one for all jobs, and a line for each job that has ended."""

    def __init__(self, bars: Progress, console: Console) -> None:
        self._bars, self._console = bars, console
        self._tasks: dict[str, TaskID] = {}
        self._states: dict[str, JobState] = {}
        self._all: TaskID | None = None
        self._since = datetime.now(UTC)

    def __call__(self, job: Job) -> None:
        """Shows the current state of a job."""
        before = self._states.get(job.id)
        self._states[job.id] = job.state
        if not self._console.is_terminal:
            if job.state not in (before, JobState.QUEUED):
                mark, said = job_verdict(job)
                self._console.print(f"{mark} {escape(job.title)}: {said}", soft_wrap=True)
            return
        if job.state is JobState.RUNNING:
            self._draw(job)
        elif job.id in self._tasks:
            self._bars.remove_task(self._tasks.pop(job.id))
        # Jobs that finished before this command started are not printed.
        fresh = job.finished_at is None or job.finished_at >= self._since
        if not job.state.open and before is not job.state and fresh:
            self._console.print(self._line(job), soft_wrap=True)
        self._draw_all()

    def _line(self, job: Job) -> str:
        took = (job.finished_at - job.started_at).total_seconds() if job.finished_at and job.started_at else None
        mark, said = job_verdict(job)
        shown = escape(job.title) if said == job.state else f"{escape(job.title)}: {said}"
        return f"{mark} {shown}" + (f" [{QUIET}]{format_duration(took)}[/]" if took is not None else "")

    def _draw(self, job: Job) -> None:
        if job.id not in self._tasks:
            mark = STATE_MARKS[JobState.RUNNING]
            self._tasks[job.id] = self._bars.add_task(escape(job.title), total=None, mark=mark, amount="")
        self._bars.update(self._tasks[job.id], total=job.total or None, completed=job.done, amount=format_progress(job))

    def _draw_all(self) -> None:
        ended = sum(not state.open for state in self._states.values())
        if self._all is None and len(self._states) > 1:
            self._all = self._bars.add_task("total", mark=" ", amount="")
        if self._all is not None:
            summary = f"{ended} of {len(self._states)}"
            self._bars.update(self._all, total=len(self._states), completed=ended, amount=summary)
