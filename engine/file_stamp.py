"""Detects that somebody else wrote a file."""

from __future__ import annotations

from pathlib import Path

FileStamp = tuple[int, int] | None
"""A file's modification time in nanoseconds and its size in bytes; None where there is no file."""


def read_stamp(path: Path) -> FileStamp:
    """A file's stamp as it is now."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size
