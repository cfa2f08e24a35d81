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

import pytest

from engine.jobs import find_studio_process
from fixtures import clips

from .shell import CWTUI, Shell


@pytest.fixture(scope="module")
def long_take(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A take whose youtube-4k delivery takes long enough to be observed."""
    return clips.plain_take(tmp_path_factory.mktemp("camera") / "IMG_0001.MOV", 320, 180, rate=30, seconds=Fraction(25))


@pytest.fixture
def harbour(cwtui: Shell, long_take: Path) -> Shell:
    """A studio with the long take."""
    cwtui("new", "p")
    cwtui("ingest", long_take, "--no-prepare")
    return cwtui


def state_of(cwtui: Shell, job: str) -> str:
    return str(next(one["state"] for one in cwtui.json("jobs")["jobs"] if one["id"] == job))


def until_running(cwtui: Shell, job: str) -> None:
    deadline = time.monotonic() + 120
    while state_of(cwtui, job) != "running":
        assert time.monotonic() < deadline


class Terminal:
    """A pseudo-terminal with its own session, as in an SSH connection."""

    def __init__(self, cwtui: Shell, *words: str) -> None:
        self.pid, self._ours = pty.fork()
        if self.pid == 0:
            os.chdir(cwtui.folder)
            os.execve(CWTUI, [CWTUI, *words], {**cwtui.environment, "TERM": "xterm-256color", "LINES": "24"})
        self.shown = ""

    def until(self, words: str) -> None:
        """Reads the output until it contains `words`; fails after 120 s."""
        deadline = time.monotonic() + 120
        while words not in self.shown:
            assert time.monotonic() < deadline, self.shown
            if select.select([self._ours], [], [], 0.1)[0]:
                self.shown += os.read(self._ours, 1 << 16).decode(errors="replace")

    def hang_up(self) -> None:
        """Closes the terminal: the system sends SIGHUP to the session."""
        os.close(self._ours)
        os.waitpid(self.pid, 0)


@contextmanager
def terminal(cwtui: Shell, *words: str) -> Iterator[Terminal]:
    opened = Terminal(cwtui, *words)
    try:
        yield opened
    finally:
        try:
            os.kill(opened.pid, signal.SIGKILL)
            opened.hang_up()
        except (ProcessLookupError, ChildProcessError, OSError):
            pass


def test_a_dropped_connection_leaves_the_work_and_the_next_one_shows_it_at_once(harbour: Shell) -> None:
    with terminal(harbour, "deliver", "youtube-4k") as dropped:
        dropped.until("youtube-4k: 001-IMG_0001")
        dropped.hang_up()
    job = next(one for one in harbour.json("jobs")["jobs"] if one["kind"] == "deliver")
    assert job["state"] in ("queued", "running")
    with terminal(harbour, "jobs", "--watch") as again:
        again.until("youtube-4k: 001-IMG_0001")
        again.until("frames")
    delivered = harbour.json("deliver", "youtube-4k")
    assert all(check["passed"] for check in delivered["checks"])
    done = next(one for one in harbour.json("jobs")["jobs"] if one["kind"] == "deliver")
    assert (done["id"], done["attempts"]) == (job["id"], 1)


def test_detached_work_is_named_listed_logged_ended_and_tried_again(harbour: Shell) -> None:
    (asked,) = harbour.json("deliver", "youtube-4k", "--detach")["jobs"]
    job = asked["id"]
    until_running(harbour, job)
    listed = harbour.json("jobs")
    assert listed["studio"]["pid"] == find_studio_process(harbour.studio).pid  # type: ignore[union-attr]
    assert listed["counts"]["running"] == 1
    assert "youtube-4k: 001-IMG_0001" in harbour("jobs").stdout
    assert harbour.json("cancel", job[:6])["jobs"][0]["state"] == "cancelled"
    deliverables = harbour.studio / "p" / "deliverables"
    assert not [file for file in deliverables.rglob("*") if file.is_file() and not file.name.endswith(".lock")]
    assert "is cancelled" in harbour("cancel", job, code=2).stderr
    log = harbour.json("log", job)
    assert [passage["state"] for passage in log["journal"]] == ["queued", "running", "cancelled"]
    assert any("attempt 1 at deliver" in line for line in log["lines"])
    assert harbour.json("retry", job, "--wait")["state"] == "done"
    assert [passage["state"] for passage in harbour.json("log", job)["journal"]][3:] == ["queued", "running", "done"]
    assert harbour.json("deliver", "youtube-4k")["receipt"]


@pytest.mark.parametrize("again", [False, True])
def test_a_log_take_is_delivered_by_itself_once_it_is_confirmed(cwtui: Shell, log_take: Path, again: bool) -> None:
    cwtui("new", "p")
    cwtui("ingest", log_take, "--no-prepare")
    (asked,) = cwtui.json("deliver", "review-proxy", "--detach")["jobs"]
    assert asked["state"] == "blocked"
    assert "never guessed" in asked["error"]["message"]
    answer = ("--input-transform", "apple-log")
    cwtui(*(("ingest", log_take, "--no-prepare") if again else ("confirm", "1")), *answer)
    deadline = time.monotonic() + 120
    while not (
        made := [job for job in cwtui.json("jobs")["jobs"] if job["kind"] == "deliver" and job["state"] == "done"]
    ):
        assert time.monotonic() < deadline
    assert made[0]["parameters"]["input_transform"] == "apple-log"
    assert (cwtui.studio / "p" / "deliverables" / "review-proxy" / "001-IMG_0104.mp4").is_file()
    assert not [job for job in cwtui.json("jobs")["jobs"] if job["state"] == "blocked"]


def test_what_arrives_is_prepared_in_the_background(cwtui: Shell, small_take: Path) -> None:
    cwtui("new", "p")
    cwtui("ingest", small_take)
    # In a pipe, --watch prints a line for each change until all jobs have ended.
    followed = cwtui("jobs", "--watch").stdout
    assert "proxy: 001-IMG_0101: done" in followed
    assert {job["state"] for job in cwtui.json("jobs")["jobs"]} == {"done"}
    kinds = {job["kind"] for job in cwtui.json("jobs")["jobs"]}
    assert kinds == {"ingest", "probe", "levels", "proxy", "master", "transcribe", "diarize", "transcript", "condition"}
    assert (cwtui.studio / "p" / "proxies" / "001-IMG_0101.mp4").is_file()
    assert (cwtui.studio / "p" / "transcripts" / "001-IMG_0101.json").is_file()


def test_the_studio_process_says_who_it_is_and_leaves_when_asked(cwtui: Shell) -> None:
    cwtui("new", "p")
    here = subprocess.Popen([CWTUI, "studio"], env=cwtui.environment, cwd=cwtui.folder, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 120
    while not (present := find_studio_process(cwtui.studio)):
        assert time.monotonic() < deadline
    assert present.pid == here.pid
    refused = cwtui("studio", code=1)
    assert str(here.pid) in refused.stderr
    assert "already has a studio process" in refused.stderr
    cwtui("studio", "--stop")
    assert here.wait() == 0
    assert "studio process not running" in cwtui("studio", "--stop").stdout
    here.communicate()


def test_all_work_is_ended_with_one_word_and_goes_on_when_somebody_is_there(harbour: Shell) -> None:
    for recipe in ("youtube-4k", "review-proxy"):
        harbour("deliver", recipe, "--detach")
    harbour("studio", "--stop")
    assert "studio process not running" in harbour("jobs").stdout
    assert harbour.json("studio", "--detach")["studio"]["pid"] == find_studio_process(harbour.studio).pid  # type: ignore[union-attr]
    states = [job["state"] for job in harbour.json("cancel", "--all")["jobs"]]
    # One of them may have finished before the cancel request.
    assert "cancelled" in states
    assert set(states) <= {"cancelled", "done"}
    assert "no running or waiting jobs" in harbour("cancel", "--all").stdout
    assert "Name jobs by id" in harbour("cancel", code=2).stderr


def test_jobs_that_are_not_there_are_said_not_to_be(cwtui: Shell) -> None:
    cwtui("new", "p")
    for command in ("cancel", "retry", "log"):
        assert "There is no job nope" in cwtui(command, "nope", code=2).stderr
    assert "no jobs yet" in cwtui("jobs").stdout
