"""Writes science pictures as OpenEXR with several parts, a few rows in memory at a time."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.atomic_files import partial
from engine.errors import EngineError, RequestError
from engine.science.ordered_threads import in_order
from engine.science.plane import PixelWindow, PlaneSource

# OpenEXR file layout: the version field's flag for several parts, and the type of attributes that every part needs.
_SEVERAL_PARTS = 1 << 12
_START = 8
_LONG_NAMES = 1 << 10
# ZIP compresses this many rows at a time.
_CHUNK_ROWS = 16
# Rows that are compressed together: whole chunks.
_STRIP_ROWS = 8 * _CHUNK_ROWS


class RowSource(Protocol):
    """Rows of a channel, such as an array, in half or full floats; the first row is at the top."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(rows, columns)."""

    def __getitem__(self, rows: slice, /) -> NDArray[Any]:
        """The samples of some rows."""


@dataclass(frozen=True, slots=True, eq=False)
class UprightRows:
    """The rows of a plane, which has its first row at the bottom, as a channel of a file.

    Samples without data, NaN, become `empty` if that is stated. All are multiplied by `scale`.
    """

    plane: PlaneSource
    sample_type: type[np.float16 | np.float32] = np.float32
    scale: float = 1.0
    empty: float | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return self.plane.shape

    def __getitem__(self, rows: slice, /) -> NDArray[Any]:
        """The samples of some rows."""
        height, columns = self.shape
        top, bottom, _ = rows.indices(height)
        samples = self.plane.read(PixelWindow(height - bottom, height - top, 0, columns))[::-1]
        if self.scale != 1.0:
            samples = samples * np.float32(self.scale)
        if self.empty is not None:
            samples = np.where(np.isnan(samples), np.float32(self.empty), samples)
        return np.ascontiguousarray(samples, self.sample_type)


