"""The processes at work: each job's started warm, listened to, held to its memory, ended as a group."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import psutil

from engine.catalog import Job
from engine.jobs.job_process import Ended, Errand, perform

Progress = tuple[int, int, str, str]

# How long a job may take to leave by itself once it is asked to.
GRACE_S = 5.0
_WEIGH_EVERY_S = 0.25
_LAST_WORDS_S = 1.0


@dataclass(slots=True)
class AtWork:
    """One job's process group. `killed_for` says why the studio ended it: memory, or that it was asked to."""

    job: Job
    process: BaseProcess
    pipe: Connection
    began: float
    progress: Progress | None = None
    ended: Ended | None = None
    asked_at: float | None = None
    killed_for: str | None = None
    gone_at: float | None = None
    first_progress: tuple[float, int] | None = field(default=None)

    @property
    def pid(self) -> int:
        """The process, which is its group's leader."""
        return self.process.pid or 0

    @property
    def exit_code(self) -> int:
        """What the process left with; minus the signal that ended it."""
        return self.process.exitcode or 0


class Crew:
    """Starts jobs in processes forked from one that has loaded everything already.

    Apple's frameworks do not survive a fork: on macOS, what uses the GPU starts in a process of its own making.
    """

    def __init__(self, studio: Path, workshop: str) -> None:
        self._studio = studio
        self._workshop = workshop
        self._pool = multiprocessing.get_context("forkserver")
        self._pool.set_forkserver_preload([workshop.split(":")[0], "engine.jobs.job_process"])
        self._afresh = multiprocessing.get_context("spawn")
        self._at_work: dict[str, AtWork] = {}
        self._weighed = 0.0

    @property
    def jobs(self) -> list[Job]:
        """What is being worked on."""
        return [one.job for one in self._at_work.values()]

    @property
    def at_work(self) -> Iterable[AtWork]:
        """Every process group that is not gone yet."""
        return self._at_work.values()

    def warm_up(self) -> None:
        """Loads what jobs need into the process they are forked from."""
        process = self._pool.Process(target=int)
        process.start()
        process.join()

    def start(self, job: Job, results: Mapping[str, dict[str, Any]]) -> None:
        """Begins an attempt. OSError where the system has no room for another process."""
        errand = Errand(self._studio, self._workshop, job.id, job.kind, job.parameters, dict(results), job.attempts)
        context = self._afresh if sys.platform == "darwin" and job.gpu else self._pool
        ours, theirs = multiprocessing.Pipe()
        process = context.Process(target=perform, args=(errand, theirs), name=job.id)
        try:
            process.start()
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        self._at_work[job.id] = AtWork(job, process, ours, time.monotonic())

    def stop(self, job_id: str) -> None:
        """Asks a job to end; after a grace time it is made to."""
        one = self._at_work.get(job_id)
        if one and one.asked_at is None:
            one.asked_at = time.monotonic()
            _signal_group(one.pid, signal.SIGTERM)

    def listen(self, also: int, timeout: float) -> None:
        """Waits for a word or an end from any job, or for the file descriptor `also`, and takes it down."""
        deaf: list[Any] = [one.process.sentinel for one in self._at_work.values() if one.gone_at is None]
        pipes = {one.pipe: one for one in self._at_work.values() if one.ended is None and not one.pipe.closed}
        ready = wait([also, *deaf, *pipes], timeout)
        for said in ready:
            if isinstance(said, Connection):
                self._hear(pipes[said])
        for one in self._at_work.values():
            if one.gone_at is None and not one.process.is_alive():
                one.gone_at = time.monotonic()
        self._hold_to_limits()

    def gone(self) -> list[AtWork]:
        """Those whose whole group has ended, with nothing more to say; they are forgotten here."""
        left = [one for one in self._at_work.values() if one.gone_at is not None and self._finished(one)]
        for one in left:
            del self._at_work[one.job.id]
            one.pipe.close()
        return left

    def kill_all(self) -> None:
        """Ends everything at once."""
        for one in self._at_work.values():
            _signal_group(one.pid, signal.SIGKILL)

    def _finished(self, one: AtWork) -> bool:
        while one.ended is None and not one.pipe.closed and one.pipe.poll():
            self._hear(one)
        if group_is_gone(one.pid):
            return True
        # Whatever the job started and left behind goes with it.
        _signal_group(one.pid, signal.SIGKILL)
        return time.monotonic() - (one.gone_at or 0) > _LAST_WORDS_S and group_is_gone(one.pid, look_close=True)

    def _hear(self, one: AtWork) -> None:
        try:
            said = one.pipe.recv()
        except (EOFError, OSError):
            one.pipe.close()
            return
        except Exception:  # what a dying process wrote may be cut off anywhere
            one.pipe.close()
            return
        if isinstance(said, Ended):
            one.ended = said
            return
        done, total, unit, message = said
        before = one.progress
        if before and before[1:3] == (total, unit):
            done = max(done, before[0])
        one.progress = (done, total, unit, message)
        if one.first_progress is None or (before and before[1:3] != (total, unit)):
            one.first_progress = (time.monotonic(), done)

    def _hold_to_limits(self) -> None:
        now = time.monotonic()
        for one in self._at_work.values():
            if one.asked_at is not None and now - one.asked_at > GRACE_S:
                _signal_group(one.pid, signal.SIGKILL)
        if now - self._weighed < _WEIGH_EVERY_S:
            return
        self._weighed = now
        for one in self._at_work.values():
            if one.gone_at is None and one.job.memory and _weight(one.pid) > one.job.memory:
                one.killed_for = "memory"
                _signal_group(one.pid, signal.SIGKILL)


def group_is_gone(group: int, look_close: bool = False) -> bool:
    """Whether no process of this group is left. Looking close, the dead that nobody has buried do not count."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    if not look_close:
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
        # Too young to lead a group yet.
        with suppress(ProcessLookupError):
            os.kill(group, number)
    except PermissionError:  # macOS: only the dead are left in it
        pass


def _weight(pid: int) -> int:
    """Resident memory in bytes of a process and those it started."""
    total = 0
    with suppress(psutil.Error):
        leader = psutil.Process(pid)
        for process in (leader, *leader.children(recursive=True)):
            with suppress(psutil.Error):
                total += process.memory_info().rss
    return total
