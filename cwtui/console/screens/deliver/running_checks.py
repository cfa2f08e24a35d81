"""The finished checks of deliveries that run, read from the files of their jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from textual.message import Message

from cwtui.console.screens.deliver.interface import DeliverInterface
from cwtui.console.screens.deliver.results import delivery_jobs
from engine.catalog import Job, JobState

if TYPE_CHECKING:
    from engine.deliver import Check


class ChecksRead(Message):
    """The checks that running jobs have finished, by job id."""

    def __init__(self, checks: Mapping[str, tuple[Check, ...]]) -> None:
        super().__init__()
        self.checks = checks


class RunningChecks:
    """Reads the checks of running deliveries of the recipe, one reading at a time."""

    def __init__(self, screen: DeliverInterface) -> None:
        self._screen = screen
        self._checks: Mapping[str, tuple[Check, ...]] = {}
        self._reading = False

    def of(self, jobs: Sequence[Job]) -> Mapping[str, tuple[Check, ...]]:
        """The checks of the running ones of these jobs, as they were last read."""
        return {job.id: self._checks[job.id] for job in jobs if job.id in self._checks and _runs(job)}

    def show(self, event: ChecksRead) -> None:
        """Keeps checks that were read."""
        self._checks = event.checks

    def poll(self) -> None:
        """Reads the checks of running jobs; the screen gets those that have changed."""
        app, recipe, known = self._screen.console_app, self._screen.recipe, self._checks
        running = [job.id for job in delivery_jobs(app.snapshot, recipe.name) if _runs(job)] if recipe else []
        if not running or self._reading:
            return
        self._reading = True
        post, folder = self._screen.post_message, app.folder

        def read() -> None:
            from engine.tasks import running_checks

            try:
                found = {job: running_checks(folder, job) for job in running}
            finally:
                self._reading = False
            if found != known:
                post(ChecksRead(found))

        app.studio_worker.submit_write(read)


def _runs(job: Job) -> bool:
    return job.state is JobState.RUNNING
