"""Colour by OpenColorIO on the CPU: the reference for the GPU, and its lookup tables.

Scene-linear always means ACEScg (AP1 primaries, ACES white). The config is pinned by name and its file rules are not
used.
"""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from typing import Any

import numpy as np
import PyOpenColorIO as OCIO  # noqa: N814 (the name in its documentation)
from numpy.typing import NDArray
from platformdirs import user_cache_path

from engine.atomic_files import partial
from engine.catalog import Encoding
from engine.errors import EngineError
from engine.picture.choices import View

CONFIG = "ocio://studio-config-v4.0.0_aces-v2.0_ocio-v2.5"
TRUTH = f"OpenColorIO {OCIO.__version__} {CONFIG}"
"""Identifies the reference; changes with the library and the config."""


def color_library_version() -> str:
    """The version of OpenColorIO."""
    return str(OCIO.__version__)


Floats = NDArray[np.float32]
Chromaticities = tuple[float, float, float, float, float, float, float, float]
"""CIE 1931 x, y of red, green, blue and white, in OpenEXR's order."""

AP1: Chromaticities = (0.713, 0.293, 0.165, 0.830, 0.128, 0.044, 0.32168, 0.33767)

_DISPLAYS: dict[View, tuple[str, str]] = {
    "sdr": ("Rec.1886 Rec.709 - Display", "ACES 2.0 - SDR 100 nits (Rec.709)"),
    "hlg": ("Rec.2100-HLG - Display", "ACES 2.0 - HDR 1000 nits (P3 D65)"),
    "pq": ("Rec.2100-PQ - Display", "ACES 2.0 - HDR 1000 nits (P3 D65)"),
}

# OCIO's HLG curve maps code 0.42 to 0.1764; Cleanwater's contract maps it to middle grey, 0.18.
HLG_EXPOSURE = 0.18 / 0.1764

_D65 = (0.3127, 0.3290)
_PRIMARIES: dict[int, Chromaticities] = {  # ITU-T H.273, table 2
    1: (0.640, 0.330, 0.300, 0.600, 0.150, 0.060, *_D65),
    5: (0.640, 0.330, 0.290, 0.600, 0.150, 0.060, *_D65),
    6: (0.630, 0.340, 0.310, 0.595, 0.155, 0.070, *_D65),
    9: (0.708, 0.292, 0.170, 0.797, 0.131, 0.046, *_D65),
    12: (0.680, 0.320, 0.265, 0.690, 0.150, 0.060, *_D65),
}
_PRIMARIES[7] = _PRIMARIES[6]
_OWN_PRIMARIES = {Encoding.HLG: 9, Encoding.PQ: 9, Encoding.REC709: 1, Encoding.SRGB: 1}


@dataclass(frozen=True, slots=True)
class Shaper:
    """Spacing of a table's nodes per channel: even in log2(1 + x/offset) − bend · log2(1 + x/knee), from 0 to `top`.

    `steps` is the number of nodes per channel. ACES 2.0 clips negative AP1, and its output is constant above `top`.
    """

    steps: int
    offset: float
    top: float
    knee: float = 1.0
    bend: float = 0.0

    @property
    def scale(self) -> float:
        """Nodes per unit of the shaper's curve."""
        return (self.steps - 1) / float(self._curve(np.float64(self.top)))

    @property
    def nodes(self) -> NDArray[np.float64]:
        """The scene-linear value of each node."""
        low, high = np.zeros(self.steps), np.full(self.steps, self.top)
        wanted = np.arange(self.steps) / self.scale
        for _ in range(64):
            middle = (low + high) / 2
            below = self._curve(middle) < wanted
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        return high

    def _curve(self, x: Any) -> Any:
        return np.log2(1 + x / self.offset) - self.bend * np.log2(1 + x / self.knee)


# 65 steps have an error of ΔE2000 1.8 in saturated highlights, 129 of 0.82. The 1000-nit views need more steps, a
# stronger bend and a larger range.
_SDR_SHAPER = Shaper(129, 0.02, 128.0)
_HDR_SHAPER = Shaper(193, 0.02, 512.0, knee=16.0, bend=0.6)
SHAPERS: dict[View, Shaper] = {"sdr": _SDR_SHAPER, "hlg": _HDR_SHAPER, "pq": _HDR_SHAPER}


class Curve(IntEnum):
    """The transfer curve from code value to linear light, numbered as in shaders/input.wgsl."""

    LINEAR = 0
    HLG = 1
    PQ = 2
    APPLE_LOG = 3
    CAMERA_709 = 4
    SRGB = 5


