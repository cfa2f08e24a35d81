"""Tags and chapters of WAV files: a LIST of information, and cue points with labels.

Sources: Microsoft and IBM, Multimedia Programming Interface and Data Specifications 1.0 (RIFF, INFO, cue, adtl); EBU
Tech 3306 (RF64).
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from struct import pack, unpack
from typing import BinaryIO

_ITEMS = {"title": b"INAM", "artist": b"IART", "album": b"IPRD", "description": b"ICMT", "genre": b"IGNR"}
_MOST_32_BIT = 0xFFFFFFFF
_CUE_BYTES = 24


def write_riff_tags(
    source: Path, target: Path, texts: Mapping[str, str], chapters: Sequence[tuple[Fraction, str]]
) -> None:
    """Copies a WAV or RF64 file and appends its tags and chapters (start in seconds, title); the sound is unchanged."""
    with source.open("rb") as file:
        rate = next(unpack("<I", body[4:8])[0] for kind, body in _small_chunks(file) if kind == b"fmt ")
    added = b""
    if texts:
        items = b"".join(_chunk(_ITEMS[name], text.encode() + b"\0") for name, text in texts.items())
        added += _chunk(b"LIST", b"INFO" + items)
    if chapters:
        points, labels = b"", b""
        for number, (start, title) in enumerate(chapters, 1):
            sample = round(start * rate)
            points += pack("<II4sIII", number, sample, b"data", 0, 0, sample)
            labels += _chunk(b"labl", pack("<I", number) + title.encode() + b"\0")
        added += _chunk(b"cue ", pack("<I", len(chapters)) + points) + _chunk(b"LIST", b"adtl" + labels)
    shutil.copyfile(source, target)
    with target.open("r+b") as file:
        size = file.seek(0, 2)
        file.write(b"\0" * (size % 2) + added)
        whole = file.tell() - 8
        file.seek(0)
        if file.read(4) == b"RF64":
            # The size of the file is the first field of `ds64`, which is the first chunk.
            file.seek(20)
            file.write(pack("<Q", whole))
        else:
            file.seek(4)
            file.write(pack("<I", min(whole, _MOST_32_BIT)))


def read_riff_tags(path: Path) -> tuple[dict[str, str], tuple[tuple[Fraction, str], ...]]:
    """The texts by name, and the chapters, of a WAV or RF64 file. Raises OSError."""
    names = {item: name for name, item in _ITEMS.items()}
    texts: dict[str, str] = {}
    starts: dict[int, int] = {}
    titles: dict[int, str] = {}
    rate = 1
    with path.open("rb") as file:
        for kind, body in _small_chunks(file):
            if kind == b"fmt ":
                rate = unpack("<I", body[4:8])[0]
            elif kind == b"LIST" and body[:4] == b"INFO":
                texts |= {names[item]: _text(text) for item, text in _chunks_of(body[4:]) if item in names}
            elif kind == b"cue ":
                for at in range(4, len(body) - _CUE_BYTES + 1, _CUE_BYTES):
                    number, _, _, _, _, sample = unpack("<II4sIII", body[at : at + _CUE_BYTES])
                    starts[number] = sample
            elif kind == b"LIST" and body[:4] == b"adtl":
                for item, label in _chunks_of(body[4:]):
                    if item == b"labl":
                        titles[unpack("<I", label[:4])[0]] = _text(label[4:])
    return texts, tuple((Fraction(starts[one], rate), titles.get(one, "")) for one in sorted(starts))


def _text(stored: bytes) -> str:
    return stored.split(b"\0")[0].decode("utf-8", "replace")


def _chunk(kind: bytes, body: bytes) -> bytes:
    return kind + pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def _chunks_of(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(body):
        size = unpack("<I", body[at + 4 : at + 8])[0]
        yield body[at : at + 4], body[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def _small_chunks(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """The chunks of a file but for its samples."""
    file.seek(12)
    long_data: int | None = None
    while len(header := file.read(8)) == 8:
        kind, size = unpack("<4sI", header)
        if kind == b"data":
            size = long_data if size == _MOST_32_BIT and long_data is not None else size
            file.seek(size + size % 2, 1)
            continue
        body = file.read(size)
        file.seek(size % 2, 1)
        if kind == b"ds64":
            long_data = unpack("<Q", body[8:16])[0]
        yield kind, body
