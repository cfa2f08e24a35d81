"""Reads a QuickTime file with contradictory chunk tables as if they were consistent.

FFmpeg rejects a file if one track's sample-to-chunk table (stsc) lists chunks without an offset (stco). Without
those entries, the rest of that track and all other tracks are readable.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from engine.isobmff.boxes import FileBox, file_boxes

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
        whole = file.seek(0, 2)
        for moov in file_boxes(file, limit=_MOST_BOXES):
            if moov.kind == "moov" and moov.size <= _LARGEST_MOOV:
                patches += _patches(file, moov._replace(end=min(moov.end, whole)))
    return RepairedFile(path, patches) if patches else None


def _patches(file: BinaryIO, moov: FileBox) -> Iterator[tuple[int, bytes]]:
    for trak in _children(file, moov):
        if trak.kind != "trak":
            continue
        box: FileBox | None = trak
        for wanted in ("mdia", "minf", "stbl"):
            box = next((child for child in _children(file, box) if child.kind == wanted), None) if box else None
        tables = {child.kind: child for child in _children(file, box)} if box else {}
        offsets = tables.get("stco") or tables.get("co64")
        if offsets is None or "stsc" not in tables:
            continue
        chunks = _number(file, offsets.payload + 4)
        body, size = tables["stsc"].payload, tables["stsc"].size
        count = kept = min(_number(file, body + 4), (size - 8) // 12)
        while kept > 1 and _number(file, body + 8 + 12 * (kept - 1)) > chunks:
            kept -= 1
        if kept < count:
            yield body + 4, struct.pack(">I", kept)


def _children(file: BinaryIO, box: FileBox) -> Iterator[FileBox]:
    return file_boxes(file, box.payload, box.end, _MOST_BOXES)


def _number(file: BinaryIO, at: int) -> int:
    file.seek(at)
    return int.from_bytes(file.read(4), "big")
