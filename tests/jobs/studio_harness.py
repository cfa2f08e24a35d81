"""A studio folder with a job client, for tests that observe its processes from outside."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import psutil

from engine.catalog import Catalog, Job, JobEvent, JobState
from engine.errors import EngineError
from engine.jobs import JobClient, JobRequest, Presence, find_studio_process, log_path, stop_studio_process
from engine.jobs.paths import job_folder

T = TypeVar("T")

JOB_KINDS = "sample_kinds:kinds"


def until(happens: Callable[[], T], seconds: float = 30) -> T:
    """Polls `happens` until its result is true and returns it; fails after `seconds`."""
    end = time.monotonic() + seconds
    while not (seen := happens()):
        assert time.monotonic() < end, f"Not true within {seconds} s."
        time.sleep(0.01)
    return seen


def is_gone(process: int) -> bool:
    """Whether a process has ended; zombies count as ended."""
    try:
        return psutil.Process(process).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def group_is_gone(group: int) -> bool:
    """Whether a process group has no live process."""
    for process in psutil.process_iter():
        with suppress(psutil.Error, ProcessLookupError):
            if os.getpgid(process.pid) == group and not is_gone(process.pid):
                return False
    return True


class StudioHarness:
    """A studio folder, its catalog and a job client."""

    def __init__(self, studio: Path, idle: float = 60) -> None:
        self.studio = studio
        self._idle = idle
        self._started: list[subprocess.Popen[str]] = []
        self.open()

    def open(self) -> None:
        """Opens the catalog and the client."""
        self.studio.mkdir(parents=True, exist_ok=True)
        self.catalog = Catalog.in_studio(self.studio)
        self.queue = self.catalog.queue
        self.desk = JobClient(self.catalog, self.studio, JOB_KINDS, idle=self._idle)

    def ask(self, *steps: JobRequest) -> list[Job]:
        return self.desk.submit(steps)

    def finish(self, *steps: JobRequest) -> list[Job]:
        """Submits steps and waits for their jobs."""
        return self.desk.wait(self.ask(*steps))

    def end_of(self, job: Job) -> Job:
        """Waits for the job and returns its row."""
        (row,) = self.desk.wait([job])
        return row

    def row(self, job: Job) -> Job:
        """The current row of a job."""
        row = self.queue.job(job.id)
        assert row is not None
        return row

    def journal(self, job: Job) -> list[JobState]:
        """The states of a job, in order."""
        return [passage.state for passage in self.passages(job)]

    def passages(self, job: Job) -> list[JobEvent]:
        return self.queue.journal(job.id)

    def at_work(self, job: Job, attempt: int = 1) -> int:
        """The process id of a job, once it runs and has reported progress."""
        until(lambda: (row := self.row(job)).state is JobState.RUNNING and row.attempts == attempt and row.done > 0)
        return int((self.folder(job) / "lock").read_text())

    def folder(self, job: Job) -> Path:
        return job_folder(self.studio, job.id)

    def log(self, job: Job) -> str:
        return log_path(self.studio, job.id).read_text()

    # Processes

    def present(self) -> Presence:
        """Waits for the studio process and returns it."""
        return until(lambda: find_studio_process(self.studio))

    def fork_server(self) -> int:
        """The process id of the fork server."""
        for child in psutil.Process(self.present().pid).children():
            if any("forkserver" in word for word in child.cmdline()):
                return child.pid
        raise AssertionError("There is no fork server.")

    def start(self, **how: Any) -> subprocess.Popen[str]:
        """Starts a studio process as `cwtui studio` does, without an idle limit."""
        command = [sys.executable, "-m", "engine.jobs", str(self.studio), JOB_KINDS]
        process = subprocess.Popen(command, cwd=self.studio, text=True, **{"stderr": subprocess.DEVNULL, **how})
        self._started.append(process)
        return process

    def processes(self) -> list[psutil.Process]:
        """All processes of the studio: those whose current folder is the studio folder, without zombies."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if process.status() != psutil.STATUS_ZOMBIE and Path(process.cwd()) == self.studio:
                    found.append(process)
        return found

    def close(self) -> None:
        """Stops the studio process. Kills processes that remain after 20 s and fails if there are any."""
        self.catalog.close()
        try:
            until(self._has_left, seconds=20)
        finally:
            left = self.processes()
            for process in left:
                with suppress(psutil.Error):
                    process.kill()
            for started in self._started:
                started.wait()
        assert left == []

    def _has_left(self) -> bool:
        if present := find_studio_process(self.studio):
            try:
                stop_studio_process(self.studio, present)
            except EngineError:
                os.kill(present.pid, signal.SIGKILL)
        return not self.processes()