@dataclass(frozen=True, slots=True, eq=False)
class ExrPart:
    """A part: channels by name, and attributes of the file."""

    name: str
    channels: Mapping[str, RowSource]
    attributes: Mapping[str, Any]

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns) of all channels."""
        rows, columns = next(iter(self.channels.values())).shape
        return rows, columns


def write_parts(path: Path, parts: Sequence[ExrPart], scratch: Path) -> None:
    """Write the parts to one file, atomically, without loss. The same parts make the same bytes.

    The file's library would need all samples at once. So it compresses strips of rows, as files in the folder
    `scratch`, and their compressed rows are joined. Raises EngineError if the file cannot be written.
    """
    piece = scratch / f"{path.name}.strip"
    try:
        with partial(path) as unfinished, unfinished.open("wb") as out:
            _write(out, parts, piece)
    except (RuntimeError, OSError) as problem:
        raise EngineError(
            f"{path} cannot be written: {problem}", "Check the folder and the space on its disk."
        ) from None
    finally:
        for left in scratch.glob(f"{piece.name}*"):
            left.unlink(missing_ok=True)


def read_attribute(path: Path, name: str) -> str:
    """A text attribute of the first part of a file. Raises RequestError if there is none or the file is no OpenEXR."""
    import OpenEXR

    if not path.is_file():
        raise RequestError(f"{path} does not exist.", "Check the name.")
    try:
        with OpenEXR.File(str(path), header_only=True) as file:
            found = file.parts[0].header.get(name)
    except (RuntimeError, OSError, ValueError) as problem:
        raise RequestError(f"{path} cannot be read: {problem}", "Choose an OpenEXR file.") from None
    if not isinstance(found, str):
        raise RequestError(f"{path} has no attribute “{name}”.", "Choose a file that cwtui science composite wrote.")
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Strip:
    """Rows of a part from `top` on, for a file of their own."""

    part: ExrPart
    top: int
    channels: Mapping[str, NDArray[Any]]
    file: Path


def _write(out: BinaryIO, parts: Sequence[ExrPart], piece: Path) -> None:
    """Source: the OpenEXR file layout, version 2, multi-part."""
    headers = [_header(part, piece) for part in parts]
    chunks = [-(-part.shape[0] // _CHUNK_ROWS) for part in parts]
    flags = _SEVERAL_PARTS | (_LONG_NAMES if any(header.long_names for header in headers) else 0)
    out.write(struct.pack("<ii", 20000630, 2 | flags))
    for header in headers:
        out.write(header.content + b"\0")
    out.write(b"\0")
    # The offsets follow from the sizes, which are known only as the chunks are compressed.
    table = out.tell()
    out.seek(table + 8 * sum(chunks))
    offsets: list[int] = []
    for number, part in enumerate(parts):
        for strip in in_order(_compressed, _strips(part, piece)):
            offsets += _move_chunks(strip, number, out)
    out.seek(table)
    out.write(struct.pack(f"<{len(offsets)}Q", *offsets))


def _strips(part: ExrPart, piece: Path) -> Iterator[_Strip]:
    rows, _ = part.shape
    for top in range(0, rows, _STRIP_ROWS):
        among = slice(top, min(rows, top + _STRIP_ROWS))
        channels = {name: np.ascontiguousarray(source[among]) for name, source in part.channels.items()}
        yield _Strip(part, top, channels, piece.with_name(f"{piece.name}{top}"))


def _compressed(strip: _Strip) -> tuple[int, Path]:
    """The first row, and the file."""
    _write_alone(strip.file, strip.part, strip.channels)
    return strip.top, strip.file


def _write_alone(path: Path, part: ExrPart, channels: Mapping[str, NDArray[Any]]) -> None:
    import OpenEXR

    rows = next(iter(channels.values())).shape[0]
    header = {
        "compression": OpenEXR.ZIP_COMPRESSION,
        "type": OpenEXR.scanlineimage,
        "name": part.name,
        "chunkCount": -(-rows // _CHUNK_ROWS),
        **part.attributes,
    }
    OpenEXR.File(header, dict(channels)).write(str(path))


@dataclass(frozen=True, slots=True)
class _Header:
    """A header of a file with one part, without its end, and whether names in it are long."""

    content: bytes
    long_names: bool


def _header(part: ExrPart, piece: Path) -> _Header:
    """The header of a whole part: that of its first row, with the size and the number of chunks of all rows."""
    _write_alone(piece, part, {name: np.ascontiguousarray(source[0:1]) for name, source in part.channels.items()})
    content = piece.read_bytes()
    rows, columns = part.shape
    window = struct.pack("<4i", 0, 0, columns - 1, rows - 1)
    whole = {b"dataWindow": window, b"displayWindow": window, b"chunkCount": struct.pack("<i", -(-rows // _CHUNK_ROWS))}
    end, places = _attributes(content)
    made = bytearray(content[:end])
    for name, value in whole.items():
        made[places[name] : places[name] + len(value)] = value
    _, version = struct.unpack("<ii", content[:_START])
    return _Header(bytes(made[_START:]), bool(version & _LONG_NAMES))


def _move_chunks(strip: tuple[int, Path], number: int, out: BinaryIO) -> Iterator[int]:
    """Copies the chunks of a strip, each behind the part's number, yields their places, and deletes the strip."""
    top, file = strip
    content = memoryview(file.read_bytes())
    end, places = _attributes(content)
    (chunks,) = struct.unpack_from("<i", content, places[b"chunkCount"])
    for offset in struct.unpack_from(f"<{chunks}Q", content, end + 1):
        row, size = struct.unpack_from("<ii", content, offset)
        yield out.tell()
        out.write(struct.pack("<iii", number, top + row, size))
        out.write(content[offset + 8 : offset + 8 + size])
    file.unlink()


def _attributes(content: bytes | memoryview) -> tuple[int, dict[bytes, int]]:
    """The place of the header's end, and the places of the values of its attributes."""
    found: dict[bytes, int] = {}
    place = _START
    while content[place]:
        name, place = _text(content, place)
        _, place = _text(content, place)
        (size,) = struct.unpack_from("<i", content, place)
        found[name] = place + 4
        place += 4 + size
    return place, found


def _text(content: bytes | memoryview, place: int) -> tuple[bytes, int]:
    end = place
    while content[end]:
        end += 1
    return bytes(content[place:end]), end + 1
