"""A studio folder with a job client, for tests that observe its processes from outside."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from engine.catalog import Catalog, Job, JobEvent, JobState
from engine.errors import EngineError
from engine.jobs import JobClient, JobRequest, Presence, find_studio_process, log_path, stop_studio_process
from engine.jobs.paths import job_folder
from tests.waiting import wait_until

JOB_KINDS = "sample_kinds:kinds"


def has_exited(process: int) -> bool:
    """Whether a process has ended; zombies count as ended."""
    try:
        return psutil.Process(process).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def group_has_exited(group: int) -> bool:
    """Whether a process group has no live process."""
    for process in psutil.process_iter():
        with suppress(psutil.Error, ProcessLookupError):
            if os.getpgid(process.pid) == group and not has_exited(process.pid):
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
        self.client = JobClient(self.catalog, self.studio, JOB_KINDS, idle=self._idle)

    def submit(self, *requests: JobRequest) -> list[Job]:
        return self.client.submit(requests)

    def finish(self, *requests: JobRequest) -> list[Job]:
        """Submits requests and waits for their jobs."""
        return self.client.wait(self.submit(*requests))

    def wait(self, job: Job) -> Job:
        """Waits for the job and returns its row."""
        (row,) = self.client.wait([job])
        return row

    def row(self, job: Job) -> Job:
        """The current row of a job."""
        row = self.queue.job(job.id)
        assert row is not None
        return row

    def states(self, job: Job) -> list[JobState]:
        """The states of a job, in order."""
        return [event.state for event in self.events(job)]

    def events(self, job: Job) -> list[JobEvent]:
        return self.queue.journal(job.id)

    def wait_until_running(self, job: Job, attempt: int = 1) -> int:
        """Waits until a job runs and has reported progress. Returns its process id."""
        wait_until(
            lambda: (row := self.row(job)).state is JobState.RUNNING and row.attempts == attempt and row.done > 0
        )
        return int((self.folder(job) / "lock").read_text())

    def folder(self, job: Job) -> Path:
        return job_folder(self.studio, job.id)

    def log(self, job: Job) -> str:
        return log_path(self.studio, job.id).read_text()

    # Processes

    def studio_process(self) -> Presence:
        """Waits for the studio process and returns it."""
        return wait_until(lambda: find_studio_process(self.studio))

    def fork_server(self) -> int:
        """The process id of the fork server."""
        for child in psutil.Process(self.studio_process().pid).children():
            if any("forkserver" in word for word in child.cmdline()):
                return child.pid
        raise AssertionError("There is no fork server.")

    def start(self, **options: Any) -> subprocess.Popen[str]:
        """Starts a studio process as `cwtui studio` does, without an idle limit."""
        command = [sys.executable, "-m", "engine.jobs", str(self.studio), JOB_KINDS]
        process = subprocess.Popen(command, cwd=self.studio, text=True, **{"stderr": subprocess.DEVNULL, **options})
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
        """Stops the studio process. Kills processes that remain after 2 minutes and fails if there are any."""
        self.catalog.close()
        try:
            wait_until(self._has_stopped, seconds=120)
        finally:
            remaining = self.processes()
            for process in remaining:
                with suppress(psutil.Error):
                    process.kill()
            for started in self._started:
                started.wait()
        assert remaining == []

    def _has_stopped(self) -> bool:
        if process := find_studio_process(self.studio):
            try:
                stop_studio_process(self.studio, process)
            except EngineError:
                os.kill(process.pid, signal.SIGKILL)
        return not self.processes()
