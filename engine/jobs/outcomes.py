"""From how an attempt ended to what becomes of its job."""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from pathlib import Path

from engine.catalog import Job, JobState, Queue
from engine.errors import EngineError
from engine.jobs.job_process import BEGINS, Ended
from engine.jobs.kind import in_words
from engine.jobs.paths import last_lines, log_of
from engine.jobs.sandbox import Walls, ended
from engine.jobs.worker_pool import AtWork

# Three tries after the first; the waits double.
_MOST_FAULTS = 4
_FIRST_WAIT_S = 0.5
# Of a crash: how many printed lines and how many Python lines are told, from how much of the log.
_LAST_PRINTED = 4
_LAST_CALLS = 6
_LOOK_BACK = 80
# Frames of every job, which say nothing about the one that crashed.
_MACHINERY = ("/multiprocessing/", "/engine/jobs/", '"<string>"')

# What somebody (or the system, short of memory) ends a process with; anything else is a crash of its own.
_FROM_OUTSIDE = (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
# multiprocessing's word for a child whose fork server died under it.
_LOST = 255

Settlement = Callable[[Queue], None]


def settle(one: AtWork, studio: Path, stopping: bool) -> Settlement:
    """What is to be written of a job whose process group is gone."""
    job, told = one.job, one.ended
    if told is not None and told.how == "done":
        return lambda queue: keep(queue, job, told)
    used = told.used if told else None
    if one.asked_at is not None:
        if stopping:
            return lambda queue: let_go(queue, job)
        return lambda queue: queue.end(job.id, JobState.CANCELLED, note="by the director", used=used)
    if told is not None and told.how == "blocked":
        return lambda queue: queue.end(job.id, JobState.BLOCKED, told.error, used=used)
    if told is not None and told.how == "stopped":
        return lambda queue: queue.end(job.id, JobState.CANCELLED, told.error, used=used)
    if told is not None and told.how == "failed":
        return lambda queue: queue.end(job.id, JobState.FAILED, told.error, used=used)
    if told is not None:
        return lambda queue: _again(queue, job, told.error or {}, told.used)
    if one.killed_for is None and (-one.exit_code in _FROM_OUTSIDE or one.exit_code == _LOST):
        lost = EngineError(
            f"Its process was ended from outside ({_name(one.exit_code)}).",
            f"cwtui retry {job.id[:8]} goes on with it.",
        )
        return lambda queue: _again(queue, job, in_words(lost), None)
    return lambda queue: queue.end(job.id, JobState.FAILED, in_words(_why(one, studio)))


def keep(queue: Queue, job: Job, told: Ended) -> None:
    """Writes a result, and what follows from it."""
    follow = [Job.model_validate(row) for row in told.follow]
    queue.succeed(job.id, told.result or {}, told.used or {}, follow)


def let_go(queue: Queue, job: Job, note: str = "the studio process stopped") -> None:
    """What was cut off goes back into the queue."""
    queue.put_back(job.id, note, faults=job.faults)


def _again(queue: Queue, job: Job, error: dict[str, str], used: dict[str, float] | None) -> None:
    faults = job.faults + 1
    if faults >= _MOST_FAULTS:
        tried = {**error, "message": f"{error['message']} Tried {faults} times."}
        queue.end(job.id, JobState.FAILED, tried, used=used)
        return
    at = datetime.now(UTC) + timedelta(seconds=_FIRST_WAIT_S * 2 ** (faults - 1))
    queue.put_back(job.id, error["message"], faults=faults, not_before=at)


def _why(one: AtWork, studio: Path) -> EngineError:
    job = one.job
    if one.killed_for == "memory":
        return EngineError(
            f"It wanted more than the {job.memory / 1e9:.1f} GB of memory it has, and was ended.",
            "Run it again on a shorter take or at a smaller size.",
        )
    if limit := ended(one.exit_code, Walls((), job.network, job.memory, job.cpu_limit)):
        return limit
    if one.exit_code < 0:
        words = "\n".join(_last_words(last_lines(log_of(studio, job.id), _LOOK_BACK)))
        return EngineError(
            f"Its process crashed ({_name(one.exit_code)}). Its last words:\n{words}",
            f"The other jobs go on. cwtui log {job.id[:8]} shows all; cwtui retry {job.id[:8]} tries again.",
        )
    return EngineError(
        f"Its process left without a word (exit code {one.exit_code}).", f"cwtui log {job.id[:8]} shows what it said."
    )


def _last_words(log: Sequence[str]) -> list[str]:
    """What a crashed attempt printed last, and the Python lines that were under way, innermost first."""
    began = max((number for number, line in enumerate(log) if BEGINS in line), default=-1)
    said = log[began + 1 :]
    fatal = next((number for number, line in enumerate(said) if line.startswith("Fatal Python error")), len(said))
    dump = iter(said[fatal + 1 :])
    for line in dump:
        if line.startswith("Current thread"):
            break
    frames = takewhile(lambda line: line.startswith("  "), dump)
    calls = [line for line in frames if not any(part in line for part in _MACHINERY)]
    return [*said[max(0, fatal - _LAST_PRINTED) : fatal + 1], *calls[:_LAST_CALLS]]


def _name(exit_code: int) -> str:
    try:
        return signal.Signals(-exit_code).name
    except ValueError:
        return f"exit code {exit_code}"
