"""A job can change files only in the studio."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import EngineError
from engine.jobs.sandbox import SandboxPolicy, confine

from .confined_process import LINUX, ConfinedProcess

pytestmark = LINUX

CHANGES = {
    "write": "(outside / 'file').open('r+')",
    "append": "(outside / 'file').open('a')",
    "create": "(outside / 'new').open('w')",
    "truncate": "os.truncate(outside / 'file', 0)",
    "remove": "(outside / 'file').unlink()",
    "rename": "(outside / 'file').rename(outside / 'other')",
    "move out": "(studio / 'file').rename(outside / 'new')",
    "move in": "(outside / 'file').rename(studio / 'new')",
    "make a folder": "(outside / 'new').mkdir()",
    "remove a folder": "outside.rmdir()",
    "make a link": "(outside / 'new').symlink_to('file')",
    "link out": "os.link(studio / 'file', outside / 'new')",
    "through a link": "(studio / 'link').symlink_to(outside / 'file'); (studio / 'link').write_text('changed')",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_nothing_outside_is_changed(place: ConfinedProcess, change: str) -> None:
    (told,), _ = place.send(change)
    assert told.outcome in ("PermissionError", "OSError")
    assert [path.name for path in place.outside.iterdir()] == ["file"]
    assert (place.outside / "file").read_text() == "as it was"
    assert told.said is not None
    assert told.said.startswith("This job tried to write ")
    assert told.said.endswith(", outside the studio.")


def test_a_pipe_is_not_made_either(place: ConfinedProcess) -> None:
    """Python omits the path from this error, so there is no message."""
    (told,), _ = place.send("os.mkfifo(outside / 'new')")
    assert (told.outcome, told.said) == ("PermissionError", None)
    assert not (place.outside / "new").exists()


def test_everything_inside_can_be_changed(place: ConfinedProcess) -> None:
    steps = [
        "(studio / 'one').mkdir(); (studio / 'two').mkdir()",
        "(studio / 'one' / 'a').write_text('made')",
        "(studio / 'one' / 'a').rename(studio / 'two' / 'b')",
        "os.link(studio / 'two' / 'b', studio / 'one' / 'c')",
        "os.truncate(studio / 'file', 2)",
        "(studio / 'one' / 'c').unlink(); (studio / 'one').rmdir()",
        "(studio / 'link').symlink_to('file')",
        "import sqlite3; sqlite3.connect(studio / 'catalog.sqlite').execute('create table takes (id)')",
        "import tempfile; tempfile.TemporaryFile().write(b'x')",
    ]
    assert place.outcomes(*steps) == ["done"] * len(steps)
    assert (place.studio / "two" / "b").read_text() == "made"


def test_reading_goes_on_everywhere(place: ConfinedProcess) -> None:
    steps = ["(outside / 'file').read_text()", "list(outside.iterdir())", "Path('/etc/hosts').read_bytes()"]
    assert place.outcomes(*steps) == ["done"] * 3


def test_a_single_file_can_be_named(place: ConfinedProcess) -> None:
    given = (place.outside / "file",)
    steps = ["(outside / 'file').write_text('changed')", "(outside / 'file').unlink()", "(studio / 'new').touch()"]
    told, _ = place.send(*steps, writable=given)
    assert [step.outcome for step in told] == ["done", "PermissionError", "PermissionError"]
    assert (place.outside / "file").read_text() == "changed"


def test_devices_and_shared_memory_work(place: ConfinedProcess) -> None:
    steps = [
        "open('/dev/null', 'w').write('x')",
        """
        from multiprocessing.shared_memory import SharedMemory
        memory = SharedMemory(create=True, size=9)
        memory.close()
        memory.unlink()
        """,
        "import multiprocessing; multiprocessing.Lock().acquire()",
        "Path('/proc/self/task/%d/comm' % os.getpid()).write_text('job')",
    ]
    assert place.outcomes(*steps) == ["done"] * len(steps)


def test_signals_reach_the_job_and_its_own_group_only(place: ConfinedProcess) -> None:
    """A job cannot signal its parent processes if Landlock has ABI 6 or newer."""
    from engine.jobs.sandbox import landlock

    own = ["os.kill(os.getpid(), 0)", "os.setpgid(0, 0); os.killpg(os.getpgrp(), 0)"]
    assert place.outcomes(*own, "os.kill(os.getppid(), 0)") == [
        "done",
        "done",
        "PermissionError" if landlock.abi() >= 6 else "done",
    ]


def test_a_grandchild_is_as_confined(place: ConfinedProcess) -> None:
    touch = "subprocess.run(['touch', str({} / 'new')], check=True, stderr=subprocess.DEVNULL)"
    assert place.outcomes(touch.format("outside"), touch.format("studio")) == ["CalledProcessError", "done"]
    assert not (place.outside / "new").exists()


def test_walls_do_not_widen(place: ConfinedProcess) -> None:
    again = "confine(SandboxPolicy((outside,), True, None, None)); (outside / 'new').touch()"
    steps = ["from engine.jobs.sandbox import SandboxPolicy, confine", again]
    assert place.outcomes(*steps) == ["done", "PermissionError"]


def test_a_thread_that_already_runs_is_a_mistake(place: ConfinedProcess) -> None:
    script = """
        import threading
        from engine.jobs.sandbox import SandboxPolicy, confine
        hold = threading.Event()
        threading.Thread(target=hold.wait).start()
        try:
            confine(SandboxPolicy((studio,), False, None, None))
        finally:
            hold.set()
    """
    assert place.outcomes(script) == ["RuntimeError"]


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"The output folder .*missing does not exist"):
        confine(SandboxPolicy((tmp_path / "missing",), False, None, None))
