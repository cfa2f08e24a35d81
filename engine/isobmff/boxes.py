"""Walks the boxes of QuickTime and MP4 files (ISO/IEC 14496-12, 4.2), in a file or in memory.

A size that is impossible ends a walk: damaged files raise no error here.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

MAX_INDEX = 1 << 30
"""The largest `moov` that is read, in bytes."""

_HEADER = struct.Struct(">I4s")
_LONG_HEADER = 16
_MOST_BOXES = 1 << 20


class FileBox(NamedTuple):
    """A box in a file, by its kind and offsets: of its header, of its payload, and of the byte after it.

    `end` is as declared and may exceed the file.
    """

    kind: str
    start: int
    payload: int
    end: int

    @property
    def size(self) -> int:
        """The declared size of the payload."""
        return self.end - self.payload

    def read(self, file: BinaryIO) -> memoryview:
        """Read the payload. It is shorter than declared if the file is."""
        file.seek(self.payload)
        return memoryview(file.read(self.size))


def file_boxes(file: BinaryIO, start: int = 0, end: int | None = None, limit: int = _MOST_BOXES) -> Iterator[FileBox]:
    """Yield at most `limit` boxes from `start` to `end` (None: the file's end). The last may exceed that end."""
    whole = file.seek(0, 2)
    if end is None:
        end = whole
    last = min(end, whole) - _HEADER.size
    at = start
    for _ in range(limit):
        if at > last:
            return
        file.seek(at)
        header = _parse_header(file.read(_LONG_HEADER), end - at)
        if header is None:
            return
        kind, length, size = header
        yield FileBox(kind, at, at + length, at + size)
        at += size


def child_boxes(content: memoryview) -> Iterator[tuple[str, memoryview]]:
    """Yield (kind, payload) of each box in memory, until one does not fit."""
    at = 0
    while header := _parse_header(content[at : at + _LONG_HEADER], len(content) - at):
        kind, length, size = header
        if at + size > len(content):
            return
        yield kind, content[at + length : at + size]
        at += size


def find_box(content: memoryview, *path: str) -> memoryview | None:
    """Return the payload of the first box at a path of kinds, or None."""
    for kind in path:
        found = next((payload for name, payload in child_boxes(content) if name == kind), None)
        if found is None:
            return None
        content = found
    return content


def find_index(file: BinaryIO) -> FileBox | None:
    """Return the first `moov` of an open file. None if there is none, or if the file is not QuickTime or MP4."""
    for box in file_boxes(file):
        if not (box.kind.isascii() and box.kind.isprintable()):
            return None
        if box.kind == "moov":
            return box if box.size <= MAX_INDEX else None
    return None


def _parse_header(head: bytes | memoryview, space: int) -> tuple[str, int, int] | None:
    """Return (kind, size of the header, size of the box), or None if they are impossible.

    A box with the size 0 fills the `space` bytes from its start to its parent's end.
    """
    if len(head) < _HEADER.size:
        return None
    size, kind = _HEADER.unpack_from(head)
    length = _HEADER.size
    if size == 1:
        size, length = int.from_bytes(head[length:_LONG_HEADER], "big"), _LONG_HEADER
    elif size == 0:
        size = space
    return None if size < length else (kind.decode("latin-1"), length, size)
