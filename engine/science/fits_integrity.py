"""Whether a FITS file is complete: its length, its compression, and its checksums."""

from __future__ import annotations

import bz2
import gzip
import zipfile
import zlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from engine.errors import EngineError

_COPY_AGAIN = "Copy or download the file again."
_BLOCK = 2880
_CHUNK = 1 << 22
_CHECKED_FILES = 64


def refuse_truncated(path: Path, hdus: Any, images: Sequence[int]) -> None:
    """Raise EngineError if the file ends before one of its images does, or its compression is damaged."""
    size = unpacked_size(path, *_version(path))
    if size is None:
        return
    for number in images:
        place = _place(hdus, number)
        # The last block may lack its padding. A compressed image is larger than its data.
        stored = place["datSpan"] - (_BLOCK - 1) if place else 0
        needed = place["datLoc"] + max(stored, 1) if place else 0
        if needed > size:
            raise EngineError(
                f"{path} is truncated: HDU {number} ({hdus[number].name or 'no name'}) needs {needed:,} bytes, and the "
                f"file has {size:,}.",
                _COPY_AGAIN,
            )


def integrity_notes(path: Path, hdus: Any) -> tuple[str, ...]:
    """Notes on bytes after the last HDU, and on data that do not have their checksum."""
    if not _is_plain(path):
        return ()
    place = _place(hdus, len(hdus) - 1)
    notes = []
    if place and (left := _bytes_after(path, place["datLoc"] + place["datSpan"])):
        notes.append(f"{left:,} bytes after its last HDU are not read: parts of the file may be damaged")
    for number, hdu in enumerate(hdus):
        stated = hdu.header.get("DATASUM")
        place = _place(hdus, number)
        if stated is None or not str(stated).strip().isdecimal() or not place or not place["datSpan"]:
            continue
        if _data_sum(path, place["datLoc"], place["datSpan"], *_version(path)) != int(stated):
            notes.append(f"HDU {number} does not have its checksum: it was changed or is damaged")
    return tuple(notes)


@lru_cache(maxsize=_CHECKED_FILES)
def unpacked_size(path: Path, modified: int, size: int) -> int | None:
    """The bytes of a file, after decompression if it is compressed as a whole; None for a kind that is not known.

    Raises EngineError if the compression ends early or fails its own check.
    """
    with path.open("rb") as file:
        start = file.read(4)
    if start == b"SIMP":
        return size
    try:
        if start[:2] == b"\x1f\x8b":
            with gzip.open(path) as unpacked:
                return _length(unpacked)
        if start[:3] == b"BZh":
            with bz2.open(path) as unpacked:
                return _length(unpacked)
        if start == b"PK\x03\x04":
            with zipfile.ZipFile(path) as archive, archive.open(archive.namelist()[0]) as member:
                return _length(member)
    except (OSError, EOFError, ValueError, IndexError, zlib.error, zipfile.BadZipFile) as problem:
        raise EngineError(f"{path} is damaged: {problem or 'it ends early'}", _COPY_AGAIN) from problem
    return None


def _place(hdus: Any, number: int) -> dict[str, Any] | None:
    """The place of an HDU in its file; None for one that the library does not know."""
    try:
        place: dict[str, Any] | None = hdus.fileinfo(number)
    except AttributeError:
        return None
    return place


def _length(file: Any) -> int:
    total = 0
    while chunk := file.read(_CHUNK):
        total += len(chunk)
    return total


def _is_plain(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(6) == b"SIMPLE"


def _bytes_after(path: Path, end: int) -> int:
    """The number of bytes from `end` on, if they are not all 0."""
    left = path.stat().st_size - end
    if left <= 0:
        return 0
    with path.open("rb") as file:
        file.seek(end)
        return left if any(file.read(_CHUNK)) else 0


@lru_cache(maxsize=_CHECKED_FILES)
def _data_sum(path: Path, start: int, length: int, modified: int, size: int) -> int:
    """The sum of 32-bit words in ones' complement. Source: FITS Standard 4.0, appendix J."""
    total = 0
    with path.open("rb") as file:
        file.seek(start)
        while length > 0 and (chunk := file.read(min(_CHUNK, length))):
            length -= len(chunk)
            chunk += bytes(-len(chunk) % 4)
            total += int(np.frombuffer(chunk, ">u4").sum(dtype=np.uint64))
            total = (total & 0xFFFFFFFF) + (total >> 32)
    return total


def _version(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_mtime_ns, found.st_size
