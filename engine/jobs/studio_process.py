"""The studio process: starts queued jobs and records their results."""

from __future__ import annotations

import fcntl
import logging
import os
import signal
import sqlite3
import time
from collections import deque
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from engine.catalog import Catalog, Job, JobState
from engine.errors import EngineError
from engine.jobs.disk_reserve import DiskReserve
from engine.jobs.job_process import LOCK, AttemptResult, saved_result
from engine.jobs.kind import error_as_json
from engine.jobs.outcomes import QueueUpdate, outcome_of, record_success, requeue
from engine.jobs.paths import job_folder, remove_stale_files
from engine.jobs.presence import HEARTBEAT_S, StudioLock
from engine.jobs.remote import JobPlace, RemoteEnd, RemoteJob, load_remote_pool
from engine.jobs.scheduler import Scheduler
from engine.jobs.sleep import SleepInhibitor
from engine.jobs.worker_pool import RunningJob, WorkerPool

_POLL_S = 0.03
_REPORT_EVERY_S = 0.1
_UPDATE_EVERY_S = 1.0
_DISPATCH_LIMIT = 64

logger = logging.getLogger("engine.jobs")


class StudioProcess:
    """The main loop of a studio folder's process.

    `idle`: seconds without work after which it exits; None: it runs until stopped. `remote_pool` is the
    module:function that returns the pool of other machines; None: all jobs run here.
    """

    def __init__(self, studio: Path, job_kinds: str, idle: float | None = None, remote_pool: str | None = None) -> None:
        self._studio = studio
        self._lock = StudioLock.acquire(studio)
        self._catalog = Catalog.in_studio(studio)
        self._queue = self._catalog.queue
        self._workers = WorkerPool(studio, job_kinds)
        self._remote = load_remote_pool(remote_pool, studio, job_kinds, self._catalog) if remote_pool else None
        self._scheduler = Scheduler.for_this_machine()
        self._sleep = SleepInhibitor()
        self._reserve = DiskReserve(studio)
        self._idle = idle
        self._stopping = False
        self._pending_updates: deque[tuple[Job, QueueUpdate]] = deque()
        self._reported: dict[str, object] = {}
        self._rates: dict[str, float | None] = {}

    def stop(self) -> None:
        """Stops running jobs at their next safe point, so that they can resume, then exits."""
        self._stopping = True

    def run(self) -> None:
        """Runs until `stop` is called or the idle time is over."""
        woken, wake = os.pipe()
        os.set_blocking(wake, False)
        os.set_blocking(woken, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        logger.info("studio process %d at %s", os.getpid(), self._studio)
        if self._remote:
            self._remote.attach(lambda: _wake(wake))
        try:
            self._take_over()
            remove_stale_files(self._studio, self._queue, datetime.now(UTC))
            self._workers.warm_up(lambda: self._lock.heartbeat() and not self._stopping)
            self._loop(woken)
        finally:
            signal.set_wakeup_fd(-1)
            self._workers.kill_all()
            if self._remote:
                self._remote.close()
            self._sleep.set_active(False)
            self._lock.release()
            self._catalog.close()
            logger.info("studio process %d left", os.getpid())

    def _take_over(self) -> None:
        """Kills jobs left by an earlier studio process; records their saved results or queues them again."""
        for job in self._queue.jobs([JobState.RUNNING]):
            if self._remote and self._remote.resume(job):
                logger.info("%s %s goes on elsewhere", job.id[:8], job.title)
                continue
            _kill_orphan(self._studio, job)
            result = saved_result(self._studio, job.id, job.attempts)
            self._pending_updates.append((job, _success_update(job, result) if result else _requeue_update(job)))
            logger.info("took over %s %s", job.id[:8], job.title)

    def _loop(self, woken: int) -> None:
        seen = -1
        due = {"beat": 0.0, "report": 0.0, "look": 0.0, "owed": 0.0}
        busy_at = time.monotonic()
        while True:
            self._workers.poll(woken, _POLL_S)
            with suppress(BlockingIOError):
                os.read(woken, 512)
            now = time.monotonic()
            for one in self._workers.reap():
                self._pending_updates.append((one.job, outcome_of(one, self._studio, self._stopping)))
                due["look"] = due["owed"] = 0.0
            if self._stopping:
                for job in self._workers.jobs:
                    self._workers.stop(job.id)
            try:
                if self._poll_remote():
                    due["look"] = due["owed"] = 0.0
                if now >= due["owed"]:
                    due["owed"] = now + _UPDATE_EVERY_S
                    self._apply_updates()
                    self._lock.settle()
                if now >= due["report"]:
                    due["report"] = now + _REPORT_EVERY_S
                    self._report()
                version = self._catalog.version()
                if version != seen or now >= due["look"]:
                    seen, due["look"] = version, now + self._seconds_until_next()
                    self._dispatch()
                elsewhere = self._remote is not None and any(self._remote.running) and not self._stopping
                if self._workers.jobs or elsewhere or (self._pending_updates and not self._stopping):
                    busy_at = now
                elif self._stopping or (self._idle is not None and now - busy_at > self._idle and self._may_exit()):
                    return
            except EngineError as error:
                # The disk is full or unavailable: jobs continue, and pending updates are written later.
                logger.warning("%s", error.message)
                due["owed"] = now if self._pending_updates and self._reserve.release() else now + _UPDATE_EVERY_S
                due["look"] = now + _UPDATE_EVERY_S
            if now >= due["beat"]:
                due["beat"] = now + HEARTBEAT_S
                if not self._lock.heartbeat():
                    logger.warning("the studio folder was removed")
                    return
                self._reserve.allocate()
                with suppress(OSError):
                    elsewhere = self._remote is not None and any(self._remote.running)
                    here = any(not job.is_service for job in self._workers.jobs)
                    if self._sleep.set_active(here or elsewhere):
                        self._lock.update(awake=self._sleep.active)

    def _poll_remote(self) -> bool:
        """Takes what other machines have done. Returns whether an attempt has ended."""
        if self._remote is None:
            return False
        self._remote.poll()
        ended = self._remote.reap()
        self._pending_updates.extend((end.job, _remote_update(end)) for end in ended)
        return bool(ended)

    def _apply_updates(self) -> None:
        while self._pending_updates:
            job, settlement = self._pending_updates[0]
            try:
                settlement(self._queue)
            except (sqlite3.Error, ValueError) as error:
                logger.exception("%s %s: the result could not be recorded", job.id[:8], job.title)
                result = EngineError(f"The result could not be recorded: {error}.", "This is a bug in Cleanwater.")
                self._queue.end(job.id, JobState.FAILED, error_as_json(result))
            self._pending_updates.popleft()

    def _dispatch(self) -> None:
        """Stops jobs with a cancel request and starts jobs that fit."""
        for job in self._queue.cancel_requests():
            self._workers.stop(job.id)
            if self._remote:
                self._remote.stop(job.id)
        if self._stopping or self._pending_updates:
            return
        for job, place in self._placements(self._queue.ready(_DISPATCH_LIMIT)):
            if not self._queue.start(job.id, place.note):
                continue
            begun = self._queue.job(job.id)
            assert begun is not None
            if self._remote and place.machine is not None:
                self._remote.start(begun, place.machine, self._queue.results(begun))
                continue
            try:
                amount, rate = begun.workload, self._catalog.speeds.of(begun)
                expected = amount / rate if amount and rate else None
                self._workers.start(begun, self._queue.results(begun), expected)
            except OSError as error:
                logger.warning("%s could not be started: %s", job.id[:8], error)
                self._queue.requeue(job.id, str(error), not_before=datetime.now(UTC) + timedelta(seconds=5))

    def _placements(self, ready: list[Job]) -> list[tuple[Job, JobPlace]]:
        """The jobs to start now, and where: on another machine where the pool says so, else here if they fit."""
        if self._remote is None:
            return [(job, JobPlace()) for job in self._scheduler.select(ready, self._workers.jobs)]
        fitting = {job.id for job in self._scheduler.select(ready, self._workers.jobs)}
        places = self._remote.place(ready, fitting)
        elsewhere = [(job, place) for job in ready if (place := places.get(job.id)) and place.machine is not None]
        here = [job for job in ready if (place := places.get(job.id)) and place.machine is None]
        return elsewhere + [(job, places[job.id]) for job in self._scheduler.select(here, self._workers.jobs)]

    def _seconds_until_next(self) -> float:
        """Seconds until the next retry, or 60 if there is none."""
        at = self._queue.next_retry_at()
        return 60.0 if at is None else max(0.0, (at - datetime.now(UTC)).total_seconds())

    def _report(self) -> None:
        """Stores the progress and the expected end of the running jobs where they changed."""
        now, fresh = time.monotonic(), []
        reported: dict[str, object] = {}
        running: list[RunningJob | RemoteJob] = [
            *self._workers.running,
            *(self._remote.running if self._remote else ()),
        ]
        for one in running:
            end = self._expected_end(one, now)
            # A second more or less is not worth a write.
            reported[one.job.id] = state = (one.progress, end and round(end - one.started_at))
            if state != (None, None) and self._reported.get(one.job.id) != state:
                at = None if end is None else datetime.now(UTC) + timedelta(seconds=end - now)
                fresh.append((one.job.id, *(one.progress or (0, 0, "", "")), at))
        if fresh:
            self._queue.report(fresh)
        self._reported = reported

    def _expected_end(self, one: RunningJob | RemoteJob, now: float) -> float | None:
        """The expected end of a job in seconds of the monotonic clock; None if it is unknown, or a service."""
        if one.job.is_service:
            return None
        if one.progress is None or one.first_progress is None or not one.progress[1]:
            return one.estimate.update(now, None, None)
        done, total, unit, _ = one.progress
        since, first = one.first_progress
        if one.estimate.whole is None and unit == "bytes" and (rate := self._rate_of(one)):
            one.estimate.whole = total / rate
        rate_left = (now - since) * (total - done) / (done - first) if done > first and now - since >= 1 else None
        return one.estimate.update(now, done / total, rate_left)

    def _rate_of(self, one: RunningJob | RemoteJob) -> float | None:
        """The measured speed of such jobs; it is read once."""
        if one.job.id not in self._rates:
            self._rates[one.job.id] = self._catalog.speeds.of(one.job)
        return self._rates[one.job.id]

    def _may_exit(self) -> bool:
        """Whether the queue is still empty. If so, marks the process as leaving before more can be queued."""
        with self._catalog.transaction():
            if not self._queue.idle():
                return False
            self._lock.update(leaving=True)
            return True


def _success_update(job: Job, result: AttemptResult) -> QueueUpdate:
    return lambda queue: record_success(queue, job, result)


def _requeue_update(job: Job) -> QueueUpdate:
    return lambda queue: requeue(queue, job, "the studio process had died")


def _remote_update(end: RemoteEnd) -> QueueUpdate:
    job, result = end.job, end.result
    if result is None:
        return lambda queue: requeue(queue, job, end.note)
    return lambda queue: record_success(queue, job, result, elsewhere=end.note)


def _wake(pipe: int) -> None:
    with suppress(OSError):
        os.write(pipe, b"\0")


def _kill_orphan(studio: Path, job: Job) -> None:
    """Kills the process group of a job whose studio process died, if its lock is still taken; waits up to 10 s.

    The lock file contains the process id.
    """
    path = job_folder(studio, job.id) / LOCK
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            with path.open("r") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
        except FileNotFoundError:
            return
        except BlockingIOError:
            group = path.read_text() if path.exists() else ""
            if group.isdecimal():
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(int(group), signal.SIGKILL)
        time.sleep(0.02)


def serve(studio: Path, job_kinds: str, idle: float | None, remote_pool: str | None = None) -> None:
    """Runs the studio process until SIGTERM, SIGINT or idle. SIGHUP is ignored: it survives a closed terminal."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    process: StudioProcess | None = None
    stopped = False

    def stop(number: int, frame: object) -> None:
        nonlocal stopped
        stopped = True
        if process:
            process.stop()

    # Before the presence is written: a request to stop may follow it at once.
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    process = StudioProcess(studio, job_kinds, idle, remote_pool)
    if stopped:
        process.stop()
    process.run()
    # The exiting interpreter restores the default: another request to stop would turn this exit into a kill.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
