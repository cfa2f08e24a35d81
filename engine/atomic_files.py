"""Files that a person may rely on appear whole or not at all."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.errors import EngineError, FileInTheWayError

PARTIAL = ".partial"
# NAME_MAX of every file system in use, in bytes; and what a hidden name may add to a name.
_LONGEST_NAME, _ADDED = 255, 32


def flush(path: Path) -> None:
    """Makes what was written to a file, or a rename in a folder, survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        if sys.platform == "darwin":
            # fsync on macOS leaves the data in the drive's own cache.
            fcntl.fcntl(handle, fcntl.F_FULLFSYNC)
        else:
            os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(path: Path) -> None:
    """Makes a folder and those above it. EngineError where that is refused."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EngineError(
            f"The folder {path} cannot be made: {error.strerror}.", "Name another, or check the rights on the disk."
        ) from error


@contextmanager
def exclusive_lock(path: Path, *, wait: bool, what: str) -> Iterator[None]:
    """Holds the lock file `path` while the block runs; the system lets go of it when the process ends.

    Raises EngineError, saying `what` is going on, where another process holds it and `wait` is not wanted.
    """
    make_folder(path.parent)
    with path.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError as error:
            raise EngineError(f"{what} is already going on.", "Run this again when it is done.") from error
        yield


@contextmanager
def temporary_path(path: Path) -> Iterator[Path]:
    """A hidden name beside `path` for something unfinished; gone when the block ends, however it ends.

    The suffix stays the last part, for writers that choose a format by it. What a killed process
    left under such a name is swept away.
    """
    make_folder(path.parent)
    stem, suffix = _short_enough(path)
    name = re.compile(rf"\.{re.escape(stem)}\.(\d+){re.escape(PARTIAL + suffix)}")
    for left in path.parent.iterdir():
        if (owner := name.fullmatch(left.name)) and not _is_running(int(owner[1])):
            left.unlink(missing_ok=True)
    unfinished = path.with_name(f".{stem}.{os.getpid()}{PARTIAL}{suffix}")
    try:
        yield unfinished
    finally:
        unfinished.unlink(missing_ok=True)


def _short_enough(path: Path) -> tuple[str, str]:
    """The stem and suffix of a hidden name: a digest stands for a stem that leaves no room for what is added."""
    if len(os.fsencode(path.name)) + _ADDED <= _LONGEST_NAME:
        return path.stem, path.suffix
    suffix = path.suffix if len(os.fsencode(path.suffix)) <= _ADDED else ""
    return hashlib.sha256(os.fsencode(path.name)).hexdigest()[:32], suffix


def refuse_existing(path: Path, *, replace: bool) -> None:
    """Raises FileInTheWayError where there is something called `path`, unless it is a file to be replaced."""
    if os.path.lexists(path) and (not replace or path.is_dir()):
        raise _in_the_way(path)


def _in_the_way(path: Path) -> FileInTheWayError:
    if path.is_dir():
        return FileInTheWayError(f"{path} is a folder.", "Name a file in it.")
    return FileInTheWayError(f"{path} is there already.", "Name another file, or add --replace to write over this one.")


def move_without_replacing(source: Path, target: Path) -> None:
    """Renames a file on the same disk, in one step. Raises FileExistsError where `target` is there already."""
    try:
        os.link(source, target, follow_symlinks=False)
    except FileExistsError:
        raise
    except OSError:
        # FAT and some network disks have no hard links: the name is claimed first.
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        source.replace(target)
    else:
        source.unlink()


@contextmanager
def partial(path: Path, *, replace: bool = True) -> Iterator[Path]:
    """A scratch name that becomes `path`, flushed to the disk, when the block ends well.

    Raises EngineError where the disk refuses; FileInTheWayError where there is a file of that name by then, and it is
    not to be replaced.
    """
    try:
        with temporary_path(path) as unfinished:
            yield unfinished
            flush(unfinished)
            if replace:
                unfinished.replace(path)
            else:
                move_without_replacing(unfinished, path)
            flush(path.parent)
    except FileExistsError as error:
        raise _in_the_way(path) from error
    except OSError as error:
        raise EngineError(
            f"{path} could not be written: {error.strerror or error}.",
            "Check that the disk has room and may be written to.",
        ) from error


def write_atomic(path: Path, content: bytes, *, replace: bool = True) -> None:
    """Writes a small file by way of `partial`."""
    with partial(path, replace=replace) as unfinished:
        unfinished.write_bytes(content)


def _is_running(process: int) -> bool:
    # Only asked where something was left behind, so that nobody else pays for the import.
    import psutil

    try:
        return psutil.Process(process).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:  # somebody else's, so it is there
        return True
