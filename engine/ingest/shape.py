"""Pixel aspect ratio of a stored picture, and its size in square pixels."""

from __future__ import annotations

import struct
from fractions import Fraction

# Anamorphic lenses reach 2, half-height fields 1/2. Values far beyond these are damage.
_LARGEST = Fraction(4)
# FFmpeg returns large fractions for ratios that it derives from a track header's fixed-point size.
_FINEST = 1000


def pixel_aspect(
    container: Fraction | None, codec: Fraction | None, pasp: bytes = b""
) -> tuple[Fraction, tuple[str, ...]]:
    """Return a stored pixel's width over its height, and notes on how it was determined.

    `container` is the file's ratio (`pasp` or the track header, Matroska's DisplayWidth, MXF's AspectRatio) and takes
    precedence; `codec` is the bitstream's. None means unspecified. `pasp` is the content of QuickTime's box, because
    FFmpeg drops 0:1 and 1:0. Ratios beyond 4:1 and 1:4 are ignored.
    """
    notes: list[str] = []
    if len(pasp) >= 8:
        across, down = struct.unpack_from(">II", pasp)
        if not across or not down:
            notes.append(f"pixel aspect {across}:{down} is invalid: ignored")
    found: list[Fraction] = []
    for ratio in (container, codec):
        if ratio is None or ratio <= 0:
            continue
        if 1 / _LARGEST <= ratio <= _LARGEST:
            found.append(ratio.limit_denominator(_FINEST))
        elif (note := f"pixel aspect {_written(ratio)} is too far from square: ignored") not in notes:
            notes.append(note)
    if not found:
        return Fraction(1), tuple(notes)
    if len(found) == 2 and found[0] != found[1]:
        notes.append(
            f"pixel aspect is {_written(found[0])} in the container, {_written(found[1])} in the bitstream: "
            "the container's is used"
        )
    return found[0], tuple(notes)


def upright_size(width: int, height: int, aspect: Fraction, rotation: int) -> tuple[int, int]:
    """Return (width, height) in square pixels of a stored picture that is rotated after scaling to square pixels.

    Only the stored width is scaled; the number of lines stays.
    """
    across = max(1, round(width * aspect))
    return (height, across) if rotation in (90, -90) else (across, height)


def _written(ratio: Fraction) -> str:
    return f"{ratio.numerator}:{ratio.denominator}"
