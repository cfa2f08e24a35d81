"""Long work on stderr: a bar for each job on a terminal, a line for each change of state elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from cwtui.joblist import MARKS, amount
from engine.catalog import Job, JobState
from engine.studio import Studio

_COLUMNS = (
    TextColumn("{task.fields[mark]} {task.description}"),
    BarColumn(bar_width=24),
    TextColumn("{task.fields[amount]}"),
    TimeRemainingColumn(compact=True),
)


@contextmanager
def working_studio(folder: Path) -> Iterator[Studio]:
    """A studio whose jobs are shown while they run."""
    console = Console(stderr=True, highlight=False)
    with Progress(*_COLUMNS, console=console, disable=not console.is_terminal) as bars:
        studio = Studio(folder, _Watcher(bars, console))
        try:
            yield studio
        finally:
            studio.close()


@contextmanager
def bare_progress(title: str) -> Iterator[BareContext]:
    """Progress of work on a plain file, which leaves no job behind."""
    console = Console(stderr=True, highlight=False)
    with Progress(*_COLUMNS, console=console, disable=not console.is_terminal) as bars:
        yield BareContext(bars, bars.add_task(escape(title), total=None, mark="[cyan]▸[/]", amount=""))


class BareContext:
    """A job's context without a job: Ctrl-C ends it."""

    def __init__(self, bars: Progress, task: TaskID) -> None:
        self._bars, self._task = bars, task

    def progress(self, done: int, total: int, unit: str = "", message: str = "") -> None:
        """Moves the bar."""
        self._bars.update(self._task, completed=done, total=total)

    def cancelled(self) -> bool:
        """Never: an interrupt ends the process."""
        return False


class _Watcher:
    def __init__(self, bars: Progress, console: Console) -> None:
        self._bars, self._console = bars, console
        self._tasks: dict[str, TaskID] = {}
        self._states: dict[str, JobState] = {}

    def __call__(self, job: Job) -> None:
        """Shows a job as it now stands."""
        if self._console.is_terminal:
            self._draw(job)
        elif self._states.get(job.id) != job.state and job.state is not JobState.QUEUED:
            self._console.print(f"{MARKS[job.state]} {escape(job.title)}: {job.state}", soft_wrap=True)
        self._states[job.id] = job.state

    def _draw(self, job: Job) -> None:
        if job.id not in self._tasks:
            self._tasks[job.id] = self._bars.add_task(escape(job.title), total=None, mark=MARKS[job.state], amount="")
        finished = job.state is JobState.DONE
        self._bars.update(
            self._tasks[job.id],
            total=max(job.total, 1) if job.total or finished else None,
            completed=max(job.total, 1) if finished else job.done,
            mark=MARKS[job.state],
            amount=amount(job),
        )
