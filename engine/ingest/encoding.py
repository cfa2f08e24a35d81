"""Detects a picture's colour encoding and orientation from the file's metadata."""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, degrees

from engine.catalog import Encoding

ANSWERS = tuple(str(encoding) for encoding in Encoding if encoding is not Encoding.EXR)
"""The valid answers to the question for a picture's input transform."""

# ITU-T H.273 transfer characteristics. 6, 11, 14 and 15 have BT.709's curve.
_TRANSFERS = {
    18: Encoding.HLG,
    16: Encoding.PQ,
    13: Encoding.SRGB,
    **dict.fromkeys((1, 6, 11, 14, 15), Encoding.REC709),
}
_SILENT = 2
_UNREAD_TRANSFERS = {
    4: "gamma 2.2",
    5: "gamma 2.8",
    7: "SMPTE 240M",
    8: "linear",
    9: "logarithmic, 100:1",
    10: "logarithmic, 316:1",
    12: "BT.1361",
    17: "SMPTE ST 428",
}
# Primaries and matrices of ordinary video: a file with these and without a transfer is ordinary video, too.
_PLAIN_PRIMARIES, _PLAIN_MATRICES = frozenset({1, 2, 4, 5, 6, 7}), frozenset({0, 1, 2, 4, 5, 6, 7})

# Values of the `logs` box in a visual sample entry, as the camera writes them.
_LOG_PROFILES = {
    "com.apple.rec2020.apple-log": Encoding.APPLE_LOG,
    "com.apple.apple-wide-gamut.apple-log": Encoding.APPLE_LOG_2,
}


Matrix = tuple[float, float, float, float]
"""(a, b, c, d) of a display matrix, y pointing down."""


@dataclass(frozen=True, slots=True)
class Tags:
    """A file's colour tags: H.273 codes, the `logs` box, and a log curve named in the metadata."""

    primaries: int
    transfer: int
    matrix: int
    codec: str
    log_profile: str = ""
    log_hint: str = ""


@dataclass(frozen=True, slots=True)
class DetectedEncoding:
    """A picture's encoding, or the `question` that the user has to answer, with the reason.

    `suggested` is the most likely answer, or None.
    """

    encoding: Encoding | None
    suggested: Encoding | None = None
    question: str = ""


def read_encoding(tags: Tags) -> DetectedEncoding:
    """Detect the encoding from a file's tags. Log is never guessed, and an unknown curve never replaced by another.

    The order is: the `logs` box; the transfer codes of HLG, PQ and sRGB; a log curve named in the metadata; other
    transfer codes; without a transfer code, primaries or a matrix that ordinary video does not have. A picture
    without tags is Rec.709.
    """
    if named := _LOG_PROFILES.get(tags.log_profile):
        return DetectedEncoding(named, named, f"looks like {named}")
    if tags.log_profile:
        return DetectedEncoding(None, None, f"has an unknown log curve, “{tags.log_profile}”")
    known = _TRANSFERS.get(tags.transfer)
    if known not in (None, Encoding.REC709):
        return DetectedEncoding(known)
    if tags.log_hint:
        apple = "apple" in tags.log_hint.lower()
        second = tags.log_hint.rstrip().endswith("2") or "wide-gamut" in tags.log_hint
        suggested = (Encoding.APPLE_LOG_2 if second else Encoding.APPLE_LOG) if apple else None
        return DetectedEncoding(None, suggested, f"has the log curve “{tags.log_hint}” in its metadata")
    if known is not None:
        return DetectedEncoding(known)
    if tags.transfer != _SILENT:
        name = _UNREAD_TRANSFERS.get(tags.transfer, "reserved")
        return DetectedEncoding(None, None, f"has transfer code {tags.transfer} ({name}), which has no input transform")
    if tags.primaries not in _PLAIN_PRIMARIES or tags.matrix not in _PLAIN_MATRICES:
        suggested = Encoding.APPLE_LOG if tags.codec == "prores" and tags.primaries == 9 else None
        codes = f"{tags.primaries}/{tags.transfer}/{tags.matrix}"
        return DetectedEncoding(None, suggested, f"has wide colour ({codes}) without a transfer curve, as log does")
    return DetectedEncoding(Encoding.REC709)


def orientation(matrix: Matrix) -> tuple[int, bool]:
    """Return (rotation, mirrored) of a display matrix (a, b, c, d), y pointing down.

    The picture is rotated by `rotation` degrees counter-clockwise (a multiple of 90, from −90 to 180), then
    mirrored left to right.
    """
    angle, mirrored = _angle(matrix)
    rotation = -round(angle / 90) * 90
    return (180 if rotation == -180 else rotation), mirrored


def oblique_angle(matrix: Matrix) -> float:
    """Return a display matrix's clockwise rotation beyond the nearest quarter turn, in degrees."""
    angle, _ = _angle(matrix)
    return angle - round(angle / 90) * 90


def _angle(matrix: Matrix) -> tuple[float, bool]:
    a, b, c, d = matrix
    mirrored = a * d - b * c < 0
    x, y = (-a if mirrored else a), b
    return degrees(atan2(y, x)), mirrored
