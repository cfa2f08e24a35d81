"""Finds the disparity track of an iPhone's Cinematic clip.

The track has the handler `auxv` (AVMediaTypeAuxiliaryPicture) and the sample entry `dish` (kCMVideoCodecType_
DisparityHEVC): HEVC whose luma is a disparity. FFmpeg lists it as a data track without a codec.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

from engine.isobmff.boxes import child_boxes, find_box, find_index

DISPARITY_ENTRY = "dish"
"""The sample entry of a disparity track."""
CINEMATIC_KEY = "com.apple.quicktime.cinematic-video"
"""The metadata key of recordings in Cinematic mode, with or without their depth."""

_VISUAL_ENTRY, _ENTRIES = 78, 8


@dataclass(frozen=True, slots=True)
class DisparityTrack:
    """A disparity track: its index among the file's tracks, its size in pixels, and its `hvcC`, empty if missing."""

    index: int
    width: int
    height: int
    configuration: bytes


def disparity_track(path: Path) -> DisparityTrack | None:
    """The first disparity track of a file; None without one, and for files that are not QuickTime or MP4."""
    with path.open("rb") as file:
        index = find_index(file)
        if index is None:
            return None
        moov = index.read(file)
    for number, trak in enumerate(body for kind, body in child_boxes(moov) if kind == "trak"):
        entries = find_box(trak, "mdia", "minf", "stbl", "stsd")
        kind, entry = next(child_boxes(entries[_ENTRIES:]), ("", memoryview(b""))) if entries else ("", memoryview(b""))
        if kind == DISPARITY_ENTRY and len(entry) >= _VISUAL_ENTRY:
            width, height = struct.unpack_from(">HH", entry, 24)
            return DisparityTrack(number, width, height, bytes(find_box(entry[_VISUAL_ENTRY:], "hvcC") or b""))
    return None
