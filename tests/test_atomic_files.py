"""Files appear completely or not at all, and leftovers of killed processes cause no errors."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.atomic_files import PARTIAL, final_name, partial, temporary_path, write_atomic, write_error
from engine.errors import EngineError, FileInTheWayError


def test_a_file_appears_only_when_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "still.exr"
    with partial(path) as unfinished:
        unfinished.write_bytes(b"half")
        assert not path.exists()
        assert unfinished.suffix == ".exr"
    assert path.read_bytes() == b"half"
    assert list(path.parent.iterdir()) == [path]


def test_a_failed_write_leaves_the_previous_file(tmp_path: Path) -> None:
    path = tmp_path / "receipt.json"
    write_atomic(path, b"old")

    def fail_half_way() -> None:
        with partial(path) as unfinished:
            unfinished.write_bytes(b"new")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_only_partial_files_of_dead_processes_are_removed(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", "pass"])
    dead.wait()
    (tmp_path / f".still.{dead.pid}{PARTIAL}.exr").touch()
    living = tmp_path / f".still.{os.getppid()}{PARTIAL}.exr"
    living.touch()
    write_atomic(tmp_path / "still.exr", b"x")
    assert sorted(tmp_path.iterdir()) == sorted([living, tmp_path / "still.exr"])


def test_partial_files_of_a_zombie_process_are_removed(tmp_path: Path) -> None:
    zombie = subprocess.Popen([sys.executable, "-c", "pass"])
    os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)
    (tmp_path / f".still.{zombie.pid}{PARTIAL}.exr").touch()
    write_atomic(tmp_path / "still.exr", b"x")
    assert list(tmp_path.iterdir()) == [tmp_path / "still.exr"]
    zombie.wait()


def test_other_files_with_similar_names_are_not_removed(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", "pass"])
    dead.wait()
    others = [tmp_path / name for name in (f"{dead.pid}", f".{dead.pid}", f"still.{dead.pid}.exr", f".0065{PARTIAL}")]
    for other in others:
        other.touch()
    write_atomic(tmp_path / "still.exr", b"x")
    assert all(other.exists() for other in others)


def test_a_folder_that_cannot_be_created_is_named_in_the_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EngineError, match=r"The folder .*file/deep cannot be created"):
        write_atomic(tmp_path / "file" / "deep" / "x.json", b"")


@pytest.mark.parametrize("linked", [True, False])
def test_a_file_created_meanwhile_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, linked: bool
) -> None:
    """This also works on a file system without hard links."""
    if not linked:

        def refuse(*_: object, **__: object) -> None:
            raise OSError(errno.EPERM, "no links here")

        monkeypatch.setattr(os, "link", refuse)
    path = tmp_path / "I.mp4"

    def write_late() -> None:
        with partial(path, replace=False) as unfinished:
            unfinished.write_bytes(b"ours")
            path.write_bytes(b"theirs")

    with pytest.raises(FileInTheWayError, match=r"I\.mp4 already exists"):
        write_late()
    assert path.read_bytes() == b"theirs"
    path.unlink()
    with partial(path, replace=False) as unfinished:
        unfinished.write_bytes(b"ours")
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("I.mp4", b"ours")]


def test_a_full_disk_is_named_with_the_name_of_the_finished_file(tmp_path: Path) -> None:
    with temporary_path(tmp_path / "004-IMG_1.5.mp4") as unfinished:
        assert final_name(unfinished) == "004-IMG_1.5.mp4"
    assert final_name(tmp_path / "still.exr") == "still.exr"
    full = write_error("still.exr", OSError(errno.ENOSPC, "No space left on device"), "deliver again")
    assert (full.message, full.hint) == (
        "The disk is full: still.exr could not be written.",
        "Free some space, then deliver again.",
    )
    assert "Input/output error" in write_error("still.exr", OSError(errno.EIO, "Input/output error")).message
