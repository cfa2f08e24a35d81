"""The elements of the Common LUT Format, with their attributes and what they contain.

Source: ACES S-2014-006 (Common LUT Format 3.0), sections 4 and 5. IndexMap and rawHalfs, which few programs read in the
same way, are left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

DEPTHS = ("8i", "10i", "12i", "16i", "16f", "32f")
_INFO = ("AppRelease", "Copyright", "Revision", "ACEStransformID", "ACESuserName")
DROPPED = frozenset(("Description", "InputDescriptor", "OutputDescriptor", "Info", *_INFO))
"""Texts for people, which are not written again."""

NODES: Mapping[str, Sequence[str]] = {
    "Matrix": ("Array",),
    "LUT1D": ("Array",),
    "LUT3D": ("Array",),
    "Range": (),
    "ASC_CDL": (),
    "Exponent": ("ExponentParams",),
    "Log": (),
}
"""The steps, with the elements that each needs."""

ARRAYS = ("Matrix", "LUT1D", "LUT3D")
NUMBERS: Mapping[str, int] = {
    "Array": 0,
    **dict.fromkeys(("minInValue", "maxInValue", "minOutValue", "maxOutValue", "Saturation"), 1),
    **dict.fromkeys(("Slope", "Offset", "Power"), 3),
}
"""The elements that contain numbers, and how many; 0: as many as its size says."""

CHILDREN: Mapping[str, frozenset[str]] = {
    "ProcessList": frozenset((*NODES, *DROPPED)),
    "Info": frozenset(_INFO),
    **{name: frozenset(("Array", "Description")) for name in ARRAYS},
    "Range": frozenset(("minInValue", "maxInValue", "minOutValue", "maxOutValue", "Description")),
    "ASC_CDL": frozenset(("SOPNode", "SatNode", "Description")),
    "SOPNode": frozenset(("Slope", "Offset", "Power", "Description")),
    "SatNode": frozenset(("Saturation", "Description")),
    "Exponent": frozenset(("ExponentParams", "Description")),
    "Log": frozenset(("LogParams", "Description")),
}

_STEP: Mapping[str, Sequence[str] | None] = {"id": None, "name": None, "inBitDepth": DEPTHS, "outBitDepth": DEPTHS}
_EXPONENTS = ("basicFwd", "basicRev", "basicMirrorFwd", "basicMirrorRev", "basicPassThruFwd", "basicPassThruRev",
              "monCurveFwd", "monCurveRev", "monCurveMirrorFwd", "monCurveMirrorRev")  # fmt: skip
_LOGS = ("log10", "antiLog10", "log2", "antiLog2", "linToLog", "logToLin", "cameraLinToLog", "cameraLogToLin")
_CHANNELS = ("R", "G", "B")
ATTRIBUTES: Mapping[str, Mapping[str, Sequence[str] | None]] = {
    "ProcessList": {"id": None, "name": None, "compCLFversion": None},
    "Matrix": _STEP,
    "LUT1D": {**_STEP, "interpolation": ("linear",), "halfDomain": ("true", "false")},
    "LUT3D": {**_STEP, "interpolation": ("trilinear", "tetrahedral")},
    "Range": {**_STEP, "style": ("Clamp", "noClamp")},
    "ASC_CDL": {**_STEP, "style": ("Fwd", "Rev", "FwdNoClamp", "RevNoClamp")},
    "Exponent": {**_STEP, "style": _EXPONENTS},
    "Log": {**_STEP, "style": _LOGS},
    "Array": {"dim": None},
    "ExponentParams": {"channel": _CHANNELS, "exponent": None, "offset": None},
    "LogParams": {
        "channel": _CHANNELS, "base": None, "linSideSlope": None, "linSideOffset": None, "logSideSlope": None,
        "logSideOffset": None, "linSideBreak": None, "linearSlope": None,
    },
    **{key: {} for key in (*NUMBERS, "SOPNode", "SatNode") if key != "Array"},
}  # fmt: skip
"""The attributes of each element in the order of writing, with their values; None: a number, a name or a size."""

_LARGEST_1D, _HALVES, _LARGEST_3D = 65536, 65536, 129


def array_size(step: str, dim: str, attributes: Mapping[str, str]) -> int | None:
    """The number of values of an array; None if it may not have these sizes."""
    words = dim.split()
    if not words or not all(word.isascii() and word.isdecimal() and len(word) <= 6 for word in words):
        return None
    sizes = tuple(map(int, words))
    match step:
        case "Matrix":
            # Version 2 has a third size, the number of channels.
            return sizes[0] * sizes[1] if sizes in ((3, 3), (3, 4), (3, 3, 3), (3, 4, 3)) else None
        case "LUT1D":
            right = len(sizes) == 2 and 2 <= sizes[0] <= _LARGEST_1D and sizes[1] in (1, 3)
            if attributes.get("halfDomain") == "true" and sizes[0] != _HALVES:
                return None
            return sizes[0] * sizes[1] if right else None
        case _:
            cube = len(sizes) == 4 and len(set(sizes[:3])) == 1 and 2 <= sizes[0] <= _LARGEST_3D and sizes[3] == 3
            return sizes[0] ** 3 * 3 if cube else None
