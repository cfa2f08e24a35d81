"""OpenEXR: compares the chunk table with the file (OpenEXR File Layout)."""

from __future__ import annotations

from pathlib import Path

from engine.ingest.extents.report import ByteReader

_MAGIC = b"\x76\x2f\x31\x01"
_TILED, _DEEP, _PARTS = 0x200, 0x800, 0x1000
_MOST_ATTRIBUTES, _LARGEST_TABLE = 1 << 12, 8 << 20


def is_whole_exr(path: Path) -> bool:
    """Return whether the file contains every chunk in the frame's table. False also for files that are not OpenEXR."""
    try:
        with path.open("rb") as file:
            return _is_whole(ByteReader(file))
    except OSError:
        return False


def _is_whole(source: ByteReader) -> bool:
    head = source.at(0, 8)
    if len(head) < 8 or head[:4] != _MAGIC:
        return False
    flags = int.from_bytes(head[4:], "little")
    at = _skip_header(source, 8)
    while at is not None and flags & _PARTS and source.at(at, 1) not in (b"\0", b""):
        at = _skip_header(source, at)
    if at is None:
        return False
    at += bool(flags & _PARTS)
    table = source.at(at, _LARGEST_TABLE)
    # The table ends at the chunk with the lowest offset, which need not be the first entry.
    count, first, last = 0, source.size, 0
    while count < len(table) // 8 and at + 8 * count < first:
        place = int.from_bytes(table[8 * count : 8 * count + 8], "little")
        if flags & _PARTS and not place:
            break
        if not at < place < source.size:
            return False
        first, last, count = min(first, place), max(last, place), count + 1
    if not count:
        return False
    if flags & (_DEEP | _PARTS):
        return True
    header = 16 if flags & _TILED else 4
    return last + header + 4 + source.number(last + header, 4, "little") <= source.size


def _skip_header(source: ByteReader, at: int) -> int | None:
    """Return the offset of the end of a header's attributes, or None if the file ends before it."""
    for _ in range(_MOST_ATTRIBUTES):
        names = source.at(at, 600)
        if names[:1] == b"\0":
            return at + 1
        name = names.find(b"\0")
        kind = names.find(b"\0", name + 1)
        if name < 0 or kind < 0 or len(names) < kind + 5:
            return None
        at += kind + 5 + int.from_bytes(names[kind + 1 : kind + 5], "little")
    return None
