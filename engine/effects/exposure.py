"""Exposure: more or less light, as if the aperture had been another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pydantic import Field

from engine.effects.effect import Effect
from engine.effects.pass_builder import PassBuilder
from engine.render import F32, PointPass, Uniforms


class ExposureEffect(Effect):
    """Multiplies the light by 2^stops."""

    kind: ClassVar[str] = "exposure"

    stops: float = Field(0.0, ge=-16, le=16, description="Exposure in stops; 1 doubles the light.")

    def build(self, passes: PassBuilder, picture: str) -> str:
        """One pointwise pass."""
        return passes.add(ExposurePass(ExposureUniforms(2.0**self.stops)), "exposed", picture=picture)


@dataclass(frozen=True)
class ExposureUniforms(Uniforms):
    """See shaders/effects/exposure.wgsl."""

    gain: F32


class ExposurePass(PointPass):
    """Multiplies colour by a gain and keeps alpha."""

    shader = "effects/exposure.wgsl"
    outputs = ("exposed",)
    uniforms = ExposureUniforms
