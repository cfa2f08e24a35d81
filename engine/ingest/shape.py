"""The shape of a stored picture's pixels, and the size it has in square ones."""

from __future__ import annotations

import struct
from fractions import Fraction

# Anamorphic lenses reach 2, half-height fields 1/2; what lies further out is damage.
_LARGEST = Fraction(4)
# Ratios that FFmpeg works out from a track header's fixed-point size come as large fractions.
_FINEST = 1000


def pixel_aspect(
    container: Fraction | None, codec: Fraction | None, pasp: bytes = b""
) -> tuple[Fraction, tuple[str, ...]]:
    """A stored pixel's width over its height, and what needs saying about how it was found.

    `container` is the file's word (`pasp` or the track header, Matroska's DisplayWidth, MXF's AspectRatio), which
    wins; `codec` the bitstream's. None is no word. `pasp` is QuickTime's box itself, as FFmpeg drops 0:1 and 1:0.
    Ratios beyond 4:1 and 1:4 are ignored.
    """
    notes: list[str] = []
    if len(pasp) >= 8:
        across, down = struct.unpack_from(">II", pasp)
        if not across or not down:
            notes.append(f"its pixel aspect {across}:{down} is no shape: ignored")
    found: list[Fraction] = []
    for ratio in (container, codec):
        if ratio is None or ratio <= 0:
            continue
        if 1 / _LARGEST <= ratio <= _LARGEST:
            found.append(ratio.limit_denominator(_FINEST))
        elif (note := f"its pixel aspect {_written(ratio)} is too far from square: ignored") not in notes:
            notes.append(note)
    if not found:
        return Fraction(1), tuple(notes)
    if len(found) == 2 and found[0] != found[1]:
        notes.append(
            f"the file says pixels of {_written(found[0])}, its pictures say {_written(found[1])}: the file's is used"
        )
    return found[0], tuple(notes)


def upright_size(width: int, height: int, aspect: Fraction, rotation: int) -> tuple[int, int]:
    """(width, height) in square pixels of a stored picture that is turned after its pixels are made square.

    Lines stay lines: only the stored width changes.
    """
    across = max(1, round(width * aspect))
    return (height, across) if rotation in (90, -90) else (across, height)


def _written(ratio: Fraction) -> str:
    return f"{ratio.numerator}:{ratio.denominator}"
