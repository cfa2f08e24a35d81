"""Blurs what is behind people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from pydantic import Field

from engine.effects.effect import Effect
from engine.effects.frame import FrameContext
from engine.effects.matte import MatteGatherPass, MatteGuardPass, edge_reach, light_beside, matte_cells
from engine.effects.pass_builder import PassBuilder
from engine.effects.sources import PERSON, require_source
from engine.render import F32, PICTURE, Constant, IVec2, PointPass, Uniforms

# A larger disc is collected from cells of several pixels, whose size is a power of two: a radius that changes over time
# needs few pipelines.
_CELLS = 6


class BackgroundBlurEffect(Effect):
    """Makes discs of what is not a person, as a lens that is focused on the person would.

    The discs have the light of the background only: nothing of the person spreads. Raises RequestError from `build` if
    there is no mask of the people.
    """

    kind: ClassVar[str] = "background_blur"
    needs: ClassVar[str | None] = PERSON
    fades: ClassVar[tuple[str, ...]] = ("radius",)

    radius: float = Field(1.6, ge=0, le=6, description="Radius of the discs, in % of the height.")
    margin: float = Field(
        0.6, ge=0, le=2, description="Width beside people whose light does not spread, in % of the height."
    )

    def build(self, passes: PassBuilder, picture: str) -> str:
        """The background in cells, its discs, the background beside people, and the picture with them."""
        mask = require_source(passes, PERSON, self.kind)
        radius, size = self._radius(passes.frame), self._cell(passes.frame)
        cells = matte_cells(passes, picture, mask, size)
        # The margin is at most the blur, so that there is other light to spread.
        margin = min(self.margin / 100 * passes.frame.height, 0.75 * radius) / size
        guard = MatteGuardPass(margin, _CELLS)
        guarded = passes.add(guard, "guarded", background=cells.background, person=cells.person)
        gather = MatteGatherPass(radius / size, _CELLS, disc=True)
        soft = passes.add(gather, "discs", cells=guarded)
        near, frame = light_beside(passes, picture, mask), passes.frame
        values = BackgroundBlurUniforms((frame.x, frame.y), near.first, cells.first, radius)
        work = BackgroundBlurPass(values, near.size, size)
        beside = {"behind": near.background, "person": near.person}
        return passes.add(work, "blurred", picture=picture, mask=mask, soft=soft, **beside)

    def reach(self, frame: FrameContext) -> int:
        """The radius, with the cells at its end, or the background beside people."""
        return max((2 * _CELLS + 2) * self._cell(frame), edge_reach(frame))

    def _radius(self, frame: FrameContext) -> float:
        return self.radius / 100 * frame.height

    def _cell(self, frame: FrameContext) -> int:
        size = 1
        while self._radius(frame) > _CELLS * size:
            size *= 2
        return size


@dataclass(frozen=True)
class BackgroundBlurUniforms(Uniforms):
    """See shaders/effects/background_blur.wgsl."""

    origin: IVec2
    near_first: IVec2
    soft_first: IVec2
    radius: F32


class BackgroundBlurPass(PointPass):
    """Puts the person over the blurred background."""

    shader = "effects/background_blur.wgsl"
    common = ("common/matte.wgsl",)
    inputs: ClassVar[Mapping[str, str]] = dict.fromkeys(("picture", "mask", "behind", "person", "soft"), PICTURE)
    outputs = ("blurred",)
    uniforms = BackgroundBlurUniforms

    def __init__(self, values: BackgroundBlurUniforms, near: int, soft: int) -> None:
        super().__init__(values)
        self._near, self._soft = near, soft

    def constants(self) -> Mapping[str, Constant]:
        """The sizes of the cells."""
        return {"NEAR": self._near, "SOFT": self._soft}
