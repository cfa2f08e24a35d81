"""Private metadata in the ID3 tags of MP3 files (ID3v2.2 to 2.4 at the start, ID3v1 at the end)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from engine.isobmff import PrivateItem, PrivateKind, kind_of_name

# The identifiers of ID3v2.3 and 2.4, and those of three letters of ID3v2.2.
_FRAMES: Mapping[str, PrivateKind] = {
    **dict.fromkeys(("TPE1", "TPE2", "TPE3", "TPE4", "TCOM", "TEXT", "TOPE", "TOWN", "TENC", "OWNE"), "person"),
    **dict.fromkeys(("TP1", "TP2", "TP3", "TP4", "TCM", "TXT", "TOA", "TEN"), "person"),
    **dict.fromkeys(("TDRC", "TDEN", "TDRL", "TDTG", "TDOR", "TYER", "TDAT", "TIME", "TRDA", "TORY"), "date"),
    **dict.fromkeys(("TYE", "TDA", "TIM", "TRD", "TOR"), "date"),
    **dict.fromkeys(("TSSE", "TSS"), "device"),
}
# Frames with a name before their value, and where it starts: users' texts and comments, which begin with the encoding
# of the text (and the language), and data of a program.
_NAMED = {"TXXX": 1, "TXX": 1, "COMM": 4, "COM": 4, "PRIV": 0}
_WIDE = (1, 2)
_HEADER, _V1, _MOST = 10, 128, 1 << 24
_UNSYNCHRONIZED, _EXTENDED = 0x80, 0x40


def id3_metadata(path: Path) -> list[PrivateItem]:
    """The private metadata of a file's ID3 tags; none for other files."""
    return sorted(set(_items(path)))


def _items(path: Path) -> Iterator[PrivateItem]:
    with path.open("rb") as file:
        head = file.read(_HEADER)
        while head[:3] == b"ID3" and len(head) == _HEADER:
            size = _seven_bits(head[6:])
            yield from _frames(file.read(min(size, _MOST)), head[3], head[5])
            file.seek(max(0, size - _MOST), 1)
            head = file.read(_HEADER)
        if file.seek(0, 2) >= _V1:
            file.seek(-_V1, 2)
            tag = file.read(_V1)
            if tag[:3] == b"TAG":
                if tag[33:63].strip(b"\0 "):
                    yield PrivateItem("person", "ID3v1 artist")
                if tag[93:97].strip(b"\0 "):
                    yield PrivateItem("date", "ID3v1 year")


def _frames(body: bytes, version: int, flags: int) -> Iterator[PrivateItem]:
    if flags & _UNSYNCHRONIZED and version < 4:
        body = body.replace(b"\xff\0", b"\xff")
    at = 0
    if flags & _EXTENDED and version > 2:
        at = _seven_bits(body[:4]) if version == 4 else 4 + int.from_bytes(body[:4], "big")
    letters, header = (3, 6) if version == 2 else (4, 10)
    while at + header <= len(body) and body[at]:
        name = body[at : at + letters].decode("latin-1")
        length = body[at + letters : at + 2 * letters]
        size = _seven_bits(length) if version == 4 else int.from_bytes(length, "big")
        at += header
        if name in _FRAMES:
            yield PrivateItem(_FRAMES[name], f"ID3 {name}")
        elif name in _NAMED and (kind := kind_of_name(_name(body[at : at + size], _NAMED[name]))):
            yield PrivateItem(kind, f"ID3 {name}")
        at += size


def _name(frame: bytes, start: int) -> str:
    """The name at the start of a frame, which ends with a zero."""
    if start and frame[:1] and frame[0] in _WIDE:
        text = frame[start:].decode("utf-16-be" if frame[0] == 2 else "utf-16", "replace")
    else:
        text = frame[start:].decode("utf-8", "replace")
    return text.partition("\0")[0]


def _seven_bits(size: bytes) -> int:
    """A size of which each byte has 7 bits."""
    total = 0
    for byte in size:
        total = total << 7 | byte & 0x7F
    return total
