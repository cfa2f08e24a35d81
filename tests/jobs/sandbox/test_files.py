"""A job can change files only in the studio, and read those that it declares."""

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
def test_files_outside_the_studio_cannot_be_changed(confined: ConfinedProcess, change: str) -> None:
    (result,), _ = confined.run(change)
    assert result.outcome in ("PermissionError", "OSError")
    assert [path.name for path in confined.outside.iterdir()] == ["file"]
    assert (confined.outside / "file").read_text() == "as it was"
    assert result.message is not None
    assert result.message.startswith(("This job tried to write ", "This job tried to open "))
    assert result.message.endswith((", outside the studio.", ", which it may neither read nor write."))


def test_a_named_pipe_outside_the_studio_cannot_be_created(confined: ConfinedProcess) -> None:
    """Python omits the path from this error, so there is no message."""
    (result,), _ = confined.run("os.mkfifo(outside / 'new')")
    assert (result.outcome, result.message) == ("PermissionError", None)
    assert not (confined.outside / "new").exists()


def test_files_in_the_studio_can_be_changed(confined: ConfinedProcess) -> None:
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
    assert confined.outcomes(*steps) == ["done"] * len(steps)
    assert (confined.studio / "two" / "b").read_text() == "made"


READS = {
    "a file": "(outside / 'file').read_text()",
    "a folder": "list(outside.iterdir())",
    "through a link": "(studio / 'link').symlink_to(outside / 'file'); (studio / 'link').read_text()",
    "its real path": "Path(os.path.join('/proc/self/root', *(outside / 'file').parts[1:])).read_text()",
    "a program": "subprocess.run(['cat', outside / 'file'], check=True, stderr=subprocess.DEVNULL)",
    "a home": "list(Path.home().iterdir())",
    "a secret of the system": "Path('/etc/shadow').read_bytes()",
    "a disk": "next(path for path in Path('/dev').iterdir() if path.is_block_device()).open('rb')",
    "another process's environment": "Path(f'/proc/{os.getppid()}/environ').read_bytes()",
}


@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_files_outside_the_studio_cannot_be_read(confined: ConfinedProcess, read: str) -> None:
    (result,), _ = confined.run(read)
    assert result.outcome in ("PermissionError", "CalledProcessError", "StopIteration")


def test_an_undeclared_file_is_named(confined: ConfinedProcess) -> None:
    (result,), _ = confined.run("(outside / 'file').read_text()")
    assert result.message == f"This job tried to open {confined.outside / 'file'}, which it may neither read nor write."


def test_a_program_outside_the_studio_cannot_be_run(confined: ConfinedProcess) -> None:
    for folder in (confined.outside, confined.studio):
        (folder / "program").write_text("#!/bin/sh\n")
        (folder / "program").chmod(0o755)
    run = "subprocess.run([{} / 'program'], check=True)"
    assert confined.outcomes(run.format("outside"), run.format("studio")) == ["PermissionError"] * 2


def test_declared_files_and_folders_can_be_read_and_not_changed(confined: ConfinedProcess) -> None:
    (confined.outside / "other").touch()
    steps = ["(outside / 'file').read_text()", "(outside / 'file').open('a')", "(outside / 'other').read_text()"]
    allowed = confined.outcomes(*steps, "list(outside.iterdir())", readable=(confined.outside / "file",))
    assert allowed == ["done", *["PermissionError"] * 3]
    whole = ["(outside / 'other').read_text()", "list(outside.iterdir())", "(outside / 'other').unlink()"]
    assert confined.outcomes(*whole, readable=(confined.outside,)) == ["done", "done", "PermissionError"]


def test_libraries_names_and_times_of_the_system_can_be_read(confined: ConfinedProcess) -> None:
    steps = [
        "import numpy, ctypes; ctypes.CDLL('libc.so.6')",
        "Path('/etc/hosts').read_bytes(); os.stat(outside / 'file')",
        "import zoneinfo; zoneinfo.ZoneInfo('Europe/Berlin')",
        "subprocess.run([sys.executable, '-c', 'import sqlite3'], check=True)",
    ]
    assert confined.outcomes(*steps) == ["done"] * len(steps)


def test_a_policy_can_allow_a_single_file(confined: ConfinedProcess) -> None:
    writable = (confined.outside / "file",)
    steps = ["(outside / 'file').write_text('changed')", "(outside / 'file').unlink()", "(studio / 'new').touch()"]
    results, _ = confined.run(*steps, writable=writable)
    assert [result.outcome for result in results] == ["done", "PermissionError", "PermissionError"]
    assert (confined.outside / "file").read_text() == "changed"


def test_devices_and_shared_memory_work(confined: ConfinedProcess) -> None:
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
    assert confined.outcomes(*steps) == ["done"] * len(steps)


def test_a_job_can_signal_only_itself_and_its_group(confined: ConfinedProcess) -> None:
    """A job cannot signal its parent processes if Landlock has ABI 6 or newer."""
    from engine.jobs.sandbox import landlock

    own = ["os.kill(os.getpid(), 0)", "os.setpgid(0, 0); os.killpg(os.getpgrp(), 0)"]
    assert confined.outcomes(*own, "os.kill(os.getppid(), 0)") == [
        "done",
        "done",
        "PermissionError" if landlock.abi() >= 6 else "done",
    ]


def test_a_grandchild_process_is_confined(confined: ConfinedProcess) -> None:
    touch = "subprocess.run(['touch', str({} / 'new')], check=True, stderr=subprocess.DEVNULL)"
    assert confined.outcomes(touch.format("outside"), touch.format("studio")) == ["CalledProcessError", "done"]
    assert not (confined.outside / "new").exists()


def test_a_second_policy_cannot_widen_the_first(confined: ConfinedProcess) -> None:
    second = "confine(SandboxPolicy((outside,), (), True, None, None)); (outside / 'new').touch()"
    steps = ["from engine.jobs.sandbox import SandboxPolicy, confine", second]
    assert confined.outcomes(*steps) == ["done", "PermissionError"]


def test_confining_a_process_with_other_threads_is_an_error(confined: ConfinedProcess) -> None:
    script = """
        import threading
        from engine.jobs.sandbox import SandboxPolicy, confine
        hold = threading.Event()
        threading.Thread(target=hold.wait).start()
        try:
            confine(SandboxPolicy((studio,), (), False, None, None))
        finally:
            hold.set()
    """
    assert confined.outcomes(script) == ["RuntimeError"]


def test_a_missing_writable_folder_is_reported(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"The output folder .*missing does not exist"):
        confine(SandboxPolicy((tmp_path / "missing",), (), False, None, None))
