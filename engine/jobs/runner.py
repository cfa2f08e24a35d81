"""Runs jobs: here and now, in this process, behind the interface that the studio process shares."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Protocol

from engine.catalog import Catalog, Job, JobState
from engine.errors import Cancelled, EngineError
from engine.jobs.kind import Kind, P

_WRITE_EVERY = 0.1


class Runner(Protocol):
    """Takes jobs and brings them to an end."""

    def submit(self, kind: Kind[P], parameters: P, project_id: str | None = None) -> Job:
        """The job for this question: a new one, or the one that already answered it."""

    def outcome(self, job: Job) -> dict[str, Any]:
        """The job's result, once it has one. Raises the EngineError it failed with."""


class InProcessRunner:
    """Works each job off as it is submitted, on the caller's thread.

    `observer` sees every change, as often as the job reports; the catalog at most ten times a
    second. Progress never runs backwards within an attempt.
    """

    def __init__(self, catalog: Catalog, observer: Callable[[Job], None] | None = None) -> None:
        self._catalog = catalog
        self._observer = observer or (lambda job: None)
        self._errors: dict[str, EngineError] = {}
        self._stop = False

    def cancel(self) -> None:
        """Asks the job at work to stop at its next safe point."""
        self._stop = True

    def submit(self, kind: Kind[P], parameters: P, project_id: str | None = None) -> Job:
        """Runs the job to its end unless an intact result is there. EngineErrors are kept for `outcome`."""
        earlier = self._catalog.job(kind.address(parameters))
        if earlier and earlier.state is JobState.DONE and earlier.result and kind.intact(earlier.result):
            self._observer(earlier)
            return earlier
        job = Job(
            id=kind.address(parameters),
            project_id=project_id,
            kind=kind.name,
            title=kind.title(parameters),
            parameters=parameters.model_dump(mode="json"),
            state=JobState.QUEUED,
            attempts=earlier.attempts if earlier else 0,
            created_at=datetime.now(UTC),
        )
        self._write(job)
        return self._run(kind, parameters, job)

    def outcome(self, job: Job) -> dict[str, Any]:
        """The job's result. Raises the EngineError it failed with."""
        if job.id in self._errors:
            raise self._errors[job.id]
        return job.result or {}

    def _run(self, kind: Kind[P], parameters: P, job: Job) -> Job:
        self._errors.pop(job.id, None)
        self._stop = False
        begun = {"state": JobState.RUNNING, "started_at": datetime.now(UTC), "attempts": job.attempts + 1}
        attempt = _Attempt(self, job.model_copy(update=begun))
        try:
            self._write(attempt.job)
            result = kind.run(parameters, attempt)
        except (Cancelled, KeyboardInterrupt) as error:
            stopped = error if isinstance(error, Cancelled) else Cancelled("Stopped.", "Run it again to go on.")
            job = self._end(attempt.job, JobState.CANCELLED, stopped)
            raise stopped from error
        except EngineError as error:
            return self._end(attempt.job, JobState.FAILED, error)
        except BaseException as error:
            self._end(attempt.job, JobState.FAILED, EngineError(f"{type(error).__name__}: {error}"))
            raise
        done = {"state": JobState.DONE, "finished_at": datetime.now(UTC), "result": result, "message": ""}
        return self._write(attempt.job.model_copy(update={**done, "done": attempt.job.total}))

    def _end(self, job: Job, state: JobState, error: EngineError) -> Job:
        self._errors[job.id] = error
        told = {"message": error.message, "hint": error.hint}
        return self._write(
            job.model_copy(update={"state": state, "finished_at": datetime.now(UTC), "error": told, "result": None})
        )

    def _write(self, job: Job) -> Job:
        self._catalog.put_job(job)
        self._observer(job)
        return job


class _Attempt:
    """The context of one attempt at one job."""

    def __init__(self, runner: InProcessRunner, job: Job) -> None:
        self.job = job
        self._runner = runner
        self._written = 0.0

    def progress(self, done: int, total: int, unit: str = "", message: str = "") -> None:
        """Passes it on, to the catalog at most ten times a second."""
        if total == self.job.total and unit == self.job.unit and message == self.job.message:
            done = max(done, self.job.done)
        self.job = self.job.model_copy(update={"done": done, "total": total, "unit": unit, "message": message})
        now = time.monotonic()
        if now - self._written >= _WRITE_EVERY:
            self._written = now
            self._runner._write(self.job)
        else:
            self._runner._observer(self.job)

    def cancelled(self) -> bool:
        """Whether the runner was told to stop."""
        return self._runner._stop
