"""Jobs on the command line: detached, watched, cancelled and retried."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from engine.jobs import find_studio_process
from fixtures import clips
from tests.waiting import wait_until

from .shell import CWTUI, Shell


@pytest.fixture(scope="module")
def long_take(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A take whose delivery takes long enough to be observed."""
    return clips.plain_take(tmp_path_factory.mktemp("camera") / "IMG_0001.MOV", 320, 180, rate=30, seconds=Fraction(14))


@pytest.fixture
def shell(cwtui: Shell, long_take: Path) -> Shell:
    """A studio with the long take, and a recipe that delivers only its picture."""
    cwtui.import_takes(long_take)
    cwtui.add_picture_recipe()
    return cwtui


def delivery_of(cwtui: Shell) -> dict[str, Any]:
    (delivery,) = [job for job in cwtui.json("jobs")["jobs"] if job["kind"] == "deliver"]
    return dict(delivery)


def state_of(cwtui: Shell, job: str) -> str:
    return str(next(one["state"] for one in cwtui.json("jobs")["jobs"] if one["id"] == job))


class Terminal:
    """A pseudo-terminal with its own session, as in an SSH connection."""

    def __init__(self, cwtui: Shell, *arguments: str) -> None:
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.chdir(cwtui.folder)
            os.execve(CWTUI, [CWTUI, *arguments], {**cwtui.environment, "TERM": "xterm-256color", "LINES": "24"})
        self.output = ""

    def wait_for(self, text: str) -> None:
        """Reads the output until it contains `text`; fails after 120 s."""
        deadline = time.monotonic() + 120
        while text not in self.output:
            assert time.monotonic() < deadline, self.output
            if select.select([self._fd], [], [], 0.1)[0]:
                self.output += os.read(self._fd, 1 << 16).decode(errors="replace")

    def hang_up(self) -> None:
        """Closes the terminal: the system sends SIGHUP to the session."""
        os.close(self._fd)
        os.waitpid(self.pid, 0)


@contextmanager
def terminal(cwtui: Shell, *arguments: str) -> Iterator[Terminal]:
    opened = Terminal(cwtui, *arguments)
    try:
        yield opened
    finally:
        try:
            os.kill(opened.pid, signal.SIGKILL)
            opened.hang_up()
        except (ProcessLookupError, ChildProcessError, OSError):
            pass


def test_a_job_continues_after_a_dropped_connection_and_is_watched_cancelled_and_retried(shell: Shell) -> None:
    with terminal(shell, "deliver", "picture-only") as dropped:
        dropped.wait_for("picture-only: 001-IMG_0001")
        dropped.hang_up()
    job = next(one["id"] for one in shell.json("jobs")["jobs"] if one["kind"] == "deliver")
    assert state_of(shell, job) in ("queued", "running")
    with terminal(shell, "jobs", "--watch") as reconnected:
        reconnected.wait_for("picture-only: 001-IMG_0001")
        reconnected.wait_for("frames")

    listed = shell.json("jobs")
    (row,) = [one for one in listed["jobs"] if one["id"] == job]
    assert (row["state"], row["attempts"]) == ("running", 1)
    assert listed["studio"]["pid"] == find_studio_process(shell.studio).pid  # type: ignore[union-attr]
    assert listed["counts"]["running"] == 1
    assert "picture-only: 001-IMG_0001" in shell("jobs").stdout
    assert listed["time_left"] == {"seconds": 0.0, "complete": False} or listed["time_left"]["seconds"] > 0

    cancelled = shell.json("cancel", job[:6])["jobs"][0]
    assert cancelled["state"] == "cancelled"
    assert cancelled["cancelled_by"].startswith("cwtui cancel on ")
    assert "cancelled by cwtui cancel on" in " ".join(shell("jobs").stdout.split())
    deliverables = shell.studio / "p" / "deliverables"
    assert not [file for file in deliverables.rglob("*") if file.is_file() and not file.name.endswith(".lock")]
    assert "is cancelled" in shell("cancel", job, code=2).stderr
    log = shell.json("log", job)
    assert [event["state"] for event in log["journal"]] == ["queued", "running", "cancelled"]
    assert log["journal"][-1]["note"] == f"by {cancelled['cancelled_by']}"
    assert any("attempt 1 at deliver" in line for line in log["lines"])

    assert shell.json("retry", job, "--wait")["state"] == "done"
    assert [event["state"] for event in shell.json("log", job)["journal"]][3:] == ["queued", "running", "done"]
    delivered = shell.json("deliver", "picture-only")
    assert delivered["receipt"]
    assert all(check["passed"] for check in delivered["checks"])
    done = next(one for one in shell.json("jobs")["jobs"] if one["kind"] == "deliver")
    assert (done["id"], done["attempts"]) == (job, 2)


