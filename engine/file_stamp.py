"""File stamps, which detect that another program has written a file."""

from __future__ import annotations

from pathlib import Path

FileStamp = tuple[int, int] | None
"""A file's modification time in ns and its size in bytes; None when there is no file."""


def read_stamp(path: Path) -> FileStamp:
    """The current stamp of a file."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size