@dataclass(frozen=True, slots=True)
class InputTransform:
    """An input transform for the GPU: a curve per channel, then `matrix` (3×3, rows by columns) to ACEScg."""

    curve: Curve
    matrix: NDArray[np.floating[Any]]


_CURVES = {
    Encoding.HLG: Curve.HLG,
    Encoding.PQ: Curve.PQ,
    Encoding.APPLE_LOG: Curve.APPLE_LOG,
    Encoding.APPLE_LOG_2: Curve.APPLE_LOG,
    Encoding.REC709: Curve.CAMERA_709,
    Encoding.SRGB: Curve.SRGB,
    Encoding.EXR: Curve.LINEAR,
}


def to_acescg(rgb: NDArray[Any], encoding: Encoding, primaries: int = 2) -> Floats:
    """Convert R′G′B′ code values (…, 3), full scale 0–1, to scene-linear ACEScg with OCIO on the CPU.

    `primaries` is the file's H.273 code; 2 and unknown codes mean the encoding's own primaries. The log encodings
    define their primaries. EXR is not changed.
    """
    return _apply(_processor(encoding, _settled(encoding, primaries)), rgb)


@cache
def input_transform(encoding: Encoding, primaries: int = 2) -> InputTransform:
    """The transform of `to_acescg`, as curve and matrix for the GPU."""
    codes = np.full((3, 3), 0.3) + 0.4 * np.eye(3)
    linear = _apply(_cpu(_curve_transform(encoding)), codes).astype(np.float64)
    acescg = to_acescg(codes, encoding, primaries).astype(np.float64)
    return InputTransform(_CURVES[encoding], np.linalg.solve(linear, acescg).T)


def to_display(acescg: NDArray[Any], view: View) -> Floats:
    """Convert scene-linear ACEScg (…, 3) to display code values 0–1 by the ACES 2.0 view, with OCIO on the CPU."""
    display, name = _DISPLAYS[view]
    return _apply(_cpu(OCIO.DisplayViewTransform("ACEScg", display, name)), acescg)


def matrix_to_acescg(chromaticities: Chromaticities) -> NDArray[np.floating[Any]]:
    """The 3×3 matrix from linear RGB of these primaries to ACEScg, with Bradford adaptation as in ACES and OCIO.

    Raises ValueError if the primaries span no gamut (collinear, or a white with y = 0).
    """
    if not np.all(np.isfinite(chromaticities)) or chromaticities[7] == 0 or chromaticities == (0.0,) * 8:
        raise ValueError(f"no colour space has these chromaticities: {chromaticities}")
    if np.allclose(chromaticities, AP1, atol=1e-5):
        return np.eye(3)
    try:
        adapted = bradford_adaptation(chromaticities[6:8], AP1[6:8]) @ rgb_to_xyz(chromaticities)
        matrix = np.linalg.solve(rgb_to_xyz(AP1), adapted)
    except np.linalg.LinAlgError:
        raise ValueError(f"no colour space has these chromaticities: {chromaticities}") from None
    if not np.all(np.isfinite(matrix)) or np.abs(matrix).max() > 1e4:
        raise ValueError(f"no colour space has these chromaticities: {chromaticities}")
    return matrix


@cache
def gamut_matrix(encoding: Encoding, primaries: int, target: int) -> NDArray[np.floating[Any]]:
    """The 3×3 matrix from linear RGB of an encoding to that of `target` (an H.273 code); identity if they are equal.

    `primaries` is the file's H.273 code; 2 and unknown codes mean the encoding's own primaries.
    """
    source = _settled(encoding, primaries)
    if _PRIMARIES[source] == _PRIMARIES[target]:
        return np.eye(3)
    return np.linalg.solve(matrix_to_acescg(_PRIMARIES[target]), matrix_to_acescg(_PRIMARIES[source]))


