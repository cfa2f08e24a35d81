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
import threading
from pathlib import Path
from typing import Any

import pytest

from engine.catalog import JobState
from engine.errors import EngineError
from engine.jobs import find_studio_process, presence, stop_studio_process
from engine.jobs.presence import LOCK
from tests.waiting import wait_until

from .sample_kinds import request
from .studio_harness import StudioHarness, has_exited

CLIENT_SCRIPT = Path(__file__).with_name("client_process.py")


class Terminal:
    """A pseudo-terminal that becomes the controlling terminal of a process's session."""

    def __init__(self) -> None:
        self._controller, self.terminal_fd = pty.openpty()

    @property
    def session(self) -> dict[str, Any]:
        """The Popen arguments for the session leader."""

        def take_the_terminal() -> None:
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        ends = {"stdin": self.terminal_fd, "stdout": self.terminal_fd, "stderr": self.terminal_fd}
        return {**ends, "start_new_session": True, "preexec_fn": take_the_terminal}

    def hang_up(self) -> None:
        os.close(self.terminal_fd)
        os.close(self._controller)


def test_a_second_studio_process_exits_with_an_error(harness: StudioHarness) -> None:
    processes = [harness.start(stderr=subprocess.PIPE) for _ in range(2)]
    presence = harness.studio_process()
    running, exited = sorted(processes, key=lambda process: process.pid != presence.pid)
    _, errors = exited.communicate(timeout=120)
    assert exited.returncode == 1
    assert f"already has a studio process: {running.pid} on {socket.gethostname()} since" in errors
    assert f"kill {running.pid}" in errors
    assert "Traceback" not in errors
    assert running.poll() is None


def test_a_killed_studio_process_can_be_replaced(harness: StudioHarness) -> None:
    first = harness.start()
    assert harness.studio_process().pid == first.pid
    first.kill()
    first.wait()
    second = harness.start()
    wait_until(lambda: (presence := find_studio_process(harness.studio)) and presence.pid == second.pid)
    assert harness.finish(request("empty"))[0].state is JobState.DONE
    stop_studio_process(harness.studio, harness.studio_process())
    assert second.wait(120) == 0
    assert find_studio_process(harness.studio) is None


BUSY = """
import signal, sys
from pathlib import Path
from engine.jobs.presence import StudioLock
signal.signal(signal.SIGTERM, signal.SIG_IGN)
lock = StudioLock.acquire(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
lock.release()
"""


