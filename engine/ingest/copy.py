"""A file is copied so that it is either there, whole and proven, or not there at all."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable
from pathlib import Path

import xxhash

from engine.atomic_files import flush, partial
from engine.errors import Cancelled, EngineError

_BLOCK = 8 << 20

Progress = Callable[[int], None]
"""Told the number of bytes just done."""


def digest_file(path: Path, progress: Progress | None = None, cancelled: Callable[[], bool] | None = None) -> str:
    """XXH128 of a file's content, as 32 hexadecimal digits."""
    digest = xxhash.xxh3_128()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                _stop_if(cancelled)
                digest.update(block)
                if progress:
                    progress(len(block))
    except OSError as error:
        raise EngineError(f"{path} cannot be read: {error.strerror}.", "Check the disk it is on.") from error
    return digest.hexdigest()


def copy_verified(
    source: Path, target: Path, progress: Progress | None = None, cancelled: Callable[[], bool] | None = None
) -> str:
    """Copies `source` to `target`, reads it back from the disk and compares; returns its XXH128.

    The copy carries a `.partial` name until it is proven, keeps the original's dates, and is made
    read-only. The original is only read. Raises EngineError (disk full, unreadable, copies that
    differ) or Cancelled; in every case no partial file remains.
    """
    digest = xxhash.xxh3_128()
    with partial(target) as unfinished:
        try:
            with source.open("rb") as reader, unfinished.open("wb") as writer:
                while block := reader.read(_BLOCK):
                    _stop_if(cancelled)
                    writer.write(block)
                    digest.update(block)
                    if progress:
                        progress(len(block))
            shutil.copystat(source, unfinished)
            flush(unfinished)
            wanted, got = digest.hexdigest(), digest_file(unfinished, None, cancelled)
            unfinished.chmod(0o444)
        except OSError as error:
            raise _copy_failed(source, target, error) from error
        if got != wanted:
            raise EngineError(
                f"The copy of {source.name} differs from the original ({got} is not {wanted}).",
                "The disk or the cable may be failing; the original is untouched. Try another disk if it repeats.",
            )
    return wanted


def disk_full(name: str, size: int, free: int) -> EngineError:
    """The refusal of what is called `name` and needs `size` bytes, on a disk with `free` bytes left."""
    return EngineError(
        f"The disk is full: {name} needs {size / 1e6:.1f} MB, the studio has {free / 1e6:.1f} MB.",
        "Make room and ingest again: what has arrived is kept, the rest is copied then.",
    )


def _copy_failed(source: Path, target: Path, error: OSError) -> EngineError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return disk_full(source.name, source.stat().st_size, shutil.disk_usage(target.parent).free)
    if isinstance(error, PermissionError):
        return EngineError(
            f"{source} could not be copied: permission denied.", "Check the rights on the file and on the studio."
        )
    return EngineError(f"{source} could not be copied: {error.strerror}.", "Check both disks, then ingest again.")


def _stop_if(cancelled: Callable[[], bool] | None) -> None:
    if cancelled and cancelled():
        raise Cancelled("Stopped.", "Ingest again to go on: what has arrived is kept.")
