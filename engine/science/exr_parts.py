"""Writes science pictures as OpenEXR with several parts, one part in memory at a time."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from engine.atomic_files import partial
from engine.errors import EngineError, RequestError

# OpenEXR file layout: the version field's flag for several parts, and the type of attributes that every part needs.
_SEVERAL_PARTS = 1 << 12
_START = 8
_LONG_NAMES = 1 << 10


@dataclass(frozen=True, slots=True, eq=False)
class ExrPart:
    """A part: channels (rows, columns) by name, the first row at the top, in half or full floats."""

    name: str
    channels: Mapping[str, NDArray[Any]]
    attributes: Mapping[str, Any]


def write_parts(path: Path, parts: Iterable[ExrPart], scratch: Path) -> None:
    """Write the parts to one file, atomically, without loss. The same parts make the same bytes.

    `parts` may create each part when it is needed: the file's library would need all of them at once, so that each is
    written by itself to the folder `scratch`, and their compressed rows are joined. Raises EngineError if the file
    cannot be written.
    """
    files: list[Path] = []
    try:
        for number, part in enumerate(parts):
            files.append(scratch / f"{path.name}.{number}.exr")
            _write_alone(files[-1], part)
            del part
        with partial(path) as unfinished:
            _join(files, unfinished)
    except (RuntimeError, OSError) as problem:
        raise EngineError(
            f"{path} cannot be written: {problem}", "Check the folder and the space on its disk."
        ) from None
    finally:
        for file in files:
            file.unlink(missing_ok=True)


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


def _write_alone(path: Path, part: ExrPart) -> None:
    import OpenEXR

    rows = next(iter(part.channels.values())).shape[0]
    header = {
        "compression": OpenEXR.ZIP_COMPRESSION,
        "type": OpenEXR.scanlineimage,
        "name": part.name,
        # ZIP compresses 16 rows at a time.
        "chunkCount": -(-rows // 16),
        **part.attributes,
    }
    channels = {name: np.ascontiguousarray(samples) for name, samples in part.channels.items()}
    OpenEXR.File(header, channels).write(str(path))


@dataclass(frozen=True, slots=True)
class _Layout:
    """The header of a file with one part, without its end, and the places of its chunks."""

    header: bytes
    offsets: tuple[int, ...]
    long_names: bool


def _join(files: list[Path], path: Path) -> None:
    """Writes one file with the parts of several. Source: the OpenEXR file layout, version 2, multi-part."""
    layouts = [_layout(file) for file in files]
    start = _START + sum(len(layout.header) + 1 for layout in layouts) + 1
    place = start + 8 * sum(len(layout.offsets) for layout in layouts)
    flags = _SEVERAL_PARTS | (_LONG_NAMES if any(layout.long_names for layout in layouts) else 0)
    with path.open("wb") as out:
        out.write(struct.pack("<ii", 20000630, 2 | flags))
        for layout in layouts:
            out.write(layout.header + b"\0")
        out.write(b"\0")
        # The offsets follow from the sizes, which are known only as the chunks are copied.
        out.seek(place)
        moved = [
            list(_copy(file, layout, number, out))
            for number, (file, layout) in enumerate(zip(files, layouts, strict=True))
        ]
        out.seek(start)
        for offsets in moved:
            out.write(struct.pack(f"<{len(offsets)}Q", *offsets))


def _copy(file: Path, layout: _Layout, number: int, out: BinaryIO) -> Iterable[int]:
    """Copies the chunks of a part, each behind the part's number, and yields their new places."""
    with file.open("rb") as source:
        for offset in layout.offsets:
            source.seek(offset)
            row_and_size = source.read(8)
            (_, size) = struct.unpack("<ii", row_and_size)
            yield out.tell()
            out.write(struct.pack("<i", number) + row_and_size + source.read(size))


def _layout(file: Path) -> _Layout:
    with file.open("rb") as source:
        content = source.read(1 << 20)
    _, version = struct.unpack("<ii", content[:_START])
    place, chunks = _START, 0
    while content[place]:
        name, place = _text(content, place)
        _, place = _text(content, place)
        (size,) = struct.unpack("<i", content[place : place + 4])
        value = content[place + 4 : place + 4 + size]
        place += 4 + size
        if name == b"chunkCount":
            (chunks,) = struct.unpack("<i", value)
    end = place + 1
    with file.open("rb") as source:
        source.seek(end)
        offsets = struct.unpack(f"<{chunks}Q", source.read(8 * chunks))
    return _Layout(content[_START:place], offsets, bool(version & _LONG_NAMES))


def _text(content: bytes, place: int) -> tuple[bytes, int]:
    end = content.index(b"\0", place)
    return content[place:end], end + 1
