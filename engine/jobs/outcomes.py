"""Maps the end of an attempt to an update of the queue."""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from pathlib import Path
from typing import Any

from engine.catalog import Job, JobState, Queue
from engine.errors import EngineError
from engine.jobs.job_process import ATTEMPT_MARK, AttemptResult
from engine.jobs.kind import error_as_json
from engine.jobs.paths import log_path, tail
from engine.jobs.sandbox import SandboxPolicy, limit_exceeded
from engine.jobs.worker_pool import RunningJob
from engine.units import format_bytes

# Three retries; the delay doubles each time. A service is started again and again, with delays up to the longest one;
# one that ran for a while begins with the first delay.
_MAX_ATTEMPTS = 4
_FIRST_BACKOFF_S, _LONGEST_BACKOFF_S = 0.5, 300.0
_HEALTHY_S = 600.0
# The crash report: lines of output, lines of the Python stack, and lines of the log that are read.
_MAX_PRINTED_LINES = 4
_MAX_CALL_LINES = 6
_LOG_TAIL_LINES = 80
# Stack frames common to all jobs.
_RUNTIME_FRAMES = ("/multiprocessing/", "/engine/jobs/", '"<string>"')

# Signals sent from outside (also by the system, short of memory). Any other signal is a crash.
_EXTERNAL_SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
# multiprocessing's exit code for a child whose fork server died.
_FORK_SERVER_DIED = 255

QueueUpdate = Callable[[Queue], None]


def outcome_of(one: RunningJob, studio: Path, stopping: bool) -> QueueUpdate:
    """The queue update for a job whose process group has ended. `stopping`: the studio process is stopping."""
    job, result = one.job, one.result
    if result is not None and result.status == "done":
        return lambda queue: record_success(queue, job, result)
    used = result.usage if result else None
    if one.stop_requested_at is not None:
        if stopping:
            return lambda queue: requeue(queue, job)
        return lambda queue: queue.end_cancelled(job.id, used)
    if result is not None and result.status == "blocked":
        return lambda queue: queue.end(job.id, JobState.BLOCKED, result.error, used=used)
    if result is not None and result.status == "stopped":
        return lambda queue: queue.end(job.id, JobState.CANCELLED, result.error, used=used)
    if result is not None and result.status == "failed":
        return lambda queue: queue.end(job.id, JobState.FAILED, result.error, used=used)
    if result is not None:
        return lambda queue: _retry(queue, one, result.error or {}, result.usage)
    if one.killed_for is None and (-one.exit_code in _EXTERNAL_SIGNALS or one.exit_code == _FORK_SERVER_DIED):
        lost = EngineError(
            f"The job's process was ended from outside ({_name(one.exit_code)}).",
            f"cwtui retry {job.id[:8]} resumes it.",
        )
        return lambda queue: _retry(queue, one, error_as_json(lost), None)
    crash = error_as_json(_crash_error(one, studio))
    if job.is_service:
        return lambda queue: _retry(queue, one, crash, None)
    return lambda queue: queue.end(job.id, JobState.FAILED, crash)


def record_success(queue: Queue, job: Job, result: AttemptResult, elsewhere: str = "") -> None:
    """Records a result and queues the job's successors. `elsewhere` names the other machine that made it."""
    follow = [Job.model_validate(row) for row in result.successors]
    queue.complete(job.id, result.result or {}, result.usage or {}, follow, elsewhere)


def requeue(queue: Queue, job: Job, note: str = "the studio process stopped") -> None:
    """Queues an interrupted job again."""
    queue.requeue(job.id, note, retries=job.retries)


def _retry(queue: Queue, one: RunningJob, error: dict[str, Any], used: dict[str, float] | None) -> None:
    job = one.job
    retries = job.retries + 1
    if job.is_service:
        if (one.exited_at or one.started_at) - one.started_at > _HEALTHY_S:
            retries = 1
    elif retries >= _MAX_ATTEMPTS:
        tried = {**error, "message": f"{error['message']} Tried {retries} times."}
        queue.end(job.id, JobState.FAILED, tried, used=used)
        return
    # The exponent is limited, as a service may be started again for years.
    pause = min(_FIRST_BACKOFF_S * 2.0 ** min(retries - 1, 20), _LONGEST_BACKOFF_S)
    at = datetime.now(UTC) + timedelta(seconds=pause)
    queue.requeue(job.id, error["message"], retries=retries, not_before=at)


def _crash_error(one: RunningJob, studio: Path) -> EngineError:
    job = one.job
    if one.killed_for == "memory":
        return EngineError(
            f"The job exceeded its limit of {format_bytes(job.memory)} of memory and was stopped.",
            "Retry with a shorter take or a smaller size.",
        )
    if limit := limit_exceeded(one.exit_code, SandboxPolicy((), (), job.network, job.memory, job.cpu_limit or None)):
        return limit
    if one.exit_code < 0:
        words = "\n".join(_crash_report(tail(log_path(studio, job.id), _LOG_TAIL_LINES)))
        return EngineError(
            f"The job's process crashed ({_name(one.exit_code)}). Its last output:\n{words}",
            f"Other jobs continue. cwtui log {job.id[:8]} shows the log; cwtui retry {job.id[:8]} retries it.",
        )
    return EngineError(
        f"The job's process exited without a result (exit code {one.exit_code}).",
        f"cwtui log {job.id[:8]} shows its log.",
    )


def _crash_report(log: Sequence[str]) -> list[str]:
    """The last output of a crashed attempt and its Python stack, innermost frame first."""
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
