"""Atomic file writing, locks and temporary names: a file appears completely or not at all."""

from __future__ import annotations

import errno
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
# NAME_MAX of all common file systems, and the most that a hidden name adds to a name. Both in bytes.
_LONGEST_NAME, _ADDED = 255, 32


def flush(path: Path) -> None:
    """Flush a file's content, or a folder's entries, to the disk so that they survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        if sys.platform == "darwin":
            # fsync on macOS does not flush the drive's cache.
            fcntl.fcntl(handle, fcntl.F_FULLFSYNC)
        else:
            os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(path: Path) -> None:
    """Create a folder and its parents. Raises EngineError if the system refuses."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EngineError(
            f"The folder {path} cannot be created: {error.strerror}.",
            "Choose another folder, or check the permissions on the disk.",
        ) from error


def is_disk_full(error: Exception) -> bool:
    """Whether a write failed because the disk, a quota or the file system's size limit is exhausted.

    `error` is an OSError, or another exception with its `errno`, as PyAV's.
    """
    return getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def write_error(file: str, error: Exception, then: str = "run this again") -> EngineError:
    """Return the error for a failed write of `file`. `then` is what to do once the disk is all right."""
    if is_disk_full(error):
        return EngineError(f"The disk is full: {file} could not be written.", f"Free some space, then {then}.")
    reason = getattr(error, "strerror", None) or error
    return EngineError(f"{file} could not be written: {reason}.", f"Check that the disk is writable, then {then}.")


@contextmanager
def exclusive_lock(path: Path, *, wait: bool, what: str) -> Iterator[None]:
    """Lock the file `path` while the block runs. The system releases the lock when the process ends.

    Raises EngineError, naming the activity `what`, if another process has the lock and `wait` is false.
    """
    make_folder(path.parent)
    with path.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError as error:
            raise EngineError(f"{what} is already running.", "Run this again when it has finished.") from error
        yield


@contextmanager
def temporary_path(path: Path) -> Iterator[Path]:
    """Yield a hidden name beside `path` for an unfinished file, and delete that file when the block ends.

    The suffix stays last, for writers that choose a format by it. Files that killed processes left under such
    names are deleted.
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


def final_name(path: Path) -> str:
    """Return the name that a file has when it is complete; `path` may be one of `temporary_path`."""
    name = re.fullmatch(rf"\.(.+)\.\d+{re.escape(PARTIAL)}(\.[^.]*)?", path.name)
    return name[1] + (name[2] or "") if name else path.name


def _short_enough(path: Path) -> tuple[str, str]:
    """Return the stem and suffix for a hidden name. A digest replaces a stem that would make the name too long."""
    if len(os.fsencode(path.name)) + _ADDED <= _LONGEST_NAME:
        return path.stem, path.suffix
    suffix = path.suffix if len(os.fsencode(path.suffix)) <= _ADDED else ""
    return hashlib.sha256(os.fsencode(path.name)).hexdigest()[:32], suffix


def refuse_existing(path: Path, *, replace: bool) -> None:
    """Raise FileInTheWayError if `path` exists, unless it is a file and `replace` is true."""
    if os.path.lexists(path) and (not replace or path.is_dir()):
        raise _in_the_way(path)


def _in_the_way(path: Path) -> FileInTheWayError:
    if path.is_dir():
        return FileInTheWayError(f"{path} is a folder.", "Give the name of a file in it.")
    return FileInTheWayError(f"{path} already exists.", "Choose another name, or add --replace to overwrite it.")


def move_without_replacing(source: Path, target: Path) -> None:
    """Rename a file on the same disk, atomically. Raises FileExistsError if `target` exists."""
    try:
        os.link(source, target, follow_symlinks=False)
    except FileExistsError:
        raise
    except OSError:
        # FAT and some network file systems have no hard links: reserve the name first.
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        source.replace(target)
    else:
        source.unlink()


@contextmanager
def partial(path: Path, *, replace: bool = True) -> Iterator[Path]:
    """Yield a temporary name; rename the file to `path`, flushed to the disk, if the block ends without an error.

    Raises EngineError if the file cannot be written, FileInTheWayError if `path` exists by then and `replace` is false.
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
        raise write_error(str(path), error) from error


def write_atomic(path: Path, content: bytes, *, replace: bool = True) -> None:
    """Write a small file through `partial`."""
    with partial(path, replace=replace) as unfinished:
        unfinished.write_bytes(content)


def _is_running(process: int) -> bool:
    # Imported here because it is needed only where a temporary file was left behind.
    import psutil

    try:
        return psutil.Process(process).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:  # another user's process: it is running
        return True
