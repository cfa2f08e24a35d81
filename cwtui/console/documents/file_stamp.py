"""When a file was written: how one sees that somebody else wrote it."""

from __future__ import annotations

from pathlib import Path

FileStamp = tuple[int, int] | None
"""When a file was written and its size; None where there is none."""


def read_stamp(path: Path) -> FileStamp:
    """A file's stamp as it is now."""
    try:
        seen = path.stat()
    except FileNotFoundError:
        return None
    return seen.st_mtime_ns, seen.st_size
