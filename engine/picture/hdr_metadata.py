"""HDR10 metadata: the mastering display and the content light levels."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from fractions import Fraction

Point = tuple[Fraction, Fraction]
"""CIE 1931 x, y."""


@dataclass(frozen=True, slots=True)
class LightMetadata:
    """SMPTE ST 2086's mastering display and CTA-861.3's light levels.

    `peak` and `black` in cd/m². `max_cll` and `max_fall` (cd/m²) are the brightest pixel and the highest frame average;
    0 means not measured.
    """

    red: Point
    green: Point
    blue: Point
    white: Point
    peak: Fraction
    black: Fraction
    max_cll: int
    max_fall: int

    def is_near(self, other: LightMetadata) -> bool:
        """Whether both are equal within the precision of the coarsest bitstream (AV1: 1/65536 and 1/16384)."""
        levels = (self.max_cll, self.max_fall) == (other.max_cll, other.max_fall)
        pairs = zip(self._numbers, other._numbers, strict=True)
        return levels and all(abs(mine - theirs) <= Fraction(1, 10_000) for mine, theirs in pairs)

    @property
    def title(self) -> str:
        """The description for checks: gamut, range of the display and MaxCLL."""
        gamut = {P3_D65: "P3 D65", REC2020: "Rec.2020"}.get((self.red, self.green, self.blue, self.white))
        display = f"{float(self.black):g} to {float(self.peak):g} cd/m²"
        return f"{gamut or 'primaries of the footage'}, {display}, MaxCLL {self.max_cll}"

    @property
    def _numbers(self) -> tuple[Fraction, ...]:
        return (*self.red, *self.green, *self.blue, *self.white, self.peak, self.black)

    @property
    def x265(self) -> str:
        """The value of x265's master-display: chromaticities in 1/50000, light in 1/10000 cd/m²."""
        green, blue, red, white = (
            f"{round(x * 50_000)},{round(y * 50_000)}" for x, y in (self.green, self.blue, self.red, self.white)
        )
        return f"G({green})B({blue})R({red})WP({white})L({round(self.peak * 10_000)},{round(self.black * 10_000)})"

    @property
    def svt(self) -> str:
        """The value of SVT-AV1's mastering-display, in decimal numbers."""
        points = (("G", self.green), ("B", self.blue), ("R", self.red), ("WP", self.white))
        named = "".join(f"{name}({float(x):g},{float(y):g})" for name, (x, y) in points)
        return f"{named}L({float(self.peak):g},{float(self.black):g})"

    @property
    def levels(self) -> str:
        """MaxCLL and MaxFALL in the format of both encoders."""
        return f"{self.max_cll},{self.max_fall}"

    @property
    def mdcv(self) -> bytes:
        """The payload of a sample entry's `mdcv` box (ISO/IEC 14496-12, 12.1.6): green, blue, red, white, light."""
        points = (self.green, self.blue, self.red, self.white)
        places = [round(value * 50_000) for point in points for value in point]
        return struct.pack(">8H2I", *places, round(self.peak * 10_000), round(self.black * 10_000))

    @property
    def clli(self) -> bytes:
        """The payload of its `clli` box (ISO/IEC 14496-12, 12.1.7)."""
        return struct.pack(">2H", self.max_cll, self.max_fall)


def _point(x: str, y: str) -> Point:
    return Fraction(x), Fraction(y)


_WHITE = _point("0.3127", "0.3290")
P3_D65 = (_point("0.680", "0.320"), _point("0.265", "0.690"), _point("0.150", "0.060"), _WHITE)
REC2020 = (_point("0.708", "0.292"), _point("0.170", "0.797"), _point("0.131", "0.046"), _WHITE)

HDR10_LIGHT = LightMetadata(
    *P3_D65,
    peak=Fraction(1000),
    black=Fraction("0.0001"),
    max_cll=1000,
    max_fall=0,
)
"""The limits of the PQ view: P3 D65 and 1000 cd/m², the maximum of ACES 2.0. MaxFALL is not measured."""

AS_SHOT_LIGHT = replace(HDR10_LIGHT, red=REC2020[0], green=REC2020[1], blue=REC2020[2])
"""The limits of as-shot conversions to PQ: 1000 cd/m² in all of Rec.2020."""


def pq_nits(signal: float) -> float:
    """The light of a PQ signal from 0 to 1, in cd/m² (SMPTE ST 2084)."""
    root = max(0.0, min(1.0, signal)) ** (32 / 2523)
    ratio = max(0.0, root - 3424 / 4096) / (2413 / 128 - 2392 / 128 * root)
    return float(10_000 * ratio ** (16384 / 2610))
