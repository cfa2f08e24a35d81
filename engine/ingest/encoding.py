"""Which encoding a picture arrives in, and how it must be turned to stand upright."""

from __future__ import annotations

from math import atan2, degrees

from engine.catalog import Encoding

# ITU-T H.273 transfer characteristics.
_TRANSFERS = {18: Encoding.HLG, 16: Encoding.PQ, 13: Encoding.SRGB}

# What the camera writes into the `logs` box of a visual sample entry.
_LOG_PROFILES = {
    "com.apple.rec2020.apple-log": Encoding.APPLE_LOG,
    "com.apple.apple-wide-gamut.apple-log": Encoding.APPLE_LOG_2,
}


def encoding_of(transfer: int, log_profile: str) -> Encoding:
    """The encoding by the file's own word: the `logs` box first, then the transfer tag.

    Untagged pictures are Rec.709.
    """
    return _LOG_PROFILES.get(log_profile) or _TRANSFERS.get(transfer, Encoding.REC709)


def orientation(matrix: tuple[float, float, float, float]) -> tuple[int, bool]:
    """(rotation, mirrored) of a display matrix (a, b, c, d), y pointing down.

    The picture is turned `rotation` degrees counter-clockwise (a multiple of 90, from −90 to
    180), then mirrored left to right.
    """
    a, b, c, d = matrix
    mirrored = a * d - b * c < 0
    x, y = (-a if mirrored else a), b
    rotation = -round(degrees(atan2(y, x)) / 90) * 90
    return (180 if rotation == -180 else rotation), mirrored
