"""Which encoding a picture arrives in, whether its file says so, and how it must be turned to stand upright."""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, degrees

from engine.catalog import Encoding

ANSWERS = tuple(str(encoding) for encoding in Encoding if encoding is not Encoding.EXR)
"""What a director may answer where a picture's input transform is asked for."""

# ITU-T H.273 transfer characteristics. 6, 11, 14 and 15 are BT.709's curve under other names.
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
# Primaries and matrices of ordinary video: what names one of them and no transfer is ordinary video, too.
_PLAIN_PRIMARIES, _PLAIN_MATRICES = frozenset({1, 2, 4, 5, 6, 7}), frozenset({0, 1, 2, 4, 5, 6, 7})

# What the camera writes into the `logs` box of a visual sample entry.
_LOG_PROFILES = {
    "com.apple.rec2020.apple-log": Encoding.APPLE_LOG,
    "com.apple.apple-wide-gamut.apple-log": Encoding.APPLE_LOG_2,
}


Matrix = tuple[float, float, float, float]
"""(a, b, c, d) of a display matrix, y pointing down."""


@dataclass(frozen=True, slots=True)
class Tags:
    """What a file says of a picture's colour: H.273 codes, the `logs` box, and a log curve named in its metadata."""

    primaries: int
    transfer: int
    matrix: int
    codec: str
    log_profile: str = ""
    log_hint: str = ""


@dataclass(frozen=True, slots=True)
class DetectedEncoding:
    """How a picture is read: by `encoding`; or, where `question` says why nobody may decide, by the director's answer.

    `suggested` is the answer that the file makes likely, None where none is.
    """

    encoding: Encoding | None
    suggested: Encoding | None = None
    question: str = ""


def read_encoding(tags: Tags) -> DetectedEncoding:
    """The encoding by the file's own word. Log is never guessed, and no unknown curve is read as another.

    In this order: the `logs` box; HLG, PQ and sRGB by their transfer codes; a log curve named in the metadata; the
    transfer code; and where that is silent, primaries or a matrix of another kind than ordinary video's. A picture
    of which the file says nothing is Rec.709.
    """
    if named := _LOG_PROFILES.get(tags.log_profile):
        return DetectedEncoding(named, named, f"looks like {named}")
    if tags.log_profile:
        return DetectedEncoding(None, None, f"names a log curve that is not known here, “{tags.log_profile}”")
    known = _TRANSFERS.get(tags.transfer)
    if known not in (None, Encoding.REC709):
        return DetectedEncoding(known)
    if tags.log_hint:
        apple = "apple" in tags.log_hint.lower()
        second = tags.log_hint.rstrip().endswith("2") or "wide-gamut" in tags.log_hint
        suggested = (Encoding.APPLE_LOG_2 if second else Encoding.APPLE_LOG) if apple else None
        return DetectedEncoding(None, suggested, f"names the log curve “{tags.log_hint}” in its metadata")
    if known is not None:
        return DetectedEncoding(known)
    if tags.transfer != _SILENT:
        name = _UNREAD_TRANSFERS.get(tags.transfer, "reserved")
        return DetectedEncoding(
            None, None, f"has transfer code {tags.transfer} ({name}), for which there is no input transform"
        )
    if tags.primaries not in _PLAIN_PRIMARIES or tags.matrix not in _PLAIN_MATRICES:
        suggested = Encoding.APPLE_LOG if tags.codec == "prores" and tags.primaries == 9 else None
        codes = f"{tags.primaries}/{tags.transfer}/{tags.matrix}"
        return DetectedEncoding(
            None, suggested, f"says nothing of its transfer curve beside wide colour ({codes}), as log does"
        )
    return DetectedEncoding(Encoding.REC709)


def orientation(matrix: Matrix) -> tuple[int, bool]:
    """(rotation, mirrored) of a display matrix (a, b, c, d), y pointing down.

    The picture is turned `rotation` degrees counter-clockwise (a multiple of 90, from −90 to
    180), then mirrored left to right.
    """
    angle, mirrored = _angle(matrix)
    rotation = -round(angle / 90) * 90
    return (180 if rotation == -180 else rotation), mirrored


def oblique_angle(matrix: Matrix) -> float:
    """By how many degrees clockwise a display matrix turns the picture beyond the nearest quarter turn."""
    angle, _ = _angle(matrix)
    return angle - round(angle / 90) * 90


def _angle(matrix: Matrix) -> tuple[float, bool]:
    a, b, c, d = matrix
    mirrored = a * d - b * c < 0
    x, y = (-a if mirrored else a), b
    return degrees(atan2(y, x)), mirrored
