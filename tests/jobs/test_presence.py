"""The presence of a studio process: a single one per folder, which survives its terminal and exits when idle."""

from __future__ import annotations

import fcntl
import os
import pty
import shutil
import signal
import socket
import subprocess
import sys
import termios
from pathlib import Path
from typing import Any

import pytest

from engine.catalog import JobState
from engine.errors import EngineError
from engine.jobs import find_studio_process, stop_studio_process
from engine.jobs.presence import LOCK

from .sample_kinds import step
from .studio_harness import StudioHarness, is_gone, until

CONSOLE = Path(__file__).with_name("client_process.py")


class Terminal:
    """A pseudo-terminal that becomes the controlling terminal of a process's session."""

    def __init__(self) -> None:
        self._line, self.end = pty.openpty()

    @property
    def session(self) -> dict[str, Any]:
        """The Popen arguments for the session leader."""

        def take_the_terminal() -> None:
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        ends = {"stdin": self.end, "stdout": self.end, "stderr": self.end}
        return {**ends, "start_new_session": True, "preexec_fn": take_the_terminal}

    def hang_up(self) -> None:
        os.close(self.end)
        os.close(self._line)


def test_of_two_that_start_at_once_one_stays_and_the_other_says_who(room: StudioHarness) -> None:
    both = [room.start(stderr=subprocess.PIPE) for _ in range(2)]
    present = room.present()
    stays, leaves = sorted(both, key=lambda process: process.pid != present.pid)
    _, said = leaves.communicate(timeout=120)
    assert leaves.returncode == 1
    assert f"already has a studio process: {stays.pid} on {socket.gethostname()} since" in said
    assert f"kill {stays.pid}" in said
    assert "Traceback" not in said
    assert stays.poll() is None


def test_the_dead_hold_nothing(room: StudioHarness) -> None:
    first = room.start()
    assert room.present().pid == first.pid
    first.kill()
    first.wait()
    second = room.start()
    until(lambda: (there := find_studio_process(room.studio)) and there.pid == second.pid)
    assert room.finish(step("empty"))[0].state is JobState.DONE
    stop_studio_process(room.studio, room.present())
    assert second.wait(120) == 0
    assert find_studio_process(room.studio) is None


def test_a_summoned_one_leaves_when_there_is_nothing_to_do(tmp_path: Path) -> None:
    room = StudioHarness(tmp_path / "studio", idle=0.1)
    room.finish(step("empty"))
    until(lambda: room.processes() == [])
    assert find_studio_process(room.studio) is None
    room.close()


def test_a_desk_calls_one_studio_process_however_much_it_asks_for(room: StudioHarness) -> None:
    jobs = [job for number in range(20) for job in room.ask(step("empty", name=str(number)))]
    assert {job.state for job in room.desk.wait(jobs)} == {JobState.DONE}
    # A second studio process, spawned because the first was slow to start, exits at once.
    log = (room.studio / "work" / "studio.log").read_text().splitlines()
    (working,) = [line for line in log if " studio process " in line]
    assert f"studio process {room.present().pid} at" in working


def test_work_that_is_asked_for_as_it_leaves_is_not_lost(tmp_path: Path) -> None:
    room = StudioHarness(tmp_path / "studio", idle=0)
    for number in range(5):
        (job,) = room.ask(step("empty", name=str(number)))
        # Do not call `JobClient.wait`, which would start a studio process.
        until(lambda job=job: room.row(job).state is JobState.DONE)
    room.close()


def test_a_closed_terminal_does_not_end_a_studio_process_that_was_started_in_it(
    room: StudioHarness, tmp_path: Path
) -> None:
    terminal = Terminal()
    studio = room.start(**terminal.session)
    assert room.present().pid == studio.pid
    (job,) = room.ask(step("hold", path=tmp_path / "go"))
    process = room.at_work(job)
    terminal.hang_up()
    os.kill(studio.pid, signal.SIGHUP)
    (tmp_path / "go").touch()
    assert room.end_of(job).state is JobState.DONE
    assert room.finish(step("empty"))[0].state is JobState.DONE
    assert is_gone(process)
    assert room.present().pid == studio.pid
    assert room.row(job).attempts == 1


def test_a_closed_terminal_ends_the_console_and_not_the_work(room: StudioHarness) -> None:
    terminal = Terminal()
    words = [sys.executable, str(CONSOLE), str(room.studio), "hold", "mine"]
    console = subprocess.Popen(words, **terminal.session)
    job = until(lambda: room.queue.job(step("hold", name="mine", path=room.studio / "go").id))
    process = room.at_work(job)
    terminal.hang_up()
    assert console.wait(120) == -signal.SIGHUP
    assert room.at_work(job) == process
    (room.studio / "go").touch()
    assert room.end_of(job).attempts == 1


def test_a_studio_process_of_another_version_makes_way_and_its_work_goes_on(room: StudioHarness) -> None:
    (job,) = room.ask(step("hold", path=room.studio / "go"))
    room.at_work(job)
    old = room.present()
    (room.studio / LOCK).write_text(old.model_copy(update={"version": "0.0.1"}).model_dump_json())
    (room.studio / "go").touch()
    room.desk.ensure_running()
    assert room.end_of(job).state is JobState.DONE
    room.finish(step("empty"))
    assert room.present().pid != old.pid


def test_a_studio_process_that_cannot_stay_is_told_of_and_the_work_waits(tmp_path: Path) -> None:
    room = StudioHarness(tmp_path / "studio")
    (room.studio / LOCK).mkdir()
    (job,) = room.ask(step("empty"))
    with pytest.raises(EngineError, match=r"exits right after its start(.|\n)*IsADirectoryError"):
        room.desk.wait([job])
    (room.studio / LOCK).rmdir()
    assert room.row(job).state is JobState.QUEUED
    assert StudioHarness(room.studio).finish(step("empty"))[0].state is JobState.DONE
    room.close()


def test_a_studio_process_that_is_silent_is_told_of(room: StudioHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.jobs.client._SILENCE_TIMEOUT_S", 0.0)
    room.finish(step("empty"))
    present = room.present()
    os.kill(present.pid, signal.SIGSTOP)
    try:
        os.utime(room.studio / LOCK, (0, 0))
        (job,) = room.ask(step("empty", name="unheard"))
        with pytest.raises(EngineError, match=rf"{present.pid} has not responded for"):
            room.desk.wait([job])
    finally:
        os.kill(present.pid, signal.SIGCONT)
    assert room.end_of(job).state is JobState.DONE


def test_a_studio_process_whose_folder_is_taken_away_ends_with_its_jobs(room: StudioHarness) -> None:
    (job,) = room.ask(step("hold"))
    process, studio = room.at_work(job), room.present().pid
    shutil.rmtree(room.studio)
    until(lambda: is_gone(studio) and is_gone(process))
