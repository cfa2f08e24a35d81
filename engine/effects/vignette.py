"""Vignette: the corners are darker, by a lens's cos⁴ law or by a chosen amount."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import hypot, sqrt
from typing import ClassVar

from pydantic import Field

from engine.effects.effect import Effect
from engine.effects.frame import FrameContext
from engine.effects.pass_builder import PassBuilder
from engine.render import F32, Constant, PointPass, Uniforms, Vec2


class VignetteEffect(Effect):
    """Darkens by the angle from the optical axis.

    With a focal length, this is the cos⁴ law for the sensor; otherwise the corners lose `stops`. The light that is
    lost is lost.
    """

    kind: ClassVar[str] = "vignette"

    stops: float = Field(0.8, ge=-4, le=8, description="Stops that the corners lose; a negative number brightens them.")
    roundness: float = Field(
        0.6, ge=0, le=1, description="Shape: 1 is a circle, 0 an ellipse with the picture's aspect ratio."
    )
    falloff: float = Field(
        2.0, ge=0.5, le=8, description="Exponent of the distance: 2 is a lens, more keeps the middle clear."
    )
    focal_length: float | None = Field(
        None, ge=1, le=2000, description="Focal length, mm: the cos⁴ law replaces stops, roundness and falloff."
    )
    sensor_height: float = Field(
        24.0, ge=1, le=100, description="Height of the sensor, mm, if the footage does not state it."
    )
    amount: float = Field(1.0, ge=0, le=1, description="Share of the vignette.")
    x: float = Field(50.0, ge=0, le=100, description="Centre, % of the picture's width.")
    y: float = Field(50.0, ge=0, le=100, description="Centre, % of the picture's height.")

    def build(self, passes: PassBuilder, picture: str) -> str:
        """One pointwise pass."""
        return passes.add(VignettePass(self._uniforms(passes.frame)), "vignetted", picture=picture)

    def _uniforms(self, frame: FrameContext) -> VignetteUniforms:
        middle = (self.x / 100 * frame.width, self.y / 100 * frame.height)
        window = (middle[0] - frame.x - 0.5, middle[1] - frame.y - 0.5)
        if self.focal_length is not None:
            pixel = (frame.sensor_height or self.sensor_height) / (frame.height * self.focal_length)
            return VignetteUniforms(window, (pixel, pixel), self.amount, 2.0, 1.0)
        corner = (max(middle[0], frame.width - middle[0]), max(middle[1], frame.height - middle[1]))
        # A circle through the corner, or an ellipse; between them, the axes are mixed.
        circle, ellipse = hypot(*corner), sqrt(2.0)
        scale_x = self.roundness / circle + (1 - self.roundness) / (ellipse * corner[0])
        scale_y = self.roundness / circle + (1 - self.roundness) / (ellipse * corner[1])
        reached = hypot(corner[0] * scale_x, corner[1] * scale_y)
        # cos⁴ = (1 + tan²)⁻² is 2^−stops at the corner.
        tangent = 2 ** (self.stops / 2) - 1
        scale = (scale_x / reached, scale_y / reached)
        return VignetteUniforms(window, scale, self.amount, self.falloff, tangent)


@dataclass(frozen=True)
class VignetteUniforms(Uniforms):
    """See shaders/effects/vignette.wgsl."""

    middle: Vec2
    scale: Vec2
    amount: F32
    falloff: F32
    corner: F32


class VignettePass(PointPass):
    """Multiplies colour by the fall-off, and keeps alpha."""

    shader = "effects/vignette.wgsl"
    outputs = ("vignetted",)
    uniforms = VignetteUniforms

    def __init__(self, values: VignetteUniforms) -> None:
        super().__init__(values)
        self._lens = values.falloff == 2

    def constants(self) -> Mapping[str, Constant]:
        """Whether the exponent of the distance is 2."""
        return {"LENS": self._lens}
