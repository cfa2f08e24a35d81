"""Sharpening and softening in linear light."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, exp
from typing import ClassVar

from pydantic import Field

from engine.effects.effect import Effect
from engine.effects.frame import FrameContext
from engine.effects.pass_builder import PassBuilder
from engine.render import F32, PICTURE, Constant, PixelPass, Uniforms


class SharpenEffect(Effect):
    """Adds the difference between the picture and a Gaussian of it; a negative amount softens.

    A sharpened pixel exceeds the darkest and brightest of nine pixels around by at most `halo` × their difference.
    """

    kind: ClassVar[str] = "sharpen"

    amount: float = Field(0.5, ge=-1, le=4, description="Strength; −1 is the Gaussian itself, 0 is no change.")
    radius: float = Field(0.1, ge=0.02, le=1, description="Standard deviation of the Gaussian, in % of the height.")
    halo: float = Field(0.05, ge=0, le=1, description="Largest overshoot, as a share of the local contrast.")

    def build(self, passes: PassBuilder, picture: str) -> str:
        """One pass along the rows and one along the columns."""
        deviation = self._deviation(passes.frame)
        radius = _radius(deviation)
        ratio = exp(-0.5 / deviation**2)
        weights = [ratio ** (step * step) for step in range(1, radius + 1)]
        values = SharpenUniforms(1 / (1 + 2 * sum(weights)), ratio, ratio * ratio, self.amount, self.halo)
        rows = passes.add(SharpenRowsPass(values, radius), "rows", picture=picture)
        step = max(1, round(deviation))
        return passes.add(SharpenPass(values, radius, step), "sharpened", picture=picture, rows=rows)

    def reach(self, frame: FrameContext) -> int:
        """The radius of the Gaussian."""
        return max(_radius(self._deviation(frame)), round(self._deviation(frame)), 1)

    def _deviation(self, frame: FrameContext) -> float:
        return max(self.radius / 100 * frame.height, 0.05)


def _radius(deviation: float) -> int:
    return ceil(3 * deviation)


@dataclass(frozen=True)
class SharpenUniforms(Uniforms):
    """See shaders/effects/sharpen.wgsl."""

    centre: F32
    ratio: F32
    bend: F32
    amount: F32
    halo: F32


class SharpenRowsPass(PixelPass):
    """A Gaussian along the rows."""

    shader = "effects/sharpen_rows.wgsl"
    inputs: ClassVar[Mapping[str, str]] = {"picture": PICTURE}
    outputs = ("rows",)
    uniforms = SharpenUniforms

    def __init__(self, values: SharpenUniforms, radius: int) -> None:
        super().__init__(values)
        self._radius = radius

    def constants(self) -> Mapping[str, Constant]:
        """The radius of the filter."""
        return {"RADIUS": self._radius}


class SharpenPass(PixelPass):
    """A Gaussian along the columns, and the sharpened picture."""

    shader = "effects/sharpen.wgsl"
    inputs: ClassVar[Mapping[str, str]] = {"picture": PICTURE, "rows": PICTURE}
    outputs = ("sharpened",)
    uniforms = SharpenUniforms

    def __init__(self, values: SharpenUniforms, radius: int, step: int) -> None:
        super().__init__(values)
        self._radius, self._step = radius, step

    def constants(self) -> Mapping[str, Constant]:
        """The radius of the filter, and the distance of the pixels that limit it."""
        return {"RADIUS": self._radius, "STEP": self._step}
