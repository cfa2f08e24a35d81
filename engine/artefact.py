"""Files that a person may rely on appear whole or not at all."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.errors import EngineError

PARTIAL = ".partial"


def flush(path: Path) -> None:
    """Makes what was written to a file, or a rename in a folder, survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        if sys.platform == "darwin":
            import fcntl

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
def partial(path: Path) -> Iterator[Path]:
    """A temporary name beside `path`; it becomes `path` when the block ends well and is gone otherwise.

    The suffix stays the last part, for writers that choose a format by it. Raises EngineError
    where the disk refuses.
    """
    unfinished = path.with_name(f".{path.stem}{PARTIAL}{path.suffix}")
    make_folder(path.parent)
    try:
        yield unfinished
        flush(unfinished)
        unfinished.replace(path)
        flush(path.parent)
    except OSError as error:
        raise EngineError(
            f"{path} could not be written: {error.strerror}.", "Check that the disk has room and may be written to."
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)


def write_whole(path: Path, content: bytes) -> None:
    """Writes a small file by way of `partial`."""
    with partial(path) as unfinished:
        unfinished.write_bytes(content)
