"""HDR10 static metadata, Dolby Vision, stereo views, alpha and display matrix of a picture."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import av
import av.sidedata.sidedata

from engine.catalog import DolbyVision, HdrMetadata, Unsupported
from engine.ingest.encoding import Matrix

# Boxes in a sample entry that signal a second view (ISO/IEC 14496-15, L; Apple's vexu).
_VIEW_BOXES = frozenset({"lhvC", "vexu"})
# Profiles whose base layer is IPT-PQ-c2, unusable without Dolby's processing; 10 and 20 only with compatibility 0.
_NO_BASE = frozenset({5, 10, 20})


def hdr_metadata(frame: Any) -> HdrMetadata | None:
    """Return a decoded frame's static metadata (SMPTE ST 2086, CTA-861.3), or None."""
    parts = _side_data(frame)
    kinds = av.sidedata.sidedata.Type
    display, levels = parts.get(kinds.MASTERING_DISPLAY_METADATA), parts.get(kinds.CONTENT_LIGHT_LEVEL)
    fields: dict[str, Any] = {}
    if display is not None:
        numbers = struct.unpack_from("<22i", display)
        values = [Fraction(top, bottom or 1) for top, bottom in zip(numbers[:20:2], numbers[1:20:2], strict=True)]
        if numbers[20]:
            fields |= {name: tuple(values[n : n + 2]) for n, name in zip((0, 2, 4, 6), _POINTS, strict=True)}
        if numbers[21]:
            fields |= {"black": values[8], "peak": values[9]}
    if levels is not None:
        fields["max_cll"], fields["max_fall"] = struct.unpack_from("<2I", levels)
    return HdrMetadata(**fields) if fields else None


_POINTS = ("red", "green", "blue", "white")


def dolby_vision(boxes: Mapping[str, bytes]) -> DolbyVision | None:
    """Parse the record in a sample entry or Matroska track (Dolby Vision Streams Within the ISO BMFF, section 3.2)."""
    record = next((boxes[kind] for kind in ("dvvC", "dvcC", "dvwC") if kind in boxes), b"")
    if len(record) < 5:
        return None
    bits = int.from_bytes(record[2:5], "big")
    return DolbyVision(profile=bits >> 17, level=(bits >> 11) & 63, compatibility=(bits >> 4) & 15)


def without_base_layer(vision: DolbyVision | None) -> Unsupported | None:
    """Return why a Dolby Vision picture without a base layer cannot be shown, or None."""
    if vision is None or vision.profile not in _NO_BASE or vision.compatibility:
        return None
    return Unsupported(
        reason=f"is Dolby Vision {vision.name}: it has no base layer, and its colours (IPT-PQ-c2) are not supported",
        advice="Export it from its source as HDR10, HLG or Dolby Vision 8. Its sound and transcript can be used.",
    )


def views(boxes: Mapping[str, bytes]) -> int:
    """Return the number of views in the bitstream: 2 for MV-HEVC."""
    return 2 if _VIEW_BOXES & boxes.keys() else 1


def has_alpha(frame: Any) -> bool:
    """Return whether a decoded frame has an alpha component."""
    return any(component.is_alpha for component in frame.format.components)


def display_matrix(frame: Any) -> Matrix | None:
    """Return (a, b, c, d) of a frame's display matrix, y pointing down, or None."""
    matrix = _side_data(frame).get(av.sidedata.sidedata.Type.DISPLAYMATRIX)
    if matrix is None or len(matrix) < 36:
        return None
    a, b, _, c, d = struct.unpack_from("<5i", matrix)
    return a / 65536, b / 65536, c / 65536, d / 65536


def _side_data(frame: Any) -> dict[Any, bytes]:
    held = frame.side_data
    return {part.type: bytes(part) for part in (held[number] for number in range(len(held)))}