def test_a_stop_waits_for_a_process_that_is_alive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = [sys.executable, "-c", BUSY, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as busy:
        assert busy.stdin
        assert busy.stdout
        assert busy.stdout.readline() == "ready\n"
        present = find_studio_process(tmp_path)
        assert present
        monkeypatch.setattr(presence, "_STOP_NOTICE_S", 0.0)
        monkeypatch.setattr(presence, "_STOP_TIMEOUT_S", 0.0)
        # It has had no heartbeat for long.
        os.utime(tmp_path / LOCK, (0, 0))
        with pytest.raises(EngineError, match=f"Process {busy.pid} has not responded"):
            stop_studio_process(tmp_path, present)
        # The next heartbeats are in time.
        monkeypatch.setattr(presence, "_STOP_TIMEOUT_S", 60.0)
        stop_studio_process(tmp_path, present, lambda: print(file=busy.stdin, flush=True))
        assert busy.wait(120) == 0


def test_a_spawned_studio_process_exits_when_idle(tmp_path: Path) -> None:
    harness = StudioHarness(tmp_path / "studio", idle=0.1)
    harness.finish(request("empty"))
    wait_until(lambda: harness.processes() == [])
    assert find_studio_process(harness.studio) is None
    harness.close()


def test_a_client_starts_a_single_studio_process(harness: StudioHarness) -> None:
    jobs = [job for number in range(20) for job in harness.submit(request("empty", name=str(number)))]
    assert {job.state for job in harness.client.wait(jobs)} == {JobState.DONE}
    # A second studio process, spawned because the first was slow to start, exits at once.
    log = (harness.studio / "work" / "studio.log").read_text().splitlines()
    (started,) = [line for line in log if " studio process " in line]
    assert f"studio process {harness.studio_process().pid} at" in started


def test_a_job_submitted_during_an_idle_exit_is_run(tmp_path: Path) -> None:
    harness = StudioHarness(tmp_path / "studio", idle=0)
    for number in range(5):
        (job,) = harness.submit(request("empty", name=str(number)))
        # Do not call `JobClient.wait`, which would start a studio process.
        wait_until(lambda job=job: harness.row(job).state is JobState.DONE)
    harness.close()


def test_a_studio_process_survives_its_closed_terminal(harness: StudioHarness, tmp_path: Path) -> None:
    terminal = Terminal()
    studio = harness.start(**terminal.session)
    assert harness.studio_process().pid == studio.pid
    (job,) = harness.submit(request("hold", path=tmp_path / "go"))
    process = harness.wait_until_running(job)
    terminal.hang_up()
    os.kill(studio.pid, signal.SIGHUP)
    (tmp_path / "go").touch()
    assert harness.wait(job).state is JobState.DONE
    assert harness.finish(request("empty"))[0].state is JobState.DONE
    assert has_exited(process)
    assert harness.studio_process().pid == studio.pid
    assert harness.row(job).attempts == 1


def test_a_job_survives_the_closed_terminal_of_its_client(harness: StudioHarness) -> None:
    terminal = Terminal()
    command = [sys.executable, str(CLIENT_SCRIPT), str(harness.studio), "hold", "mine"]
    client = subprocess.Popen(command, **terminal.session)
    job = wait_until(lambda: harness.queue.job(request("hold", name="mine", path=harness.studio / "go").id))
    process = harness.wait_until_running(job)
    terminal.hang_up()
    assert client.wait(120) == -signal.SIGHUP
    assert harness.wait_until_running(job) == process
    (harness.studio / "go").touch()
    assert harness.wait(job).attempts == 1


def test_a_studio_process_of_another_version_is_replaced(harness: StudioHarness) -> None:
    (job,) = harness.submit(request("hold", path=harness.studio / "go"))
    harness.wait_until_running(job)
    old = harness.studio_process()
    (harness.studio / LOCK).write_text(old.model_copy(update={"version": "0.0.1"}).model_dump_json())
    (harness.studio / "go").touch()
    harness.client.ensure_running()
    assert harness.wait(job).state is JobState.DONE
    harness.finish(request("empty"))
    assert harness.studio_process().pid != old.pid


def test_a_studio_process_that_fails_to_start_is_reported(tmp_path: Path) -> None:
    harness = StudioHarness(tmp_path / "studio")
    (harness.studio / LOCK).mkdir()
    (job,) = harness.submit(request("empty"))
    with pytest.raises(EngineError, match=r"exits right after its start(.|\n)*IsADirectoryError"):
        harness.client.wait([job])
    (harness.studio / LOCK).rmdir()
    assert harness.row(job).state is JobState.QUEUED
    assert StudioHarness(harness.studio).finish(request("empty"))[0].state is JobState.DONE
    harness.close()


def test_a_suspended_studio_process_is_reported(harness: StudioHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.jobs.liveness._IDLE_S", 0.0)
    harness.finish(request("empty"))
    presence = harness.studio_process()
    os.kill(presence.pid, signal.SIGSTOP)
    try:
        os.utime(harness.studio / LOCK, (0, 0))
        (job,) = harness.submit(request("empty", name="unheard"))
        with pytest.raises(EngineError, match=rf"{presence.pid} is suspended"):
            harness.client.wait([job])
    finally:
        os.kill(presence.pid, signal.SIGCONT)
    assert harness.wait(job).state is JobState.DONE


def test_a_studio_process_and_its_jobs_end_when_the_folder_is_removed(harness: StudioHarness) -> None:
    (job,) = harness.submit(request("hold"))
    process, studio = harness.wait_until_running(job), harness.studio_process().pid
    shutil.rmtree(harness.studio)
    wait_until(lambda: has_exited(studio) and has_exited(process))


def test_a_studio_process_responds_while_its_modules_are_imported(harness: StudioHarness, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    # The import lasts until the FIFO has been opened for writing.
    (tmp_path / "slow_kinds.py").write_text(f"open({str(gate)!r}).close()\nfrom sample_kinds import kinds\n")
    path = os.pathsep.join([str(tmp_path), os.environ["PYTHONPATH"]])
    command = [sys.executable, "-m", "engine.jobs", str(harness.studio), "slow_kinds:kinds"]
    process = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": path}, stderr=subprocess.DEVNULL)
    try:
        presence = harness.studio_process()
        os.utime(harness.studio / LOCK, (0, 0))
        wait_until(lambda: (harness.studio / LOCK).stat().st_mtime > 0)
        stop_studio_process(harness.studio, presence)
        assert process.wait(120) == 0
    finally:
        process.kill()
        process.wait()
        # The import may not have begun yet.
        wait_until(lambda: open_for_writing(gate) or not harness.processes())


def open_for_writing(fifo: Path) -> bool:
    """Opens a FIFO and closes it again. Returns whether a process reads it."""
    try:
        os.close(os.open(fifo, os.O_WRONLY | os.O_NONBLOCK))
    except OSError:
        return False
    return True


def test_a_killed_studio_process_is_replaced_while_a_service_is_on_and_a_stopped_one_is_not(
    harness: StudioHarness, tmp_path: Path
) -> None:
    harness.client.resume_services()
    assert harness.queue.jobs() == []
    service = request("hold", path=tmp_path / "go").as_job().model_copy(update={"cpu_limit": 0})
    harness.queue.submit([service])
    harness.client.ensure_running()
    harness.wait_until_running(service)
    first = harness.studio_process().pid
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: find_studio_process(harness.studio) is None)
    harness.client.resume_services()
    second = wait_until(lambda: find_studio_process(harness.studio))
    harness.wait_until_running(service, attempt=2)
    stop_studio_process(harness.studio, second)
    assert harness.row(service).state is JobState.QUEUED
    assert not presence.was_killed(harness.studio)
    harness.client.resume_services()
    assert find_studio_process(harness.studio) is None


@pytest.mark.parametrize("before", ["nothing", "a dead process", "a zombie"])
def test_the_presence_of_a_new_owner_is_waited_for(tmp_path: Path, before: str) -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    if before != "a zombie":
        child.wait()
    lock = presence.StudioLock.acquire(tmp_path)
    path = tmp_path / presence.LOCK
    content = path.read_bytes()
    earlier = lock._presence.model_copy(update={"pid": child.pid}).model_dump_json().encode()
    path.write_bytes(b"" if before == "nothing" else earlier)
    writer = threading.Timer(0.05, lambda: path.write_bytes(content))
    writer.start()

    found = find_studio_process(tmp_path)

    writer.join()
    child.wait()
    lock.release()
    assert found
    assert found.pid == os.getpid()


def test_a_reader_finds_a_whole_presence_while_it_is_updated(tmp_path: Path) -> None:
    lock = presence.StudioLock.acquire(tmp_path)
    ended = threading.Event()

    def update() -> None:
        while not ended.is_set():
            lock.update(awake=True)
            lock.update(awake=False)

    writer = threading.Thread(target=update)
    writer.start()
    read = [(tmp_path / presence.LOCK).read_bytes() for _ in range(2000)]
    ended.set()
    writer.join()
    lock.release()
    for content in set(read):
        assert presence.Presence.model_validate_json(content).pid == os.getpid()
