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

from engine.errors import EngineError

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
def only_one(path: Path, *, wait: bool, what: str) -> Iterator[None]:
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
def scratch(path: Path) -> Iterator[Path]:
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


@contextmanager
def partial(path: Path) -> Iterator[Path]:
    """A scratch name that becomes `path`, flushed to the disk, when the block ends well.

    Raises EngineError where the disk refuses.
    """
    try:
        with scratch(path) as unfinished:
            yield unfinished
            flush(unfinished)
            unfinished.replace(path)
            flush(path.parent)
    except OSError as error:
        raise EngineError(
            f"{path} could not be written: {error.strerror or error}.",
            "Check that the disk has room and may be written to.",
        ) from error


def write_whole(path: Path, content: bytes) -> None:
    """Writes a small file by way of `partial`."""
    with partial(path) as unfinished:
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
