"""The client of the job queue: submits jobs, waits for them and returns their results."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from engine import __version__, errors
from engine.catalog import Catalog, Job, JobState
from engine.errors import Cancelled, Detached, EngineError, GateError, RequestError
from engine.jobs.kind import JobKind, JobRequest, dependencies_first, gate_choices
from engine.jobs.liveness import LivenessCheck
from engine.jobs.paths import tail
from engine.jobs.presence import (
    LOG,
    Presence,
    find_studio_process,
    is_starting,
    spawn_studio_process,
    stop_studio_process,
    was_killed,
)
from engine.suggestion import hint_with_suggestion

_POLL_S = 0.05
_PRESENCE_EVERY_S = 1.0
_IDLE_S = 300.0
_MAX_FAILED_STARTS = 3
_START_TIMEOUT_S = 15.0
# Ids are random digits: only one with a single wrong digit or two is suggested, of the latest jobs.
_ID_LIKENESS = 0.75
_SHORT_ID = 8
_RECENT_JOBS = 200


class JobClient:
    """Submits jobs to a studio. `observer` is called with each change of a job that is waited for.

    `job_kinds` is the module:function from which the studio process gets its job kinds. A studio process started by
    this client exits after `idle` seconds without work. `remote_pool` is the module:function from which it gets its
    pool of other machines; None: all jobs run here.
    """

    def __init__(
        self,
        catalog: Catalog,
        studio: Path,
        job_kinds: str,
        observer: Callable[[Job], None] | None = None,
        idle: float = _IDLE_S,
        remote_pool: str | None = None,
    ) -> None:
        self._catalog = catalog
        self._queue = catalog.queue
        self._studio = studio
        self._job_kinds = job_kinds
        self._remote_pool = remote_pool
        self._observer = observer or (lambda job: None)
        self._idle = idle
        self._spawned: subprocess.Popen[bytes] | None = None
        self._failed_starts = 0
        self._liveness = LivenessCheck(studio)

    def submit(self, steps: Iterable[JobRequest]) -> list[Job]:
        """Queues steps and their dependencies, except jobs that are done and current. Returns the jobs of the steps."""
        wanted = [(step, step.id) for step in steps]
        asked = {step_id for _, step_id in wanted}
        missing: set[str] = set()
        due: list[tuple[JobRequest, int]] = []
        for step in reversed(dependencies_first(step for step, _ in wanted)):
            step_id = step.id
            if step_id not in missing and step_id not in asked:
                continue
            known = self._queue.job(step_id)
            if known and known.state is JobState.DONE and step.kind.is_current(known.result or {}):
                continue
            due.append((step, _finished_attempts(known) if known else 0))
            missing.update(one.id for one in step.after)
        if due:
            # In this order, dependencies and steps listed first get the earlier creation times.
            self._queue.submit([step.as_job(attempts) for step, attempts in reversed(due)])
            self.ensure_running()
        return [job for _, step_id in wanted if (job := self._queue.job(step_id))]

    def expect_work(self) -> None:
        """Starts a studio process if none runs, so that it is ready when a job is queued soon."""
        if self._spawned is None and find_studio_process(self._studio) is None:
            self._spawned = spawn_studio_process(self._studio, self._job_kinds, self._idle, self._remote_pool)

    def ensure_running(self) -> None:
        """Starts a studio process of this version if there is work and none runs; replaces one of another version.

        Raises EngineError if it repeatedly fails to start, or runs but does not respond.
        """
        if self._queue.idle():
            return
        present = find_studio_process(self._studio)
        if present is not None and present.version != __version__:
            # Its running jobs resume in the next one.
            stop_studio_process(self._studio, present)
            present = None
        if present is not None:
            self._liveness.check(present)
            return
        if self._spawned is not None and is_starting(self._studio, self._spawned):
            return
        if self._spawned is not None and (self._spawned.poll() or 0) > 0:
            self._failed_starts += 1
        if self._failed_starts >= _MAX_FAILED_STARTS:
            said = "\n".join(tail(self._studio / LOG, 6))
            raise EngineError(
                f"The studio process exits right after its start. The end of its log:\n{said}",
                "Run cwtui doctor to check this machine. Your jobs stay queued.",
            )
        self._spawned = spawn_studio_process(self._studio, self._job_kinds, self._idle, self._remote_pool)

    def wait(self, jobs: Sequence[Job]) -> list[Job]:
        """Waits until each job has ended or is blocked, reporting changes of their dependencies too. Returns the jobs.

        Raises Detached on KeyboardInterrupt; the jobs continue.
        """
        try:
            return self._watch(jobs)
        except KeyboardInterrupt as error:
            ids = " ".join(job.id[:8] for job in jobs[:3])
            raise Detached(
                "Stopped waiting. The jobs continue.",
                f"cwtui jobs --watch shows them; cwtui cancel {ids} cancels them.",
            ) from error

    def _watch(self, jobs: Sequence[Job]) -> list[Job]:
        ids = [job.id for job in jobs]
        seen: dict[str, Job] = {}
        version, present_at = -1, time.monotonic()
        while True:
            now = self._catalog.version()
            if now != version:
                version = now
                rows = self._queue.graph(ids)
                for row in rows:
                    if seen.get(row.id) != row:
                        seen[row.id] = row
                        self._observer(row)
                if not any(seen[one].state.open for one in ids):
                    return [seen[one] for one in ids]
            if time.monotonic() - present_at > _PRESENCE_EVERY_S:
                present_at = time.monotonic()
                self.ensure_running()
            time.sleep(_POLL_S)

    def cancel(self, job: Job, by: str = "") -> None:
        """Cancels an open job; `by` is the user's program and terminal (`requester`).

        Starts the studio process if needed. Raises RequestError if the job has ended.
        """
        if job.state not in (JobState.QUEUED, JobState.RUNNING, JobState.BLOCKED):
            raise RequestError(
                f"“{job.title}” is {job.state}.", "Only queued, running or blocked jobs can be cancelled."
            )
        self._queue.request_cancel(job.id, by)
        self.ensure_running()

    def start(self) -> Presence:
        """Starts a studio process if none runs, even without work. Raises EngineError if it does not start in 15 s."""
        spawned = None
        until = time.monotonic() + _START_TIMEOUT_S
        while (present := find_studio_process(self._studio)) is None:
            if time.monotonic() > until:
                raise EngineError("The studio process does not start.", f"See {self._studio / LOG}.")
            if spawned is None or not is_starting(self._studio, spawned):
                spawned = spawn_studio_process(self._studio, self._job_kinds, self._idle, self._remote_pool)
            time.sleep(_POLL_S)
        return present

    def start_soon(self) -> None:
        """Starts a studio process if none runs, for work that is expected, and does not wait for it."""
        starting = self._spawned is not None and is_starting(self._studio, self._spawned)
        if find_studio_process(self._studio) is None and not starting:
            self._spawned = spawn_studio_process(self._studio, self._job_kinds, self._idle, self._remote_pool)

    def resume_services(self) -> None:
        """Starts a studio process if one was killed while a service was switched on, and does not wait for it.

        After a stop by the user, a service starts with the next job.
        """
        if self._queue.has_services() and was_killed(self._studio):
            self.start_soon()

    def retry(self, job: Job) -> None:
        """Queues a failed or cancelled job again; it resumes where it stopped. Raises RequestError for other states."""
        if job.state not in (JobState.FAILED, JobState.CANCELLED):
            raise RequestError(f"“{job.title}” is {job.state}.", "Only failed or cancelled jobs can be retried.")
        self._queue.retry(job.id)
        self.ensure_running()

    def answer(self, job: Job, kind: JobKind[Any], answers: Mapping[str, Any]) -> Job:
        """Replaces a blocked job by one with the user's answers as parameters. Returns the new job."""
        parameters = kind.parameters.model_validate({**job.parameters, **answers})
        step = JobRequest(kind, parameters, job.project_id, priority=job.priority)
        answered = self._queue.replace(job, step.as_job().model_copy(update={"needs": job.needs}))
        self.ensure_running()
        return answered

    def lookup(self, reference: str) -> Job:
        """The job with this id or id prefix. Raises RequestError if there is none or several."""
        found = self._queue.find_by_prefix(reference) if reference else []
        if len(found) == 1:
            return found[0]
        if found:
            raise RequestError(
                f"{len(found)} job ids begin with {reference}.", "Use more of the id; cwtui jobs lists the ids."
            )
        recent = [job.id[: max(len(reference), _SHORT_ID)] for job in self._queue.jobs(limit=_RECENT_JOBS)]
        hint = hint_with_suggestion(reference, recent, "cwtui jobs lists the jobs.", _ID_LIKENESS)
        raise RequestError(f"There is no job {reference or 'without an id'}.", hint)


def job_result(job: Job) -> dict[str, Any]:
    """The result of a finished job. Raises its error (an EngineError) if it did not succeed."""
    if job.state is JobState.DONE:
        return job.result or {}
    if job.state is JobState.CANCELLED and not job.error:
        raise Cancelled(f"“{job.title}” was cancelled.", f"cwtui retry {job.id[:8]} resumes it.")
    error = job.error or {}
    kind = getattr(errors, error.get("class", ""), EngineError)
    message, hint = error.get("message", f"“{job.title}” is {job.state}."), error.get("hint", "")
    if kind is GateError:
        raise GateError(message, hint, gate_choices(job))
    raise kind(message, hint)


def _finished_attempts(job: Job) -> int:
    """The attempts that have ended. If a running one is done before the job is queued, it is not queued again."""
    return job.attempts - (job.state is JobState.RUNNING)
