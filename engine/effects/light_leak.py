"""Light leaks: soft patches of warm light that enter a camera at the edges of its film gate, and move slowly."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, sin, tau
from typing import ClassVar

import numpy as np
from pydantic import Field

from engine.effects.effect import Effect
from engine.effects.frame import FrameContext
from engine.effects.pass_builder import PassBuilder
from engine.render import F32, PointPass, Rows3, Uniforms, UVec2, rows3

# ACEScg of the patches: film is exposed through its base, so that the red layer gets most light.
_COLORS = ((1.0, 0.26, 0.04), (1.0, 0.5, 0.13), (1.0, 0.1, 0.015))
# Relative to `size`: along the edge, and into the picture; and the part of the light.
_PATCHES = ((1.3, 0.5, 0.5), (0.6, 0.28, 0.8), (2.0, 0.9, 0.22))


class LightLeakEffect(Effect):
    """Adds light of three patches at one edge. The place depends on `seed`, the movement on the film's time."""

    kind: ClassVar[str] = "light_leak"

    amount: float = Field(0.6, ge=0, le=16, description="Light of the leak; white paper is 0.8.")
    size: float = Field(34.0, ge=5, le=200, description="Size of the patches, % of the picture's height.")
    speed: float = Field(1.0, ge=0, le=10, description="Speed of the movement; at 1, a turn takes about 10 seconds.")
    side: float = Field(
        90.0, ge=0, le=360, description="Direction of the edge, degrees clockwise from the top: 90 is the right edge."
    )
    warmth: float = Field(0.95, ge=0, le=1, description="Colour: 1 is red and orange, 0 is white.")
    seed: int = Field(1, ge=0, le=2**31 - 1, description="Another number is another leak.")

    def build(self, passes: PassBuilder, picture: str) -> str:
        """One pointwise pass."""
        return passes.add(LightLeakPass(self.uniforms(passes.frame)), "leaked", picture=picture)

    def uniforms(self, frame: FrameContext) -> LightLeakUniforms:
        """The patches of a frame."""
        scale = 1 / frame.height
        chance = np.random.Generator(np.random.PCG64([self.seed, frame.seed]))
        aspect = frame.width / frame.height
        direction = self.side / 360 * tau
        outward = (sin(direction), -cos(direction))
        along = (cos(direction), sin(direction))
        # From the centre to the edge in that direction.
        edge = min(
            0.5 * aspect / max(abs(outward[0]), 1e-9),
            0.5 / max(abs(outward[1]), 1e-9),
        )
        length = 0.5 * (aspect * abs(along[0]) + abs(along[1]))
        places, shapes, lights = [], [], []
        for color, (wide, deep, part) in zip(_COLORS, _PATCHES, strict=True):
            start, turn, phases = chance.uniform(-0.6, 0.6), chance.uniform(-0.35, 0.35), chance.uniform(0, tau, 4)
            periods = chance.uniform(7, 15, 4)
            waves = [sin(tau * self.speed * float(frame.time) / p + f) for p, f in zip(periods, phases, strict=True)]
            shift = (start + 0.25 * waves[0]) * length
            out = edge + self.size / 100 * 0.25 * (1 + waves[1])
            places.append((aspect / 2 + outward[0] * out + along[0] * shift, 0.5 + outward[1] * out + along[1] * shift))
            angle = direction + turn + 0.12 * waves[2]
            a, b = 1 / (self.size / 100 * wide), 1 / (self.size / 100 * deep)
            shapes.append((cos(angle) * a, sin(angle) * a, sin(angle) * b, -cos(angle) * b))
            strength = self.amount * part * (1 + 0.3 * waves[3])
            lights.append(tuple(strength * (1 - self.warmth * (1 - channel)) for channel in color))
        return LightLeakUniforms(rows3(places), rows3(shapes), rows3(lights), (frame.x, frame.y), scale)


@dataclass(frozen=True)
class LightLeakUniforms(Uniforms):
    """See shaders/effects/light_leak.wgsl."""

    place: Rows3
    shape: Rows3
    light: Rows3
    window: UVec2
    scale: F32


class LightLeakPass(PointPass):
    """Adds the light of three patches, and keeps alpha."""

    shader = "effects/light_leak.wgsl"
    outputs = ("leaked",)
    uniforms = LightLeakUniforms
