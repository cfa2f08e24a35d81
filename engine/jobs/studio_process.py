"""The studio process: takes jobs from the queue, has them worked on, and writes down what becomes of them."""

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
from engine.jobs.disk_reserve import Reserve
from engine.jobs.job_process import LOCK, Ended, kept_result
from engine.jobs.kind import in_words
from engine.jobs.outcomes import Settlement, keep, let_go, settle
from engine.jobs.paths import job_folder, sweep
from engine.jobs.presence import HEARTBEAT_S, Seat
from engine.jobs.scheduler import Machine
from engine.jobs.sleep import Wakefulness
from engine.jobs.worker_pool import AtWork, Crew

_LOOK_EVERY_S = 0.03
_REPORT_EVERY_S = 0.1
_OWED_EVERY_S = 1.0
_AT_ONCE = 64

logger = logging.getLogger("engine.jobs")


class StudioProcess:
    """One studio folder's worker, from taking the seat to leaving it.

    `idle`: seconds without work after which it leaves by itself; None: it stays until it is told.
    """

    def __init__(self, studio: Path, workshop: str, idle: float | None = None) -> None:
        self._studio = studio
        self._seat = Seat.take(studio)
        self._catalog = Catalog.below(studio)
        self._queue = self._catalog.queue
        self._crew = Crew(studio, workshop)
        self._machine = Machine.here()
        self._power = Wakefulness()
        self._reserve = Reserve(studio)
        self._idle = idle
        self._stopping = False
        self._owed: deque[tuple[Job, Settlement]] = deque()
        self._reported: dict[str, object] = {}

    def stop(self) -> None:
        """Ends what runs at its next safe point, to go on another time, and leaves."""
        self._stopping = True

    def run(self) -> None:
        """Works until told to stop, or until idle for long enough."""
        woken, wake = os.pipe()
        os.set_blocking(wake, False)
        os.set_blocking(woken, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        logger.info("studio process %d at %s", os.getpid(), self._studio)
        try:
            self._take_over()
            sweep(self._studio, self._queue, datetime.now(UTC))
            self._crew.warm_up()
            self._work(woken)
        finally:
            signal.set_wakeup_fd(-1)
            self._crew.kill_all()
            self._power.keep(False)
            self._seat.leave()
            self._catalog.close()
            logger.info("studio process %d left", os.getpid())

    def _take_over(self) -> None:
        """Ends what an earlier studio process left running, and lets it go on from the queue."""
        for job in self._queue.jobs([JobState.RUNNING]):
            _end_orphan(self._studio, job)
            told = kept_result(self._studio, job.id, job.attempts)
            self._owed.append((job, _kept(job, told) if told else _cut_off(job)))
            logger.info("took over %s %s", job.id[:8], job.title)

    def _work(self, woken: int) -> None:
        seen = -1
        due = {"beat": 0.0, "report": 0.0, "look": 0.0, "owed": 0.0}
        busy_at = time.monotonic()
        while True:
            self._crew.listen(woken, _LOOK_EVERY_S)
            with suppress(BlockingIOError):
                os.read(woken, 512)
            now = time.monotonic()
            for one in self._crew.gone():
                self._owed.append((one.job, settle(one, self._studio, self._stopping)))
                due["look"] = due["owed"] = 0.0
            if self._stopping:
                for job in self._crew.jobs:
                    self._crew.stop(job.id)
            try:
                if now >= due["owed"]:
                    due["owed"] = now + _OWED_EVERY_S
                    self._settle()
                if now >= due["report"]:
                    due["report"] = now + _REPORT_EVERY_S
                    self._report()
                version = self._catalog.version()
                if version != seen or now >= due["look"]:
                    seen, due["look"] = version, now + self._until_next()
                    self._look()
                if self._crew.jobs or (self._owed and not self._stopping):
                    busy_at = now
                elif self._stopping or (self._idle is not None and now - busy_at > self._idle and self._may_leave()):
                    return
            except EngineError as error:
                # The disk is full or away: work goes on, and what is owed is written as soon as it can be.
                logger.warning("%s", error.message)
                due["owed"] = now if self._owed and self._reserve.give() else now + _OWED_EVERY_S
                due["look"] = now + _OWED_EVERY_S
            if now >= due["beat"]:
                due["beat"] = now + HEARTBEAT_S
                if not self._seat.beat():
                    logger.warning("the studio folder was taken away")
                    return
                self._reserve.keep()
                with suppress(OSError):
                    if self._power.keep(bool(self._crew.jobs)):
                        self._seat.tell(awake=self._power.held)

    def _settle(self) -> None:
        while self._owed:
            job, settlement = self._owed[0]
            try:
                settlement(self._queue)
            except (sqlite3.Error, ValueError) as error:
                logger.exception("%s %s could not be settled", job.id[:8], job.title)
                told = EngineError(f"What it came to could not be kept: {error}.", "This is a bug in Cleanwater.")
                self._queue.end(job.id, JobState.FAILED, in_words(told))
            self._owed.popleft()

    def _look(self) -> None:
        """Does what the queue asks for: ends what is not wanted, starts what may run."""
        for job in self._queue.wished():
            self._crew.stop(job.id)
        if self._stopping or self._owed:
            return
        for job in self._machine.choose(self._queue.ready(_AT_ONCE), self._crew.jobs):
            if not self._queue.start(job.id):
                continue
            begun = self._queue.job(job.id)
            assert begun is not None
            try:
                self._crew.start(begun, self._queue.results(begun))
            except OSError as error:
                logger.warning("%s could not be started: %s", job.id[:8], error)
                self._queue.put_back(job.id, str(error), not_before=datetime.now(UTC) + timedelta(seconds=5))

    def _until_next(self) -> float:
        """Seconds until something may change in the queue by itself."""
        at = self._queue.next_at()
        return 60.0 if at is None else max(0.0, (at - datetime.now(UTC)).total_seconds())

    def _report(self) -> None:
        fresh = [one for one in self._crew.at_work if one.progress and self._reported.get(one.job.id) != one.progress]
        if fresh:
            self._queue.report((one.job.id, *(one.progress or (0, 0, "", "")), _expected(one)) for one in fresh)
        self._reported = {one.job.id: one.progress for one in self._crew.at_work}

    def _may_leave(self) -> bool:
        """Whether nothing came in meanwhile. Says that it leaves before a console can queue more."""
        with self._catalog.transaction():
            if not self._queue.idle():
                return False
            self._seat.tell(leaving=True)
            return True


def _kept(job: Job, told: Ended) -> Settlement:
    return lambda queue: keep(queue, job, told)


def _cut_off(job: Job) -> Settlement:
    return lambda queue: let_go(queue, job, "its studio process had died")


def _expected(one: AtWork) -> datetime | None:
    """When the job should be done, at the pace it has had since its first word."""
    if one.progress is None or one.first_progress is None:
        return None
    done, total = one.progress[:2]
    since, first = one.first_progress
    gone = time.monotonic() - since
    if done <= first or gone < 1:
        return None
    return datetime.now(UTC) + timedelta(seconds=gone * (total - done) / (done - first))


def _end_orphan(studio: Path, job: Job) -> None:
    """Ends the process of a job whose studio process died. Its lock says whether, and who, it still is."""
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


def serve(studio: Path, workshop: str, idle: float | None) -> None:
    """Runs a studio process in this one until SIGTERM or an interrupt. A closed terminal does not end it."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    process = StudioProcess(studio, workshop, idle)

    def told(number: int, frame: object) -> None:
        process.stop()

    signal.signal(signal.SIGTERM, told)
    signal.signal(signal.SIGINT, told)
    process.run()
