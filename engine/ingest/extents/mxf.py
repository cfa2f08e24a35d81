"""MXF: compares partitions with the file (SMPTE ST 377-1)."""

from __future__ import annotations

from pathlib import Path

from engine.ingest.extents.report import ByteReader, Extents, ExtentsBuilder
from engine.units import format_bytes

_PARTITION = bytes.fromhex("060e2b34020501010d01020101")
_RUN_IN = 1 << 16


def check_mxf(path: Path) -> Extents:
    """Compare the footer offset in the header partition, and the packets from the footer on, with the file.

    Raises OSError if it cannot be read.
    """
    found = ExtentsBuilder()
    with path.open("rb") as file:
        source = ByteReader(file)
        begin = source.at(0, _RUN_IN).find(_PARTITION)
        if begin < 0:
            return found.result()
        head = source.at(begin, 120)
        status = head[14] if len(head) > 14 else 0
        pack = begin + 16 + _length_width(source, begin + 16)
        footer = source.number(pack + 24, 8, "big")
        if footer:
            if begin + footer >= source.size:
                cut = format_bytes(begin + footer - source.size) if begin + footer > source.size else "directly"
                found.missing(f"The file ends {cut} before its footer.")
            elif source.at(begin + footer, len(_PARTITION)) != _PARTITION:
                found.missing("The footer is not at the offset in the header: bytes inside the file are missing.")
            else:
                _check_last(found, source, begin + footer)
        elif status in (1, 3) and not _ends_with_footer(source):
            # Open partition: the writer would have added the footer later.
            found.missing("The recording was not finished: it was cut off, or is still running.")
    return found.result()


def _check_last(found: ExtentsBuilder, source: ByteReader, at: int) -> None:
    """Report key-length-value packets, from the footer on, that end past the file."""
    for _ in range(1 << 12):
        if at + 17 > source.size:
            break
        width = _length_width(source, at + 16)
        head = source.at(at + 16, width)
        length = head[0] if width == 1 and head else int.from_bytes(head[1:], "big")
        at += 16 + width + length
    if at > source.size:
        found.missing(f"The file ends {format_bytes(at - source.size)} before the end of its footer.")


def _length_width(source: ByteReader, at: int) -> int:
    """Return the number of bytes of a BER length field."""
    first = source.at(at, 1)
    return 1 + (first[0] & 127) if first and first[0] & 128 else 1


def _ends_with_footer(source: ByteReader) -> bool:
    tail = source.at(max(0, source.size - (1 << 20)), 1 << 20)
    last = tail.rfind(_PARTITION)
    return last >= 0 and len(tail) > last + 13 and tail[last + 13] in (0x04, 0x11)
