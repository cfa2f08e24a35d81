"""MXF: partitions against the file (SMPTE ST 377-1)."""

from __future__ import annotations

from pathlib import Path

from engine.ingest.extents.report import ByteReader, Extents, ExtentsBuilder, size_text

_PARTITION = bytes.fromhex("060e2b34020501010d01020101")
_RUN_IN = 1 << 16


def check_mxf(path: Path) -> Extents:
    """Compares the header partition's footer, and every partition that it leads to, with the file's bytes.

    OSError where it cannot be read.
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
                cut = size_text(begin + footer - source.size) if begin + footer > source.size else "its last part"
                found.missing(f"The file ends {cut} before its footer.")
            elif source.at(begin + footer, len(_PARTITION)) != _PARTITION:
                found.missing("Its footer is not where its header says: bytes are missing inside.")
            else:
                _check_last(found, source, begin + footer)
        elif status in (1, 3) and not _ends_with_footer(source):
            # Open: the writer meant to come back, and fill in the footer.
            found.missing("Its recording was never closed: it was cut off, or it still goes on.")
    return found.result()


def _check_last(found: ExtentsBuilder, source: ByteReader, at: int) -> None:
    """The key-length-value packets from the footer on must end in the file."""
    for _ in range(1 << 12):
        if at + 17 > source.size:
            break
        width = _length_width(source, at + 16)
        head = source.at(at + 16, width)
        length = head[0] if width == 1 and head else int.from_bytes(head[1:], "big")
        at += 16 + width + length
    if at > source.size:
        found.missing(f"The file ends {size_text(at - source.size)} before its footer does.")


def _length_width(source: ByteReader, at: int) -> int:
    """The bytes of a BER length."""
    first = source.at(at, 1)
    return 1 + (first[0] & 127) if first and first[0] & 128 else 1


def _ends_with_footer(source: ByteReader) -> bool:
    tail = source.at(max(0, source.size - (1 << 20)), 1 << 20)
    last = tail.rfind(_PARTITION)
    return last >= 0 and len(tail) > last + 13 and tail[last + 13] in (0x04, 0x11)
