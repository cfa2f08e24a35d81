"""Reads a QuickTime file with contradictory chunk tables as if they were consistent.

FFmpeg rejects a file if one track's sample-to-chunk table (stsc) lists chunks without an offset (stco). Without
those entries, the rest of that track and all other tracks are readable.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from pathlib import Path

_LARGEST_MOOV = 1 << 28
_MOST_BOXES = 1 << 16


class RepairedFile(io.RawIOBase):
    """A read-only file with some bytes replaced. `patches` are (offset, bytes)."""

    def __init__(self, path: Path, patches: list[tuple[int, bytes]]) -> None:
        self.name = str(path)
        self._file = path.open("rb")
        self._patches = patches

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        """Set the position, and return it."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Return the position."""
        return self._file.tell()

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, with the patches applied."""
        start = self._file.tell()
        found = bytearray(self._file.read(size))
        for offset, content in self._patches:
            first, last = max(offset, start), min(offset + len(content), start + len(found))
            if first < last:
                found[first - start : last - start] = content[first - offset : last - offset]
        return bytes(found)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()


def open_repaired(path: Path) -> RepairedFile | None:
    """Return the file without stsc entries for missing chunks, or None if it has none. Raises OSError."""
    patches: list[tuple[int, bytes]] = []
    with path.open("rb") as file:
        end = file.seek(0, 2)
        for kind, at, stop in _boxes(file, 0, end):
            if kind == b"moov" and stop - at <= _LARGEST_MOOV:
                patches += _patches(file, at, min(stop, end))
    return RepairedFile(path, patches) if patches else None


def _patches(file: io.BufferedReader, at: int, end: int) -> Iterator[tuple[int, bytes]]:
    for trak, start, stop in _boxes(file, at, end):
        if trak != b"trak":
            continue
        inner = (start, stop)
        for wanted in (b"mdia", b"minf", b"stbl"):
            inner = next(((a, b) for kind, a, b in _boxes(file, *inner) if kind == wanted), (0, 0))
        tables = {kind: (a, b) for kind, a, b in _boxes(file, *inner)}
        offsets = tables.get(b"stco") or tables.get(b"co64")
        if offsets is None or b"stsc" not in tables:
            continue
        chunks = _number(file, offsets[0] + 4)
        body = tables[b"stsc"][0]
        count = kept = min(_number(file, body + 4), (tables[b"stsc"][1] - body - 8) // 12)
        while kept > 1 and _number(file, body + 8 + 12 * (kept - 1)) > chunks:
            kept -= 1
        if kept < count:
            yield body + 4, struct.pack(">I", kept)


def _boxes(file: io.BufferedReader, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield (kind, payload offset, end offset) of the boxes from `at` to `end`."""
    for _ in range(_MOST_BOXES):
        if at + 8 > end:
            return
        file.seek(at)
        head = file.read(16)
        if len(head) < 8:
            return
        size, header = int.from_bytes(head[:4], "big"), 8
        if size == 1:
            size, header = int.from_bytes(head[8:16], "big"), 16
        elif size == 0:
            size = end - at
        if size < header:
            return
        yield head[4:8], at + header, at + size
        at += size


def _number(file: io.BufferedReader, at: int) -> int:
    file.seek(at)
    return int.from_bytes(file.read(4), "big")
