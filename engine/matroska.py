"""Track metadata of Matroska and WebM files that FFmpeg does not expose (RFC 9559, section 5.1.4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_EBML, _SEGMENT, _TRACKS, _CLUSTER = 0x1A45DFA3, 0x18538067, 0x1654AE6B, 0x1F43B675
_ENTRY, _TYPE, _ENABLED, _CODEC = 0xAE, 0x83, 0xB9, 0x86
_VIDEO, _ALPHA = 0xE0, 0x53C0
_MAPPING, _MAPPING_TYPE, _MAPPING_DATA = 0x41E4, 0x41E7, 0x41ED
# Track types for which FFmpeg creates a stream: video, audio, subtitles, metadata.
_STREAM_TYPES = (1, 2, 17, 33)
_LARGEST = 1 << 24
_MOST_ELEMENTS = 1 << 12


@dataclass(frozen=True, slots=True)
class MatroskaTrack:
    """One track entry: `enabled` is FlagEnabled, `alpha` AlphaMode, `additions` BlockAddIDExtraData by type."""

    enabled: bool
    alpha: bool
    additions: dict[str, bytes]


def read_tracks(path: Path) -> tuple[MatroskaTrack, ...]:
    """Return the tracks in the order of FFmpeg's streams.

    Empty if the file is not Matroska, or if its Tracks element does not precede the first cluster.
    """
    try:
        with path.open("rb") as file:
            return tuple(_tracks(file))
    except (OSError, IndexError):
        return ()


def _tracks(file: BinaryIO) -> Iterator[MatroskaTrack]:
    if file.read(4) != _EBML.to_bytes(4, "big"):
        return
    file.seek(0)
    kind, size = _head(file)
    file.seek(size, 1)
    kind, size = _head(file)
    if kind != _SEGMENT:
        return
    for _ in range(_MOST_ELEMENTS):
        kind, size = _head(file)
        if kind in (0, _CLUSTER) or (kind == _TRACKS and size > _LARGEST):
            return
        if kind == _TRACKS:
            entries = (body for child, body in _children(file.read(size)) if child == _ENTRY)
            yield from (track for track in map(_track, entries) if track is not None)
            return
        file.seek(size, 1)


def _track(entry: bytes) -> MatroskaTrack | None:
    fields = list(_children(entry))
    first = dict(reversed(fields))
    if _number(first.get(_TYPE, b"")) not in _STREAM_TYPES or not first.get(_CODEC):
        return None
    additions: dict[str, bytes] = {}
    for kind, body in fields:
        mapping = dict(_children(body)) if kind == _MAPPING else {}
        if _MAPPING_TYPE in mapping:
            name = _number(mapping[_MAPPING_TYPE]).to_bytes(8, "big")[-4:].decode("latin-1")
            additions[name] = mapping.get(_MAPPING_DATA, b"")
    return MatroskaTrack(
        enabled=_number(first.get(_ENABLED, b"\1")) != 0,
        alpha=_number(dict(_children(first.get(_VIDEO, b""))).get(_ALPHA, b"")) != 0,
        additions=additions,
    )


def _head(file: BinaryIO) -> tuple[int, int]:
    """Read an element's id and size; (0, 0) at the end of the file. An unknown size reads as larger than any file."""
    first = file.read(1)
    if not first or not first[0]:
        return 0, 0
    kind = int.from_bytes(first + file.read(8 - first[0].bit_length()), "big")
    first = file.read(1)
    if not first or not first[0]:
        return 0, 0
    length = 9 - first[0].bit_length()
    size = int.from_bytes(first + file.read(length - 1), "big") & ((1 << 7 * length) - 1)
    return kind, 0 if kind == _SEGMENT else size


def _children(body: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(body) and body[at]:
        id_length = 9 - body[at].bit_length()
        kind = int.from_bytes(body[at : at + id_length], "big")
        at += id_length
        if at >= len(body) or not body[at]:
            return
        length = 9 - body[at].bit_length()
        size = int.from_bytes(body[at : at + length], "big") & ((1 << 7 * length) - 1)
        at += length
        yield kind, body[at : at + size]
        at += size


def _number(body: bytes) -> int:
    return int.from_bytes(body[:8], "big")
