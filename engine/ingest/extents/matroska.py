"""Matroska and WebM: compares element sizes, cues and duration with the file (RFC 8794, RFC 9559)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from engine.ingest.extents.report import ByteReader, Extents, ExtentsBuilder, seconds_text
from engine.units import format_bytes

_SEGMENT, _INFO, _TRACKS, _CLUSTER, _CUES, _VOID = 0x18538067, 0x1549A966, 0x1654AE6B, 0x1F43B675, 0x1C53BB6B, 0xEC
_SEEK_HEAD, _TAGS, _CHAPTERS, _ATTACHMENTS = 0x114D9B74, 0x1254C367, 0x1043A770, 0x1941A469
_TOP = frozenset({_INFO, _TRACKS, _CLUSTER, _CUES, _VOID, _SEEK_HEAD, _TAGS, _CHAPTERS, _ATTACHMENTS, 0xBF})
_TIMESTAMP_SCALE, _DURATION, _TRACK_ENTRY, _TRACK_TYPE, _DEFAULT_DURATION = 0x2AD7B1, 0x4489, 0xAE, 0x83, 0x23E383
_TIMESTAMP, _SIMPLE_BLOCK, _BLOCK_GROUP, _BLOCK, _BLOCK_DURATION = 0xE7, 0xA3, 0xA0, 0xA1, 0x9B
_CUE_POINT, _CUE_TIME, _CUE_POSITIONS, _CUE_CLUSTER = 0xBB, 0xB3, 0xB7, 0xF1
_MOST_ELEMENTS = 1 << 20
# In seconds: writers round the duration, and a subtitle may end after the picture.
_SLACK = Fraction(2)
_NANO = 1_000_000_000


@dataclass(frozen=True, slots=True)
class _Element:
    """An element's offset and its payload's start and end offsets; `end` is None if the size is unknown."""

    name: int
    start: int
    at: int
    end: int | None


@dataclass(slots=True)
class _Segment:
    scale: int = 1_000_000
    duration: Fraction = Fraction(0)
    frame: Fraction = Fraction(0)
    void: bool = False
    seek_head: bool = False
    cues: bool = False
    cue_points: list[tuple[Fraction, int]] = field(default_factory=list)
    clusters: set[int] = field(default_factory=set)
    last: int | None = None
    last_end: int = 0
    broken: int = 0


def check_matroska(path: Path) -> Extents:
    """Compare the declared sizes and times with the file's bytes. Raises OSError if it cannot be read."""
    found = ExtentsBuilder()
    with path.open("rb") as file:
        source = ByteReader(file)
        top = next((e for e in _elements(source, 0, source.size) if e.name == _SEGMENT), None)
        if top is None:
            return found.result()
        segment = _read_segment(source, top)
        held = _last_time(source, segment)
        declared = segment.duration * segment.scale / _NANO
        end = declared if declared > held else None
        cut = (top.end or 0) - source.size if top.end is not None else segment.broken
        if cut > 0:
            said = f"The file is {format_bytes(cut)} shorter than its index declares"
            found.missing(_sentence(said, held, declared), start=held, end=end)
        elif top.end is None and segment.void and not (segment.seek_head or segment.cues):
            # Writers with seekable output reserve space for the seek head at the front and fill it in at the end.
            found.missing("The recording was not finished: it was cut off, or is still running.", start=held, end=end)
        elif top.end is None and not segment.cues:
            found.notes.append("written as a live stream: a missing end cannot be detected")
        elif declared - held > max(_SLACK, declared / 20, 2 * segment.frame):
            found.missing(_sentence("The last clusters are missing", held, declared), start=held, end=end)
        else:
            lost = [time for time, at in segment.cue_points if at not in segment.clusters]
            if lost and segment.last is not None:
                found.missing(
                    f"{len(lost)} clusters in the index (cues) are not at their offsets.",
                    start=min(lost) * segment.scale / _NANO,
                )
    return found.result()


def _sentence(said: str, held: Fraction, declared: Fraction) -> str:
    if declared > held:
        return f"{said}: it declares {seconds_text(declared)} and contains {seconds_text(held)}."
    return f"{said}; it contains {seconds_text(held)}."


def _read_segment(source: ByteReader, top: _Element) -> _Segment:
    segment = _Segment()
    limit = source.size if top.end is None else min(top.end, source.size)
    for element in _elements(source, top.at, limit):
        end = element.end
        if element.name == _CLUSTER:
            # Cue offsets are relative to the segment's payload.
            segment.clusters.add(element.start - top.at)
            segment.last, segment.last_end = element.at, limit if end is None else min(end, limit)
            if end is None:
                end = _end_of_unknown(source, element.at, limit)
                segment.last_end = end
        elif end is not None and element.name == _INFO:
            for inner in _elements(source, element.at, min(end, limit)):
                if inner.name == _TIMESTAMP_SCALE:
                    segment.scale = _unsigned(source, inner) or 1_000_000
                elif inner.name == _DURATION:
                    segment.duration = _float(source, inner)
        elif end is not None and element.name == _TRACKS:
            segment.frame = max(segment.frame, _frame_duration(source, element.at, min(end, limit)))
        elif element.name == _VOID:
            segment.void = True
        elif element.name == _SEEK_HEAD:
            segment.seek_head = True
        elif end is not None and element.name == _CUES:
            segment.cues = True
            segment.cue_points = _cue_points(source, element.at, min(end, limit))
        if end is not None and end > source.size:
            segment.broken = end - source.size
    return segment


