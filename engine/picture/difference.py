"""Perceptual colour differences: ΔE2000 for SDR, ΔE ITP for HDR."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.picture.choices import View

Doubles = NDArray[np.float64]

_HDR_PEAK = 1000.0

# Linear Rec.709 to CIE XYZ (D65), and that white.
_REC709_TO_XYZ = np.array(
    [
        [0.412390799, 0.357584339, 0.180480788],
        [0.212639006, 0.715168679, 0.072192315],
        [0.019330819, 0.119194780, 0.950532152],
    ]
)
_D65 = _REC709_TO_XYZ.sum(1)

# ITU-R BT.2100-3 table 6: Rec.2020 to LMS, and L′M′S′ to I, Ct, Cp.
_REC2020_TO_LMS = np.array([[1688, 2146, 262], [683, 2951, 462], [99, 309, 3688]]) / 4096
_LMS_TO_ICTCP = np.array([[2048, 2048, 0], [6610, -13613, 7003], [17933, -17390, -543]]) / 4096


def difference(one: NDArray[Any], other: NDArray[Any], view: View) -> Doubles:
    """The difference of display codes 0–1 (…, 3) of a view: ΔE2000 for SDR, ΔE ITP for HLG and PQ; shape (…)."""
    if view == "sdr":
        return delta_e_2000(_lab(one), _lab(other))
    return delta_e_itp(_ictcp(_nits(one, view)), _ictcp(_nits(other, view)))


def delta_e_2000(one: Doubles, other: Doubles) -> Doubles:
    """CIEDE2000 between CIE L*a*b* colours (…, 3), with kL = kC = kH = 1.

    Sharma, Wu, Dalal, "The CIEDE2000 color-difference formula", Color Research and Application 30(1), 2005.
    """
    (l1, a1, b1), (l2, a2, b2) = np.moveaxis(one, -1, 0), np.moveaxis(other, -1, 0)
    chroma = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    stretch = 1.5 - 0.5 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7))
    a1, a2 = a1 * stretch, a2 * stretch
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    grey = c1 * c2 == 0
    turn = np.where(grey, 0.0, (h2 - h1 + 180) % 360 - 180)
    hue_difference = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn) / 2)
    lightness, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    around = np.abs(h1 - h2) > 180
    hue = np.where(grey, h1 + h2, np.where(around, (h1 + h2 + 360) / 2 % 360, (h1 + h2) / 2))
    weight = (
        1
        - 0.17 * np.cos(np.radians(hue - 30))
        + 0.24 * np.cos(np.radians(2 * hue))
        + 0.32 * np.cos(np.radians(3 * hue + 6))
        - 0.20 * np.cos(np.radians(4 * hue - 63))
    )
    s_l = 1 + 0.015 * (lightness - 50) ** 2 / np.sqrt(20 + (lightness - 50) ** 2)
    s_c, s_h = 1 + 0.045 * chroma, 1 + 0.015 * chroma * weight
    blue = np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2)))
    rotation = -2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7)) * np.sin(blue)
    in_l, in_c, in_h = (l2 - l1) / s_l, (c2 - c1) / s_c, hue_difference / s_h
    total: Doubles = np.sqrt(np.maximum(in_l**2 + in_c**2 + in_h**2 + rotation * in_c * in_h, 0))
    return total


def delta_e_itp(one: Doubles, other: Doubles) -> Doubles:
    """ΔE ITP between ICtCp colours (…, 3); 1 is just noticeable. ITU-R BT.2124-0."""
    total: Doubles = 720 * np.sqrt((((one - other) * [1.0, 0.5, 1.0]) ** 2).sum(-1))
    return total


def _lab(code: NDArray[Any]) -> Doubles:
    """Rec.1886 codes to CIE L*a*b* (D65)."""
    xyz = np.clip(code, 0, 1).astype(np.float64) ** 2.4 @ _REC709_TO_XYZ.T / _D65
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz * (29 / 6) ** 2 / 3 + 4 / 29)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1)


def _nits(code: NDArray[Any], view: View) -> Doubles:
    """Convert codes to Rec.2020 display light in cd/m²: SMPTE ST 2084, or BT.2100's HLG at a peak of 1000 cd/m²."""
    code = np.clip(code, 0, 1).astype(np.float64)
    if view == "pq":
        root = code ** (1 / 78.84375)
        light: Doubles = 10_000 * (np.maximum(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root)) ** (
            1 / 0.1593017578125
        )
        return light
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(code <= 0.5, code**2 / 3, (np.exp((code - c) / a) + b) / 12)
    luminance = scene @ [0.2627, 0.6780, 0.0593]
    shown: Doubles = _HDR_PEAK * np.maximum(luminance, 1e-12)[..., None] ** 0.2 * scene
    return shown


def _ictcp(nits: Doubles) -> Doubles:
    """ITU-R BT.2100-3, table 6 (PQ)."""
    y = np.maximum(nits @ _REC2020_TO_LMS.T, 0) / 10_000
    powered = y**0.1593017578125
    coded = ((0.8359375 + 18.8515625 * powered) / (1 + 18.6875 * powered)) ** 78.84375
    result: Doubles = coded @ _LMS_TO_ICTCP.T
    return result