@cache
def view_table(view: View) -> NDArray[np.uint16]:
    """The view baked as a cube (n, n, n, 3), indexed by shaped red, green, blue; 65535 is code value 1.

    The nodes are those of SHAPERS[view]. The table is cached in the user's cache folder, by TRUTH and the processor's
    cache id.
    """
    display, name = _DISPLAYS[view]
    shaper = SHAPERS[view]
    processor = _config().getProcessor(OCIO.DisplayViewTransform("ACEScg", display, name))
    key = f"{TRUTH} {processor.getCacheID()} {shaper}"
    path = user_cache_path("Cleanwater") / f"view-{view}-{hashlib.sha256(key.encode()).hexdigest()[:16]}.npy"
    with contextlib.suppress(OSError, ValueError):
        table: NDArray[np.uint16] = np.load(path)
        if table.shape == (shaper.steps,) * 3 + (3,) and table.dtype == np.uint16:
            return table
    nodes = shaper.nodes.astype(np.float32)
    table = np.empty((shaper.steps,) * 3 + (3,), np.uint16)
    for red, plane in zip(nodes, table, strict=True):
        cube = np.stack(np.broadcast_arrays(red, *np.meshgrid(nodes, nodes, indexing="ij")), -1)
        plane[...] = np.rint(np.clip(to_display(cube, view), 0, 1) * 65535)
    # If the cache cannot be written, the table is baked again next time.
    with contextlib.suppress(EngineError), partial(path) as unfinished:
        np.save(unfinished, table)
    return table


@cache
def _config() -> Any:
    return OCIO.Config.CreateFromFile(CONFIG)


def _cpu(transform: Any) -> Any:
    return _config().getProcessor(transform).getDefaultCPUProcessor()


def _apply(processor: Any, pixels: NDArray[Any]) -> Floats:
    flat = np.array(pixels, np.float32, order="C").reshape(-1, 3)
    processor.applyRGB(flat)
    return flat.reshape(np.shape(pixels))


def _settled(encoding: Encoding, primaries: int) -> int:
    return primaries if primaries in _PRIMARIES else _OWN_PRIMARIES.get(encoding, 2)


@cache
def _processor(encoding: Encoding, primaries: int) -> Any:
    match encoding:
        case Encoding.APPLE_LOG:
            return _cpu(OCIO.ColorSpaceTransform("Apple Log", "ACEScg"))
        case Encoding.APPLE_LOG_2:
            style = OCIO.BuiltinTransform("APPLE_LOG-APPLEWG_to_ACES2065-1")
            return _cpu(OCIO.GroupTransform([style, OCIO.ColorSpaceTransform("ACES2065-1", "ACEScg")]))
        case Encoding.EXR:
            return _cpu(OCIO.MatrixTransform())
        case _:
            exposure = OCIO.MatrixTransform.Scale([HLG_EXPOSURE if encoding is Encoding.HLG else 1.0] * 3 + [1.0])
            return _cpu(OCIO.GroupTransform([_curve_transform(encoding), exposure, _gamut_transform(primaries)]))


def _curve_transform(encoding: Encoding) -> Any:
    match encoding:
        case Encoding.HLG:
            return OCIO.BuiltinTransform("CURVE - HLG-OETF-INVERSE")
        case Encoding.PQ:
            return OCIO.BuiltinTransform("CURVE - ST-2084_to_LINEAR")
        case Encoding.APPLE_LOG | Encoding.APPLE_LOG_2:
            return OCIO.BuiltinTransform("CURVE - APPLE_LOG_to_LINEAR")
        case Encoding.REC709:
            return OCIO.ColorSpaceTransform("Camera Rec.709", "Linear Rec.709 (sRGB)")
        case Encoding.SRGB:
            return OCIO.ColorSpaceTransform("sRGB Encoded Rec.709 (sRGB)", "Linear Rec.709 (sRGB)")
        case _:
            return OCIO.MatrixTransform()


def _gamut_transform(primaries: int) -> Any:
    named = {1: "Linear Rec.709 (sRGB)", 9: "Linear Rec.2020", 12: "Linear P3-D65"}
    if primaries in named:
        return OCIO.ColorSpaceTransform(named[primaries], "ACEScg")
    padded = np.eye(4)
    padded[:3, :3] = matrix_to_acescg(_PRIMARIES[primaries])
    return OCIO.MatrixTransform(padded.ravel().tolist())


def rgb_to_xyz(chromaticities: Chromaticities) -> NDArray[np.float64]:
    """The RGB to XYZ matrix by SMPTE RP 177: the weighted primaries add up to the white at Y = 1."""
    xy = np.array(chromaticities, np.float64).reshape(4, 2)
    directions = np.column_stack([xy, 1 - xy.sum(1)])
    white = directions[3] / xy[3, 1]
    return directions[:3].T * np.linalg.solve(directions[:3].T, white)


def bradford_adaptation(source: tuple[float, ...], target: tuple[float, ...]) -> NDArray[np.float64]:
    """The linear Bradford adaptation between two whites (CIE 160:2004)."""
    cone = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
    whites = [cone @ np.array([x / y, 1.0, (1 - x - y) / y]) for x, y in (source, target)]
    return np.linalg.solve(cone, np.diag(whites[1] / whites[0]) @ cone)