@pytest.mark.parametrize("by_ingest", [False, True])
def test_a_blocked_delivery_runs_once_its_log_take_is_confirmed(cwtui: Shell, log_take: Path, by_ingest: bool) -> None:
    cwtui.import_takes(log_take)
    cwtui.add_picture_recipe()
    (submitted,) = cwtui.json("deliver", "picture-only", "--detach")["jobs"]
    assert submitted["state"] == "blocked"
    assert "never guessed" in submitted["error"]["message"]
    options = ("--input-transform", "apple-log")
    cwtui(*(("ingest", log_take, "--no-prepare") if by_ingest else ("confirm", "1")), *options)
    # Both ways continue the job. It runs to its end after one of them. Each look takes processor time from it.
    states = ("queued", "running", "done") if by_ingest else ("done",)
    wait_until(lambda: delivery_of(cwtui)["state"] in states, pause=0.2)
    assert delivery_of(cwtui)["parameters"]["input_transform"] == "apple-log"
    if not by_ingest:
        assert (cwtui.studio / "p" / "deliverables" / "picture-only" / "001-IMG_0104.mp4").is_file()
    assert not [job for job in cwtui.json("jobs")["jobs"] if job["state"] == "blocked"]


def test_an_ingested_take_is_prepared_in_the_background(cwtui: Shell, small_take: Path) -> None:
    cwtui("new", "p")
    cwtui("ingest", small_take)
    # In a pipe, --watch prints a line for each change until all jobs have ended.
    output = cwtui("jobs", "--watch").stdout
    assert "make the proxy of 001-IMG_0101: done" in output
    assert {job["state"] for job in cwtui.json("jobs")["jobs"]} == {"done"}
    kinds = {job["kind"] for job in cwtui.json("jobs")["jobs"]}
    assert kinds == {
        "ingest",
        "probe",
        "levels",
        "draft",
        "proxy",
        "master",
        "transcribe",
        "diarize",
        "transcript",
        "condition",
    }
    assert (cwtui.studio / "p" / "proxies" / "001-IMG_0101.mp4").is_file()
    assert (cwtui.studio / "p" / "transcripts" / "001-IMG_0101.json").is_file()


def test_the_studio_process_reports_its_pid_and_stops_on_request(cwtui: Shell) -> None:
    cwtui("new", "p")
    process = subprocess.Popen([CWTUI, "studio"], env=cwtui.environment, cwd=cwtui.folder, stderr=subprocess.PIPE)
    wait_until(lambda: find_studio_process(cwtui.studio))
    found = find_studio_process(cwtui.studio)
    assert found
    assert found.pid == process.pid
    refusal = cwtui("studio", code=1)
    assert str(process.pid) in refusal.stderr
    assert "already has a studio process" in refusal.stderr
    # A second request, while it exits, does not turn the exit into a kill.
    os.kill(process.pid, signal.SIGTERM)
    cwtui("studio", "--stop")
    assert process.wait() == 0
    assert "studio process not running" in cwtui("studio", "--stop").stdout
    process.communicate()


def test_cancel_all_cancels_jobs_after_a_studio_restart(shell: Shell) -> None:
    shell.add_sound_recipe()
    for recipe in ("picture-only", "sound-only"):
        shell("deliver", recipe, "--detach")
    shell("studio", "--stop")
    assert "studio process not running" in shell("jobs").stdout
    assert shell.json("studio", "--detach")["studio"]["pid"] == find_studio_process(shell.studio).pid  # type: ignore[union-attr]
    states = [job["state"] for job in shell.json("cancel", "--all")["jobs"]]
    # One of them may have finished before the cancel request.
    assert "cancelled" in states
    assert set(states) <= {"cancelled", "done"}
    assert "no running or waiting jobs" in shell("cancel", "--all").stdout
    assert "Name jobs by id" in shell("cancel", code=2).stderr


def test_commands_for_an_unknown_job_report_it(cwtui: Shell) -> None:
    cwtui("new", "p")
    for command in ("cancel", "retry", "log"):
        assert "There is no job nope" in cwtui(command, "nope", code=2).stderr
    assert "no jobs yet" in cwtui("jobs").stdout
