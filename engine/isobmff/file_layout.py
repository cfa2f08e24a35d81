"""What the index of a QuickTime/MP4 file declares: its duration, and how each track is shown.

Fields by ISO/IEC 14496-12: `mvhd` (8.2.2), `tkhd` (8.3.2), `stss` (8.6.2), and `colr` and `pasp` in
sample entries (12.1.4, 12.1.5).
"""

from __future__ import annotations

import struct
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from engine.isobmff.boxes import MAX_INDEX, child_boxes, file_boxes, find_box

_VISUAL_ENTRY, _ENTRIES = 78, 8
_IDENTITY = (1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
_SQUARE = (1, 1)


@dataclass(frozen=True, slots=True)
class TrackLayout:
    """A track by its handler (vide, soun, text, sbtl, tmcd …), and how a picture track is shown.

    `display` is the width and height of its header in pixels, `turned` whether its matrix turns or moves the picture,
    `pixel_shape` the width and height of a pixel. `boxes` are those of its first sample entry, in order. `sync` are the
    numbers of its key frames in decoding order, from 0; None if every sample is one.
    """

    handler: str
    display: tuple[Fraction, Fraction]
    turned: bool
    pixel_shape: tuple[int, int] = _SQUARE
    boxes: tuple[tuple[str, bytes], ...] = ()
    sync: tuple[int, ...] | None = None

    def count(self, kind: str) -> int:
        """The number of boxes of a kind in the sample entry."""
        return Counter(name for name, _ in self.boxes)[kind]

    @property
    def colour_codes(self) -> tuple[int, ...] | None:
        """The codes (H.273) of primaries, transfer and matrix in `colr`; None if it has none."""
        for kind, body in self.boxes:
            if kind == "colr" and body[:4] in (b"nclx", b"nclc"):
                return tuple(int.from_bytes(body[at : at + 2], "big") for at in (4, 6, 8))
        return None


@dataclass(frozen=True, slots=True)
class FileLayout:
    """A file's top-level boxes in order, the declared duration in seconds, and its tracks.

    `stray` is the number of bytes after the last whole box, `missing` that of bytes which the last box lacks.
    """

    boxes: tuple[str, ...]
    stray: int
    missing: int
    duration: Fraction
    tracks: tuple[TrackLayout, ...]

    @property
    def picture(self) -> TrackLayout | None:
        """The first picture track; None if there is none."""
        return next((track for track in self.tracks if track.handler == "vide"), None)


def read_layout(path: Path) -> FileLayout:
    """Returns the layout of a file; one without an index has no tracks."""
    whole = path.stat().st_size
    with path.open("rb") as file:
        found = list(file_boxes(file))
        index = next((box for box in found if box.kind == "moov" and box.size <= MAX_INDEX), None)
        moov = index.read(file) if index else memoryview(b"")
    end = found[-1].end if found else 0
    header = find_box(moov, "mvhd")
    return FileLayout(
        boxes=tuple(box.kind for box in found),
        stray=max(0, whole - end),
        missing=max(0, end - whole),
        duration=_duration(header) if header is not None else Fraction(0),
        tracks=tuple(_track(body) for kind, body in child_boxes(moov) if kind == "trak"),
    )


def _duration(header: memoryview) -> Fraction:
    long = len(header) and header[0] == 1
    scale, at, size = (20, 24, 8) if long else (12, 16, 4)
    ticks = int.from_bytes(header[at : at + size], "big")
    return Fraction(ticks, int.from_bytes(header[scale : scale + 4], "big") or 1)


def _track(trak: memoryview) -> TrackLayout:
    header, handler = find_box(trak, "tkhd"), find_box(trak, "mdia", "hdlr")
    kind = bytes(handler[8:12]).decode("latin-1") if handler is not None else ""
    at = 52 if header is not None and len(header) and header[0] == 1 else 40
    numbers = [int.from_bytes((header or b"")[at + 4 * n : at + 4 * n + 4], "big", signed=True) for n in range(11)]
    entries = find_box(trak, "mdia", "minf", "stbl", "stsd")
    first = next(child_boxes(entries[_ENTRIES:]), None) if entries is not None and kind == "vide" else None
    boxes = tuple((name, bytes(body)) for name, body in child_boxes(first[1][_VISUAL_ENTRY:])) if first else ()
    shape = dict(boxes).get("pasp", b"")
    return TrackLayout(
        handler=kind,
        display=(Fraction(numbers[9], 1 << 16), Fraction(numbers[10], 1 << 16)),
        turned=tuple(numbers[:9]) != _IDENTITY,
        pixel_shape=(int.from_bytes(shape[:4], "big"), int.from_bytes(shape[4:8], "big")) if shape else _SQUARE,
        boxes=boxes,
        sync=_sync(find_box(trak, "mdia", "minf", "stbl", "stss")),
    )


def _sync(table: memoryview | None) -> tuple[int, ...] | None:
    if table is None:
        return None
    count = int.from_bytes(table[4:8], "big")
    return tuple(number - 1 for (number,) in struct.iter_unpack(">I", table[8 : 8 + 4 * count]))
