"""Lateral chromatic aberration: coloured fringes that grow towards the corners."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, hypot
from typing import ClassVar

from pydantic import Field

from engine.effects.effect import Effect
from engine.effects.frame import FrameContext
from engine.effects.pass_builder import PassBuilder
from engine.render import PICTURE, IVec2, PixelPass, Uniforms, Vec2


class ChromaticAberrationEffect(Effect):
    """Enlarges red and blue against green, from the centre.

    Resampled by a cubic in linear light, limited to the neighbouring pixels. Green and alpha are not changed.
    """

    kind: ClassVar[str] = "chromatic_aberration"

    red: float = Field(0.06, ge=-2, le=2, description="Outward shift of red in the corners, in % of the height.")
    blue: float = Field(-0.04, ge=-2, le=2, description="Outward shift of blue in the corners, in % of the height.")

    def build(self, passes: PassBuilder, picture: str) -> str:
        """One pass that resamples two channels."""
        frame = passes.frame
        values = ChromaticAberrationUniforms(
            origin=(frame.x, frame.y),
            size=(frame.width, frame.height),
            factors=(1 - _share(self.red, frame), 1 - _share(self.blue, frame)),
        )
        return passes.add(ChromaticAberrationPass(values), "fringed", picture=picture)

    def reach(self, frame: FrameContext) -> int:
        """The shift in the corners, and two pixels for the cubic."""
        return ceil(max(abs(self.red), abs(self.blue)) / 100 * frame.height) + 2


@dataclass(frozen=True)
class ChromaticAberrationUniforms(Uniforms):
    """See shaders/effects/chromatic_aberration.wgsl."""

    origin: IVec2
    size: IVec2
    factors: Vec2


class ChromaticAberrationPass(PixelPass):
    """Resamples red and blue."""

    shader = "effects/chromatic_aberration.wgsl"
    common = ("common/resample.wgsl",)
    inputs: ClassVar[Mapping[str, str]] = {"picture": PICTURE}
    outputs = ("fringed",)
    uniforms = ChromaticAberrationUniforms


def _share(shift: float, frame: FrameContext) -> float:
    """A shift in the corners as a share of half the diagonal."""
    return shift / 100 * frame.height / (hypot(frame.width, frame.height) / 2)
