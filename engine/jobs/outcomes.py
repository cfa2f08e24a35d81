"""From how an attempt ended to what becomes of its job."""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from pathlib import Path

from engine.catalog import Job, JobState, Queue
from engine.errors import EngineError
from engine.jobs.job_process import ATTEMPT_MARK, AttemptResult
from engine.jobs.kind import error_as_json
from engine.jobs.paths import log_path, tail
from engine.jobs.sandbox import SandboxPolicy, limit_exceeded
from engine.jobs.worker_pool import RunningJob

# Three tries after the first; the waits double.
_MAX_ATTEMPTS = 4
_FIRST_BACKOFF_S = 0.5
# Of a crash: how many printed lines and how many Python lines are told, from how much of the log.
_MAX_PRINTED_LINES = 4
_MAX_CALL_LINES = 6
_LOG_TAIL_LINES = 80
# Frames of every job, which say nothing about the one that crashed.
_RUNTIME_FRAMES = ("/multiprocessing/", "/engine/jobs/", '"<string>"')

# What somebody (or the system, short of memory) ends a process with; anything else is a crash of its own.
_EXTERNAL_SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
# multiprocessing's word for a child whose fork server died under it.
_FORK_SERVER_DIED = 255

QueueUpdate = Callable[[Queue], None]


def outcome_of(one: RunningJob, studio: Path, stopping: bool) -> QueueUpdate:
    """What is to be written of a job whose process group is gone."""
    job, result = one.job, one.result
    if result is not None and result.status == "done":
        return lambda queue: record_success(queue, job, result)
    used = result.usage if result else None
    if one.stop_requested_at is not None:
        if stopping:
            return lambda queue: requeue(queue, job)
        return lambda queue: queue.end(job.id, JobState.CANCELLED, note="by the director", used=used)
    if result is not None and result.status == "blocked":
        return lambda queue: queue.end(job.id, JobState.BLOCKED, result.error, used=used)
    if result is not None and result.status == "stopped":
        return lambda queue: queue.end(job.id, JobState.CANCELLED, result.error, used=used)
    if result is not None and result.status == "failed":
        return lambda queue: queue.end(job.id, JobState.FAILED, result.error, used=used)
    if result is not None:
        return lambda queue: _retry(queue, job, result.error or {}, result.usage)
    if one.killed_for is None and (-one.exit_code in _EXTERNAL_SIGNALS or one.exit_code == _FORK_SERVER_DIED):
        lost = EngineError(
            f"Its process was ended from outside ({_name(one.exit_code)}).",
            f"cwtui retry {job.id[:8]} goes on with it.",
        )
        return lambda queue: _retry(queue, job, error_as_json(lost), None)
    return lambda queue: queue.end(job.id, JobState.FAILED, error_as_json(_crash_error(one, studio)))


def record_success(queue: Queue, job: Job, result: AttemptResult) -> None:
    """Writes a result, and what follows from it."""
    follow = [Job.model_validate(row) for row in result.successors]
    queue.complete(job.id, result.result or {}, result.usage or {}, follow)


def requeue(queue: Queue, job: Job, note: str = "the studio process stopped") -> None:
    """What was cut off goes back into the queue."""
    queue.requeue(job.id, note, retries=job.retries)


def _retry(queue: Queue, job: Job, error: dict[str, str], used: dict[str, float] | None) -> None:
    retries = job.retries + 1
    if retries >= _MAX_ATTEMPTS:
        tried = {**error, "message": f"{error['message']} Tried {retries} times."}
        queue.end(job.id, JobState.FAILED, tried, used=used)
        return
    at = datetime.now(UTC) + timedelta(seconds=_FIRST_BACKOFF_S * 2 ** (retries - 1))
    queue.requeue(job.id, error["message"], retries=retries, not_before=at)


def _crash_error(one: RunningJob, studio: Path) -> EngineError:
    job = one.job
    if one.killed_for == "memory":
        return EngineError(
            f"It wanted more than the {job.memory / 1e9:.1f} GB of memory it has, and was ended.",
            "Run it again on a shorter take or at a smaller size.",
        )
    if limit := limit_exceeded(one.exit_code, SandboxPolicy((), job.network, job.memory, job.cpu_limit)):
        return limit
    if one.exit_code < 0:
        words = "\n".join(_crash_report(tail(log_path(studio, job.id), _LOG_TAIL_LINES)))
        return EngineError(
            f"Its process crashed ({_name(one.exit_code)}). Its last words:\n{words}",
            f"The other jobs go on. cwtui log {job.id[:8]} shows all; cwtui retry {job.id[:8]} tries again.",
        )
    return EngineError(
        f"Its process left without a word (exit code {one.exit_code}).", f"cwtui log {job.id[:8]} shows what it said."
    )


def _crash_report(log: Sequence[str]) -> list[str]:
    """What a crashed attempt printed last, and the Python lines that were under way, innermost first."""
    began = max((number for number, line in enumerate(log) if ATTEMPT_MARK in line), default=-1)
    said = log[began + 1 :]
    fatal = next((number for number, line in enumerate(said) if line.startswith("Fatal Python error")), len(said))
    dump = iter(said[fatal + 1 :])
    for line in dump:
        if line.startswith("Current thread"):
            break
    frames = takewhile(lambda line: line.startswith("  "), dump)
    calls = [line for line in frames if not any(part in line for part in _RUNTIME_FRAMES)]
    return [*said[max(0, fatal - _MAX_PRINTED_LINES) : fatal + 1], *calls[:_MAX_CALL_LINES]]


def _name(exit_code: int) -> str:
    try:
        return signal.Signals(-exit_code).name
    except ValueError:
        return f"exit code {exit_code}"