def _end_of_unknown(source: ByteReader, at: int, limit: int) -> int:
    """Return the end of a cluster of unknown size: the offset of the next element of the segment."""
    for element in _elements(source, at, limit):
        if element.name in _TOP and element.name != _VOID:
            return element.start
    return limit


def _frame_duration(source: ByteReader, at: int, end: int) -> Fraction:
    """Return the longest default frame duration of the picture tracks, in seconds."""
    longest = 0
    for entry in _elements(source, at, end):
        if entry.name == _TRACK_ENTRY and entry.end is not None:
            inside = {e.name: e for e in _elements(source, entry.at, min(entry.end, end))}
            if _DEFAULT_DURATION in inside and _TRACK_TYPE in inside and _unsigned(source, inside[_TRACK_TYPE]) == 1:
                longest = max(longest, _unsigned(source, inside[_DEFAULT_DURATION]))
    return Fraction(longest, _NANO)


def _cue_points(source: ByteReader, at: int, end: int) -> list[tuple[Fraction, int]]:
    points = []
    for point in _elements(source, at, end):
        if point.name != _CUE_POINT or point.end is None:
            continue
        time, cluster = Fraction(0), None
        for inner in _elements(source, point.at, min(point.end, end)):
            if inner.name == _CUE_TIME:
                time = Fraction(_unsigned(source, inner))
            elif inner.name == _CUE_POSITIONS and inner.end is not None:
                for leaf in _elements(source, inner.at, min(inner.end, end)):
                    if leaf.name == _CUE_CLUSTER and cluster is None:
                        cluster = _unsigned(source, leaf)
        if cluster is not None:
            points.append((time, cluster))
    return points


def _last_time(source: ByteReader, segment: _Segment) -> Fraction:
    """Return the end of the last complete block, in seconds."""
    if segment.last is None:
        return Fraction(0)
    base, last = 0, Fraction(0)
    for element in _elements(source, segment.last, segment.last_end):
        if element.end is None or element.end > segment.last_end:
            break
        if element.name == _TIMESTAMP:
            base = _unsigned(source, element)
            last = max(last, Fraction(base))
        elif element.name == _SIMPLE_BLOCK:
            last = max(last, Fraction(base + _block_time(source, element)))
        elif element.name == _BLOCK_GROUP:
            inside = {e.name: e for e in _elements(source, element.at, element.end)}
            if _BLOCK in inside:
                length = _unsigned(source, inside[_BLOCK_DURATION]) if _BLOCK_DURATION in inside else 0
                last = max(last, Fraction(base + _block_time(source, inside[_BLOCK]) + length))
    return last * segment.scale / _NANO + segment.frame


def _block_time(source: ByteReader, element: _Element) -> int:
    head = source.at(element.at, 11)
    width = 1
    while width < 8 and head and not head[0] >> (8 - width):
        width += 1
    return int.from_bytes(head[width : width + 2], "big", signed=True)


def _elements(source: ByteReader, at: int, end: int) -> Iterator[_Element]:
    for _ in range(_MOST_ELEMENTS):
        if at + 2 > end:
            return
        head = source.at(at, 12)
        width = 9 - head[0].bit_length() if head and head[0] else 9
        if width > 4 or len(head) < width + 1 or not head[width]:
            return
        name = int.from_bytes(head[:width], "big")
        size_width = 9 - head[width].bit_length()
        size = int.from_bytes(head[width : width + size_width], "big") & ((1 << (7 * size_width)) - 1)
        payload = at + width + size_width
        if size == (1 << (7 * size_width)) - 1:
            yield _Element(name, at, payload, None)
            if name != _CLUSTER:
                return
            at = _end_of_unknown(source, payload, end)
        else:
            yield _Element(name, at, payload, payload + size)
            at = payload + size


def _unsigned(source: ByteReader, element: _Element) -> int:
    return int.from_bytes(source.at(element.at, min(8, (element.end or element.at) - element.at)), "big")


def _float(source: ByteReader, element: _Element) -> Fraction:
    raw = source.at(element.at, min(8, (element.end or element.at) - element.at))
    value = struct.unpack(">f" if len(raw) == 4 else ">d", raw)[0] if len(raw) in (4, 8) else 0.0
    return Fraction(value) if 0 <= value < 1e15 else Fraction(0)
