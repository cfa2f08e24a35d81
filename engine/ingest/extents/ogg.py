"""Ogg: checks that the last page is complete and ends the stream (RFC 3533)."""

from __future__ import annotations

from pathlib import Path

from engine.ingest.extents.report import ByteReader, Extents, ExtentsBuilder

_TAIL = 1 << 17


def check_ogg(path: Path) -> Extents:
    """Check that the last page is complete and ends its stream. Raises OSError if the file cannot be read."""
    found = ExtentsBuilder()
    with path.open("rb") as file:
        source = ByteReader(file)
        tail = source.at(max(0, source.size - _TAIL), _TAIL)
        last = tail.rfind(b"OggS\0")
        page = tail[last:] if last >= 0 else b""
        if len(page) < 27 or len(page) < 27 + page[26] + sum(page[27 : 27 + page[26]]):
            found.missing("The last page is cut: the end of the file is missing.")
        elif not page[5] & 4:
            found.notes.append("the last page does not end the stream: a missing end cannot be detected")
    return found.result()
