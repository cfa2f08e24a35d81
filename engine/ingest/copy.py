"""Verified file copies: the target is complete and compared with the source, or absent."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import xxhash

from engine.atomic_files import flush, is_disk_full, partial
from engine.errors import Cancelled, EngineError
from engine.units import format_bytes

_BLOCK = 8 << 20

Progress = Callable[[int], None]
"""Called with the number of bytes just processed."""


def digest_file(path: Path, progress: Progress | None = None, cancelled: Callable[[], bool] | None = None) -> str:
    """Return the XXH128 of a file's content, as 32 hexadecimal digits. Raises EngineError, Cancelled."""
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
    """Copy `source` to `target`, read the copy back and compare. Return its XXH128.

    The copy has a `.partial` name until it is verified. It keeps the source's dates and becomes read-only. The
    source is only read. Raises EngineError (disk full, unreadable, contents differ) or Cancelled; no partial file
    remains.
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
                f"The copy of {source.name} differs from the original ({got}, not {wanted}).",
                "The disk or the cable may be failing. The original is unchanged. Try another disk if this recurs.",
            )
    return wanted


def disk_full(name: str, size: int, free: int) -> EngineError:
    """Return the error for `name`, which needs `size` bytes on a disk with `free` bytes left."""
    return EngineError(
        f"The disk is full: {name} needs {format_bytes(size)}, the studio has {format_bytes(free)}.",
        "Free some space, then ingest again: finished copies are kept, and only the rest is copied.",
    )


def _copy_failed(source: Path, target: Path, error: OSError) -> EngineError:
    if is_disk_full(error):
        return disk_full(source.name, source.stat().st_size, shutil.disk_usage(target.parent).free)
    if isinstance(error, PermissionError):
        return EngineError(
            f"{source} could not be copied: permission denied.",
            "Check the permissions of the file and of the studio folder.",
        )
    return EngineError(f"{source} could not be copied: {error.strerror}.", "Check both disks, then ingest again.")


def _stop_if(cancelled: Callable[[], bool] | None) -> None:
    if cancelled and cancelled():
        raise Cancelled("Cancelled.", "Ingest again to continue: finished copies are kept.")
