"""A studio with machines as real processes on loopback: a studio process, a scheduler, supervisors and their agents."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

from engine.catalog import Farm as FarmTable
from engine.catalog import FarmListener, FarmMachine, Job, JobState
from engine.farm import ContentLimits
from engine.farm.caps import Caps, save_caps
from engine.farm.dask_credentials import scheduler_credentials
from engine.jobs import JobRequest, find_studio_process
from tests.farm.farm import HOST, Farm
from tests.farm.work_kinds import Work, kinds
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]


@dataclass
class Machine:
    """A machine and its supervisor's process."""

    name: str
    folder: Path
    process: subprocess.Popen[bytes]
    log: Path

    def agent(self) -> int:
        """The process id of its agent."""
        return _child(self.process.pid, "engine.farm.dask_agent")

    def processes(self) -> list[psutil.Process]:
        """The supervisor and all its descendants."""
        with suppress(psutil.NoSuchProcess):
            leader = psutil.Process(self.process.pid)
            return [leader, *leader.children(recursive=True)]
        return []


@dataclass
class Machines:
    """Starts the processes of a farm, and ends them."""

    farm: Farm
    folder: Path
    scheduler_port: int
    job_kinds: str = "tests.farm.work_kinds:kinds"
    pool: str = "tests.farm.work_kinds:trusting_pool"
    studio_process: subprocess.Popen[bytes] | None = None
    machines: list[Machine] = field(default_factory=list)

    @classmethod
    def beside(
        cls, farm: Farm, folder: Path, pool: str = "trusting_pool", lease: timedelta = timedelta(minutes=5)
    ) -> Machines:
        """A farm with a content server in this process, and a free port for the scheduler."""
        farm.start(ContentLimits(reserve=0, lease=lease))
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        made = cls(farm, folder, port, pool=f"tests.farm.work_kinds:{pool}")
        (folder / "gates").mkdir(parents=True)
        leaf, at = farm.authority.leaf(HOST, "dask"), scheduler_credentials(farm.studio)
        at.certificate.parent.mkdir(parents=True)
        for source, target in (
            (leaf.key, at.key), (leaf.authority, at.authority), (leaf.certificate, at.certificate)
        ):  # fmt: skip
            shutil.copy(source, target)
        return made

    @property
    def table(self) -> FarmTable:
        return self.farm.catalog.farm

    # Processes

    def start_studio(self) -> None:
        command = [sys.executable, "-m", "engine.jobs", str(self.farm.studio), self.job_kinds]
        log = (self.folder / "studio.log").open("a")
        self.studio_process = subprocess.Popen(
            [*command, "--remote-pool", self.pool], env=self._environment(), stderr=log, cwd=self.farm.studio
        )
        wait_until(lambda: find_studio_process(self.farm.studio))

    def listen(self) -> None:
        """Start the studio process and the job that listens, and wait until the scheduler does."""
        request = JobRequest(kinds(self.farm.studio)["host"], Work(name="host"))
        (job,) = self.farm.catalog.queue.submit([request.as_job()])
        assert self.farm.server is not None
        listener = FarmListener(
            job_id=job.id,
            interface="lo",
            address="127.0.0.1",
            pairing_port=1,
            content_port=self.farm.server.port,
            scheduler_port=self.scheduler_port,
            name="farm",
            fingerprint="0" * 64,
            since=datetime.now(UTC),
        )
        self.table.set_listener(listener)
        self.start_studio()
        wait_until(self.scheduler_listens)

    def scheduler(self) -> int:
        """The process id of the scheduler."""
        assert self.studio_process is not None
        return _child(self.studio_process.pid, "engine.farm.scheduler_process")

    def scheduler_listens(self) -> bool:
        with socket.socket() as plain:
            return plain.connect_ex(("127.0.0.1", self.scheduler_port)) == 0

    def join(self, name: str, job_kinds: str = "kinds", caps: Caps | None = None) -> Machine:
        """Add a machine and start its supervisor, and wait until it has reported and its agent has registered."""
        self.farm.add_machine(name)
        content, dask = self.farm.authority.leaf(name), self.farm.authority.leaf(name, "dask")
        assert self.farm.server is not None
        folder = self.folder / name
        save_caps(folder, caps or Caps(cores=2))
        settings = {
            "folder": str(folder),
            "name": name,
            "host": HOST,
            "content": [str(content.certificate), str(content.key), str(content.authority)],
            "dask": [str(dask.certificate), str(dask.key), str(dask.authority)],
            "content_port": self.farm.server.port,
            "scheduler_port": self.scheduler_port,
            "kinds": f"tests.farm.work_kinds:{job_kinds}",
        }
        (folder / "settings.json").write_text(json.dumps(settings))
        machine = self._start(name, folder)
        wait_until(lambda: self.has_reported(name))
        return machine

    def _start(self, name: str, folder: Path) -> Machine:
        log = folder / "supervisor.log"
        settings = (folder / "settings.json").read_text()
        with log.open("a") as said:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.farm.machine_process", settings],
                env=self._environment(), cwd=ROOT, stdout=said, stderr=said,
            )  # fmt: skip
        machine = Machine(name, folder, process, log)
        self.machines = [one for one in self.machines if one.name != name] + [machine]
        return machine

    def known(self, name: str) -> FarmMachine:
        """The row of a machine."""
        machine = self.table.machine(name)
        assert machine is not None
        return machine

    def _environment(self) -> dict[str, str]:
        modules = os.pathsep.join([str(ROOT), str(self.folder / "gates")])
        return {**os.environ, "PYTHONPATH": modules, "SECRET_OF_A_TEST": "1"}

    def has_reported(self, name: str) -> bool:
        known = self.table.machine(name)
        return known is not None and known.seen_at is not None

    # Jobs

    def submit(self, kind: str = "make", **parameters: Any) -> Job:
        request = JobRequest(kinds(self.farm.studio)[kind], Work(**parameters))
        (job,) = self.farm.catalog.queue.submit([request.as_job()])
        return job

    def row(self, job: Job) -> Job:
        row = self.farm.catalog.queue.job(job.id)
        assert row is not None
        return row

    def finish(self, job: Job) -> Job:
        """Wait until a job has ended, and return its row."""
        wait_until(lambda: not self.row(job).state.open)
        return self.row(job)

    def notes(self, job: Job) -> list[str]:
        return [event.note for event in self.farm.catalog.queue.journal(job.id) if event.note]

    def claimed(self, job: Job) -> str:
        """Wait until a machine runs a job. Return its name."""

        def machine() -> str | None:
            row = self.row(job)
            rows = self.table.leases_of(job.id, row.attempts)
            return next((one.machine for one in rows if one.state == "claimed" and one.done), None)

        return wait_until(machine)

    def open_gate(self, name: str) -> None:
        (self.folder / "gates" / name).touch()

    def made(self, job: Job) -> bytes:
        assert self.row(job).state is JobState.DONE, self.row(job).error
        return (self.farm.studio / "work" / "made" / job.title).read_bytes()

    def close(self) -> None:
        """End all processes. Their ends are waited for: they must not outlive the test."""
        for machine in self.machines:
            for process in machine.processes():
                with suppress(psutil.Error):
                    process.send_signal(signal.SIGCONT)
                    process.kill()
            machine.process.wait()
        if self.studio_process:
            left = (
                psutil.Process(self.studio_process.pid).children(recursive=True)
                if self.studio_process.poll() is None
                else []
            )
            self.studio_process.kill()
            self.studio_process.wait()
            for process in left:
                with suppress(psutil.Error):
                    process.kill()


def _child(pid: int, module: str) -> int:
    def find() -> int | None:
        for child in psutil.Process(pid).children():
            with suppress(psutil.Error):
                if module in child.cmdline():
                    return child.pid
        return None

    return wait_until(find)
