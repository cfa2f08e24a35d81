"""A tone curve: contrast with a soft toe and shoulder, in stops."""

from __future__ import annotations

from dataclasses import dataclass
from math import log2
from typing import ClassVar

from pydantic import Field

from engine.effects.effect import Effect
from engine.effects.pass_builder import PassBuilder
from engine.render import F32, PointPass, Uniforms

# Light that is added before the logarithm, as a share of the pivot: 8 stops below it.
_FLOOR = 2.0**-8


class ToneCurveEffect(Effect):
    """Contrast around a pivot, with a toe and a shoulder that limit the stops below and above it.

    With x stops from the pivot and c × x = y, the result is y / (1 + shoulder × y / 8) stops above the pivot, and
    y / (1 − toe × y / 8) below it. Black stays black.
    """

    kind: ClassVar[str] = "tone_curve"

    contrast: float = Field(1.1, ge=0.25, le=4, description="Slope at the pivot, in stops per stop.")
    pivot: float = Field(0.18, ge=0.01, le=2, description="Light that stays in place; middle grey is 0.18.")
    toe: float = Field(0.1, ge=0, le=2, description="Softness of shadows: 1 compresses 8 stops below the pivot to 4.")
    shoulder: float = Field(
        0.25, ge=0, le=2, description="Softness of highlights: 1 compresses 8 stops above the pivot to 4."
    )

    def build(self, passes: PassBuilder, picture: str) -> str:
        """One pointwise pass."""
        floor = self.pivot * _FLOOR
        below = -self.contrast * log2(1 + 1 / _FLOOR)
        softened = 1 - self.toe / 8 * below
        black = 2.0 ** (below / softened)
        # The derivative of 2^y at black, by the light.
        slope = self.pivot / (1 - black) * black * self.contrast / softened**2 / floor
        values = ToneCurveUniforms(
            pivot=self.pivot,
            contrast=self.contrast,
            toe=self.toe / 8,
            shoulder=self.shoulder / 8,
            floor=floor,
            black=black,
            scale=1 / (1 - black),
            slope=slope,
        )
        return passes.add(ToneCurvePass(values), "toned", picture=picture)


@dataclass(frozen=True)
class ToneCurveUniforms(Uniforms):
    """See shaders/effects/tone_curve.wgsl."""

    pivot: F32
    contrast: F32
    toe: F32
    shoulder: F32
    floor: F32
    black: F32
    scale: F32
    slope: F32


class ToneCurvePass(PointPass):
    """Applies the curve to each channel."""

    shader = "effects/tone_curve.wgsl"
    common = ("common/exponents.wgsl",)
    outputs = ("toned",)
    uniforms = ToneCurveUniforms
