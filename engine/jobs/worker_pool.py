"""The job processes: started from a fork server, monitored, limited in memory, and ended as process groups."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import psutil

from engine.catalog import Job
from engine.jobs.job_process import AttemptResult, JobSpec, run_job
from engine.jobs.time_left import EndEstimate

Progress = tuple[int, int, str, str]

# Seconds from SIGTERM to SIGKILL.
GRACE_S = 5.0
BACKGROUND_PRIORITY = 10
"""Jobs up to this priority, which nobody waits for, leave the processor to the console and to other jobs."""

_BACKGROUND_NICENESS = 10
_MEMORY_CHECK_S = 0.25
_DRAIN_S = 1.0
_BEAT_S = 1.0


@dataclass(slots=True)
class RunningJob:
    """One job's process group. `killed_for` is "memory" if it was killed for exceeding its memory.

    Times are from `time.monotonic`. `first_progress` is the time and count of the first progress of the current unit.
    """

    job: Job
    process: BaseProcess
    pipe: Connection
    started_at: float
    progress: Progress | None = None
    result: AttemptResult | None = None
    stop_requested_at: float | None = None
    killed_for: str | None = None
    exited_at: float | None = None
    first_progress: tuple[float, int] | None = field(default=None)
    estimate: EndEstimate = field(default_factory=lambda: EndEstimate(time.monotonic()))

    @property
    def pid(self) -> int:
        """The process id, which is also the process group id."""
        return self.process.pid or 0

    @property
    def exit_code(self) -> int:
        """The exit code; negative for a signal."""
        return self.process.exitcode or 0


class WorkerPool:
    """Starts jobs in processes forked from a server that has imported all modules.

    Apple's frameworks do not survive a fork: on macOS, jobs that use the GPU start in a spawned process.
    """

    def __init__(self, studio: Path, job_kinds: str) -> None:
        self._studio = studio
        self._job_kinds = job_kinds
        self._fork_context = multiprocessing.get_context("forkserver")
        self._fork_context.set_forkserver_preload(
            ["engine.jobs.fork_server", job_kinds.split(":")[0], "engine.jobs.job_process"]
        )
        self._spawn_context = multiprocessing.get_context("spawn")
        self._running: dict[str, RunningJob] = {}
        self._measured_at = 0.0

    @property
    def jobs(self) -> list[Job]:
        """The running jobs."""
        return [one.job for one in self._running.values()]

    @property
    def running(self) -> Iterable[RunningJob]:
        """All process groups not yet reaped."""
        return self._running.values()

    def warm_up(self, beat: Callable[[], bool]) -> None:
        """Starts the fork server, which imports the modules of all jobs, and calls `beat` every second meanwhile.

        On a busy machine or after an installation, the imports take minutes. Returns early if `beat` returns False.
        """
        starting = threading.Thread(target=self._start_fork_server, daemon=True)
        starting.start()
        while beat() and starting.is_alive():
            starting.join(_BEAT_S)

    def _start_fork_server(self) -> None:
        process = self._fork_context.Process(target=int)
        process.start()
        process.join()

    def start(self, job: Job, results: Mapping[str, dict[str, Any]], seconds: float | None = None) -> None:
        """Starts an attempt that takes about so many seconds, if that is known.

        Raises OSError if the system cannot start another process.
        """
        spec = JobSpec(
            self._studio, self._job_kinds, job.id, job.kind, job.parameters, dict(results), job.attempts,
            _BACKGROUND_NICENESS if job.priority <= BACKGROUND_PRIORITY else 0,
        )  # fmt: skip
        context = self._spawn_context if sys.platform == "darwin" and job.gpu else self._fork_context
        ours, theirs = multiprocessing.Pipe()
        process = context.Process(target=run_job, args=(spec, theirs), name=job.id)
        try:
            process.start()
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        now = time.monotonic()
        self._running[job.id] = RunningJob(job, process, ours, now, estimate=EndEstimate(now, seconds))

    def stop(self, job_id: str) -> None:
        """Sends SIGTERM to a job; `poll` sends SIGKILL after 5 s."""
        one = self._running.get(job_id)
        if one and one.stop_requested_at is None:
            one.stop_requested_at = time.monotonic()
            _signal_group(one.pid, signal.SIGTERM)

    def poll(self, also: int, timeout: float) -> None:
        """Waits up to `timeout` seconds for a message or exit of any job, or for the file descriptor `also`.

        Records messages and exits, and enforces the time and memory limits.
        """
        deaf: list[Any] = [one.process.sentinel for one in self._running.values() if one.exited_at is None]
        pipes = {one.pipe: one for one in self._running.values() if one.result is None and not one.pipe.closed}
        ready = wait([also, *deaf, *pipes], timeout)
        for said in ready:
            if isinstance(said, Connection):
                self._receive(pipes[said])
        for one in self._running.values():
            if one.exited_at is None and not one.process.is_alive():
                one.exited_at = time.monotonic()
        self._enforce_limits()

    def reap(self) -> list[RunningJob]:
        """Removes and returns the jobs whose process group has ended and whose messages are received."""
        left = [one for one in self._running.values() if one.exited_at is not None and self._finished(one)]
        for one in left:
            del self._running[one.job.id]
            one.pipe.close()
        return left

    def kill_all(self) -> None:
        """Sends SIGKILL to all process groups."""
        for one in self._running.values():
            _signal_group(one.pid, signal.SIGKILL)

    def _finished(self, one: RunningJob) -> bool:
        while one.result is None and not one.pipe.closed and one.pipe.poll():
            self._receive(one)
        if group_is_gone(one.pid):
            return True
        # Kill processes that the job left behind.
        _signal_group(one.pid, signal.SIGKILL)
        return time.monotonic() - (one.exited_at or 0) > _DRAIN_S and group_is_gone(one.pid, ignore_zombies=True)

    def _receive(self, one: RunningJob) -> None:
        try:
            said = one.pipe.recv()
        except (EOFError, OSError):
            one.pipe.close()
            return
        except Exception:  # the message of a dying process may be truncated
            one.pipe.close()
            return
        if isinstance(said, AttemptResult):
            one.result = said
            return
        done, total, unit, message = said
        before = one.progress
        if before and before[1:3] == (total, unit):
            done = max(done, before[0])
        one.progress = (done, total, unit, message)
        if one.first_progress is None or (before and before[1:3] != (total, unit)):
            one.first_progress = (time.monotonic(), done)

    def _enforce_limits(self) -> None:
        now = time.monotonic()
        for one in self._running.values():
            if one.stop_requested_at is not None and now - one.stop_requested_at > GRACE_S:
                _signal_group(one.pid, signal.SIGKILL)
        if now - self._measured_at < _MEMORY_CHECK_S:
            return
        self._measured_at = now
        for one in self._running.values():
            if one.exited_at is None and one.job.memory and _resident_memory(one.pid) > one.job.memory:
                one.killed_for = "memory"
                _signal_group(one.pid, signal.SIGKILL)


def group_is_gone(group: int, ignore_zombies: bool = False) -> bool:
    """Whether no process of this group is left, optionally not counting zombies."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    if not ignore_zombies:
        return False
    for process in psutil.process_iter():
        with suppress(psutil.Error, ProcessLookupError):
            if os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE:
                return False
    return True


def _signal_group(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        # The new process has not created its group yet.
        with suppress(ProcessLookupError):
            os.kill(group, number)
    except PermissionError:  # macOS: only zombies are left in it
        pass


def _resident_memory(pid: int) -> int:
    """Resident memory in bytes of a process and its descendants."""
    total = 0
    with suppress(psutil.Error):
        leader = psutil.Process(pid)
        for process in (leader, *leader.children(recursive=True)):
            with suppress(psutil.Error):
                total += process.memory_info().rss
    return total
