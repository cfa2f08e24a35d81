"""Relights people and what is behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import cos, radians, sin
from typing import ClassVar, Literal

from pydantic import Field

from engine.effects.depth_scale import DepthEffect
from engine.effects.frame import FrameContext
from engine.effects.matte import edge_reach, light_beside
from engine.effects.pass_builder import PassBuilder
from engine.effects.pyramid import Level
from engine.effects.sources import DEPTH, PERSON, require_source
from engine.effects.spread import ONE, Lobe, Stack, place, reach_of
from engine.render import F32, PICTURE, Constant, IVec2, IVec4, PointPass, Uniforms, Vec2

# The tilt of the surface: per sigma of the blurred mask, and per sigma of a relative depth and of one in metres.
_MASK_TILT, _DEPTH_TILT, _METRES_TILT = 2.5, 20.0, -3.0


class RelightEffect(DepthEffect):
    """Brightens or darkens people and what is behind them, with a soft light from one side.

    The light comes from `angle`. The surface of a person leans outwards at the edges of the mask, or by the depth.
    Raises RequestError from `build` if there is no mask of the people, or no depth where it is used.
    """

    kind: ClassVar[str] = "relight"
    needs: ClassVar[str | None] = PERSON
    fades: ClassVar[tuple[str, ...]] = ("stops", "side", "background")

    stops: float = Field(0.4, ge=-6, le=6, description="Gain of people, in stops.")
    background: float = Field(-0.4, ge=-6, le=6, description="Gain of what is behind them, in stops.")
    side: float = Field(
        0.5, ge=-4, le=4, description="Stops that the side towards the light gains, and the other one loses."
    )
    angle: float = Field(
        315.0, ge=-360, le=360, description="Direction of the light in degrees, clockwise from the top."
    )
    softness: float = Field(
        6.0, ge=0.5, le=30, description="Sigma of the shape on which the light falls, in % of height."
    )
    shape: Literal["mask", "depth"] = Field("mask", description="What the surface is made of.")

    @property
    def reads(self) -> tuple[str, ...]:
        """The mask of the people, and the depth if the shape is made of it."""
        return tuple(dict.fromkeys((*self.relies_on, *((self.mask,) if self.mask else ()))))

    @property
    def relies_on(self) -> tuple[str, ...]:
        """The mask of the people, and the depth if the shape is made of it."""
        return (PERSON, DEPTH) if self.shape == "depth" else (PERSON,)

    def build(self, passes: PassBuilder, picture: str) -> str:
        """The shape goes down a pyramid and is blurred there; the background beside people; the picture."""
        frame = passes.frame
        mask = require_source(passes, PERSON, self.kind)
        height = mask if self.shape == "mask" else require_source(passes, DEPTH, self.kind)
        lobe = place(Lobe(self._sigma(frame), ONE))
        stack = Stack([Level.of(frame, passes.image(height))], [height])
        stack.descend(passes, lobe.level)
        relief = stack.blur(passes, lobe.level, stack.cells[-1], lobe.variance, "relief", (False, True))
        near = light_beside(passes, picture, mask)
        level = stack.at(lobe.level)
        turn = radians(self.angle)
        values = RelightUniforms(
            origin=(frame.x, frame.y),
            near_first=near.first,
            sizes=stack.at(0).sizes(level),
            window=level.window,
            light=(sin(turn), -cos(turn)),
            slope=self._tilt(passes) * self._sigma(frame),
            stops=(self.stops, self.side),
            background=self.background,
        )
        work = RelightPass(values, near.size)
        beside = {"behind": near.background, "person": near.person}
        return passes.add(work, "relit", picture=picture, mask=mask, relief=relief, **beside)

    def reach(self, frame: FrameContext) -> int:
        """That of the shape, or of the background beside people."""
        return max(reach_of(self._sigma(frame)), edge_reach(frame))

    def _sigma(self, frame: FrameContext) -> float:
        return self.softness / 100 * frame.height

    def _tilt(self, passes: PassBuilder) -> float:
        if self.shape == "mask":
            return _MASK_TILT
        return _DEPTH_TILT if self.is_relative(passes) else _METRES_TILT


@dataclass(frozen=True)
class RelightUniforms(Uniforms):
    """See shaders/effects/relight.wgsl."""

    origin: IVec2
    near_first: IVec2
    sizes: IVec4
    window: IVec4
    light: Vec2
    slope: F32
    stops: Vec2
    background: F32


class RelightPass(PointPass):
    """Applies the light."""

    shader = "effects/relight.wgsl"
    common = ("common/matte.wgsl",)
    inputs: ClassVar[Mapping[str, str]] = dict.fromkeys(("picture", "mask", "behind", "person", "relief"), PICTURE)
    outputs = ("relit",)
    uniforms = RelightUniforms

    def __init__(self, values: RelightUniforms, near: int) -> None:
        super().__init__(values)
        self._near = near

    def constants(self) -> Mapping[str, Constant]:
        """The size of the cells of the background."""
        return {"NEAR": self._near}
