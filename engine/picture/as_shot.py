"""Display-referred conversions between HLG, PQ and SDR, which preserve the displayed light.

HLG uses the OOTF of ITU-R BT.2100-3 at a nominal peak of 1000 nits (system gamma 1.2, on Rec.2020 luminance). SDR
white is at 203 nits (ITU-R BT.2408-7, reference white). Rec.709 uses the EOTF of ITU-R BT.1886 with zero black, sRGB
that of IEC 61966-2-1. Primaries are converted in linear light.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.catalog import Encoding
from engine.picture.choices import Rendering, View
from engine.picture.color import Curve, InputTransform, gamut_matrix, input_transform

HLG_PEAK_NITS = 1000.0
HLG_GAMMA = 1.2
SDR_WHITE_NITS = 203.0

Doubles = NDArray[np.float64]

_TARGETS: dict[Encoding, tuple[View, ...]] = {
    Encoding.HLG: ("hlg", "pq"),
    Encoding.PQ: ("hlg", "pq"),
    Encoding.REC709: ("sdr", "hlg", "pq"),
    Encoding.SRGB: ("sdr", "hlg", "pq"),
}
_NAMES: dict[Encoding, str] = {
    Encoding.HLG: "HLG",
    Encoding.PQ: "PQ",
    Encoding.REC709: "Rec.709",
    Encoding.SRGB: "sRGB",
    Encoding.APPLE_LOG: "Apple Log",
    Encoding.APPLE_LOG_2: "Apple Log 2",
    Encoding.EXR: "ACEScg",
}
_VIEW_NAMES: dict[View, str] = {"sdr": "SDR", "hlg": "HLG", "pq": "PQ"}
_ACES_NITS: dict[View, int] = {"sdr": 100, "hlg": 1000, "pq": 1000}
_LUMINANCE = np.array([0.2627, 0.6780, 0.0593])
_A, _B, _C = 0.17883277, 0.28466892, 0.55991073
_M1, _M2, _C1, _C2, _C3 = 0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875


@dataclass(frozen=True, slots=True)
class Conversion:
    """A conversion from code values of `source` to code values of `view`, both display-referred."""

    source: Encoding
    view: View

    def __str__(self) -> str:
        """The name for file names, such as hlg-to-pq."""
        return f"{self.source}-to-{self.view}"

    @property
    def target(self) -> Encoding:
        """The output encoding. SDR keeps its own curve: Rec.709 and sRGB codes are not changed."""
        match self.view:
            case "sdr":
                return self.source
            case "hlg":
                return Encoding.HLG
            case "pq":
                return Encoding.PQ

    @property
    def input(self) -> InputTransform:
        """The source's curve without a change of primaries."""
        return InputTransform(input_transform(self.source).curve, np.eye(3))

    @property
    def curves(self) -> tuple[Curve, Curve]:
        """The curves of the source and the target."""
        return input_transform(self.source).curve, input_transform(self.target).curve

    def matrix(self, primaries: int = 2) -> NDArray[np.floating[Any]]:
        """The 3×3 matrix from the source's primaries (an H.273 code; 2: the encoding's own) to the target's."""
        return gamut_matrix(self.source, primaries, 1 if self.view == "sdr" else 9)

    @property
    def title(self) -> str:
        """The description, with the nits that it depends on."""
        source, view = _NAMES[self.source], _VIEW_NAMES[self.view]
        if self.target is self.source:
            return f"{source} handed through"
        if self.source is Encoding.HLG:
            return f"HLG to {view} by the BT.2100 OOTF, 1000 nits"
        if self.source is Encoding.PQ:
            return f"PQ to {view} by the inverse BT.2100 OOTF, 1000 nits; brighter light is clipped"
        curve = "BT.1886" if self.source is Encoding.REC709 else "IEC 61966-2-1"
        return f"{source} to {view} by {curve} and BT.2408, white at 203 nits"

    def convert(self, codes: NDArray[Any], primaries: int = 2) -> Doubles:
        """Convert R′G′B′ code values (…, 3), full scale 0–1, to those of the target, in double precision.

        Codes below black count as black. Light beyond the target's range is clipped per channel: HLG and SDR at their
        nominal peak, PQ at 10,000 nits if the source is PQ, else at 1000 nits.
        """
        light = self._source_light(np.maximum(np.asarray(codes, np.float64), 0))
        light = np.maximum(light @ self.matrix(primaries).T, 0)
        if self.target is not self.source:
            light = self._target_light(np.minimum(self._shown(light), 1))
        return np.clip(self._encoded(light), 0, 1)

    def _source_light(self, codes: Doubles) -> Doubles:
        """Linear light: for HLG scene light 0–1; for PQ 1 is 1000 nits; for SDR display light, 1 is white."""
        match self.source:
            case Encoding.HLG:
                return np.where(codes <= 0.5, codes**2 / 3, (np.exp((codes - _C) / _A) + _B) / 12)
            case Encoding.PQ:
                root = codes ** (1 / _M2)
                ratio = np.maximum(root - _C1, 0) / np.maximum(_C2 - _C3 * root, 1e-4)
                nits: Doubles = 10_000 * ratio ** (1 / _M1)
                return nits / HLG_PEAK_NITS
            case Encoding.REC709:
                shown: Doubles = codes**2.4
                return shown
            case _:
                return np.where(codes <= 0.04045, codes / 12.92, ((codes + 0.055) / 1.055) ** 2.4)

    def _shown(self, light: Doubles) -> Doubles:
        """Display light, 1 is 1000 nits."""
        match self.source:
            case Encoding.HLG:
                light = np.minimum(light, 1)
                shown: Doubles = light * (light @ _LUMINANCE)[..., None] ** (HLG_GAMMA - 1)
                return shown
            case Encoding.PQ:
                return light
            case _:
                return light * (SDR_WHITE_NITS / HLG_PEAK_NITS)

    def _target_light(self, shown: Doubles) -> Doubles:
        """Display light in the target's unit: HLG's scene light, or 1 for 1000 nits."""
        if self.target is Encoding.PQ:
            return shown
        luminance = np.maximum(shown @ _LUMINANCE, 1e-12)[..., None]
        scene: Doubles = shown * luminance ** ((1 - HLG_GAMMA) / HLG_GAMMA)
        return scene

    def _encoded(self, light: Doubles) -> Doubles:
        match self.target:
            case Encoding.HLG:
                bright = _A * np.log(np.maximum(12 * light - _B, 1e-9)) + _C
                return np.where(light <= 1 / 12, np.sqrt(3 * light), bright)
            case Encoding.PQ:
                powered = (light * HLG_PEAK_NITS / 10_000) ** _M1
                code: Doubles = ((_C1 + _C2 * powered) / (1 + _C3 * powered)) ** _M2
                return code
            case Encoding.REC709:
                root: Doubles = light ** (1 / 2.4)
                return root
            case _:
                return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


CONVERSIONS: tuple[Conversion, ...] = tuple(
    Conversion(source, view) for source, views in _TARGETS.items() for view in views
)
"""All supported conversions."""


def conversion_of(encoding: Encoding, view: View, rendering: Rendering = "as-shot") -> Conversion | None:
    """The conversion from this encoding to `view`; None if the ACES 2.0 view applies.

    With "as-shot", the ACES 2.0 view applies to HDR shown in SDR and to scene-referred sources (log, EXR).
    """
    if rendering == "aces" or view not in _TARGETS.get(encoding, ()):
        return None
    return Conversion(encoding, view)


def describe(encoding: Encoding, view: View, rendering: Rendering = "as-shot") -> str:
    """The description of the conversion, such as "HLG to PQ by the BT.2100 OOTF, 1000 nits"."""
    if conversion := conversion_of(encoding, view, rendering):
        return conversion.title
    return f"{_NAMES[encoding]} to {_VIEW_NAMES[view]} by the ACES 2.0 view, {_ACES_NITS[view]} nits"
