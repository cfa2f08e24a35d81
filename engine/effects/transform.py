"""Moves, scales, rotates and crops the picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import cos, radians, sin
from typing import ClassVar

from pydantic import Field, model_validator

from engine.effects.effect import Effect
from engine.effects.frame import FrameContext
from engine.effects.pass_builder import PassBuilder
from engine.effects.sources import FLOW
from engine.render import F32, PICTURE, IVec2, PixelPass, PointPass, Uniforms, Vec2, Vec4


class TransformEffect(Effect):
    """Scales and rotates the picture around the centre of the frame, moves it, and crops it.

    Outside the picture, the frame is transparent. Resampled in linear light: by a cubic limited to the neighbouring
    pixels, or by a filter without negative weights where the picture gets smaller.
    """

    kind: ClassVar[str] = "transform"
    moves: ClassVar[bool] = True

    x: float = Field(0.0, ge=-1000, le=1000, description="Move to the right, in % of the height.")
    y: float = Field(0.0, ge=-1000, le=1000, description="Move down, in % of the height.")
    scale: float = Field(1.0, ge=0.02, le=50, description="Size, a factor.")
    rotation: float = Field(0.0, ge=-3600, le=3600, description="Rotation, in degrees clockwise.")
    crop_left: float = Field(0.0, ge=0, le=100, description="Crop at the left, in % of the width.")
    crop_right: float = Field(0.0, ge=0, le=100, description="Crop at the right, in % of the width.")
    crop_top: float = Field(0.0, ge=0, le=100, description="Crop at the top, in % of the height.")
    crop_bottom: float = Field(0.0, ge=0, le=100, description="Crop at the bottom, in % of the height.")

    @model_validator(mode="after")
    def _leave_something(self) -> TransformEffect:
        if self.crop_left + self.crop_right >= 100 or self.crop_top + self.crop_bottom >= 100:
            raise ValueError("the crop leaves nothing of the picture; crop less than 100 % in total")
        return self

    def build(self, passes: PassBuilder, picture: str) -> str:
        """One pass that resamples."""
        return passes.add(TransformPass(self._values(passes.frame)), "placed", picture=picture)

    def move_source(self, passes: PassBuilder, name: str, picture: str) -> str:
        """As for the picture; the vectors of a flow turn and grow with it."""
        placed = self.build(passes, picture)
        if name != FLOW:
            return placed
        turn = radians(self.rotation % 360)
        cosine, sine = (self.scale * f(turn) for f in (cos, sin))
        return passes.add(FlowTurnPass(FlowTurnUniforms((cosine, -sine), (sine, cosine))), "turned", flow=placed)

    def reach(self, frame: FrameContext) -> int:
        """The whole picture."""
        return max(frame.width, frame.height)

    def _values(self, frame: FrameContext) -> TransformUniforms:
        width, height = frame.width, frame.height
        turn = radians(self.rotation % 360)
        # Quarter turns are exact.
        cosine, sine = (round(f(turn), 15) / self.scale for f in (cos, sin))
        centre = (width / 2, height / 2)
        moved = (centre[0] + self.x / 100 * height, centre[1] + self.y / 100 * height)
        return TransformUniforms(
            origin=(frame.x, frame.y),
            across=(cosine, sine, centre[0] - cosine * moved[0] - sine * moved[1], 0.0),
            down=(-sine, cosine, centre[1] + sine * moved[0] - cosine * moved[1], 0.0),
            crop=(
                self.crop_left / 100 * width,
                self.crop_top / 100 * height,
                (1 - self.crop_right / 100) * width,
                (1 - self.crop_bottom / 100) * height,
            ),
            scale=self.scale,
        )


@dataclass(frozen=True)
class TransformUniforms(Uniforms):
    """See shaders/effects/transform.wgsl."""

    origin: IVec2
    across: Vec4
    down: Vec4
    crop: Vec4
    scale: F32


class TransformPass(PixelPass):
    """Resamples the picture by a matrix."""

    shader = "effects/transform.wgsl"
    common = ("common/resample.wgsl",)
    inputs: ClassVar[Mapping[str, str]] = {"picture": PICTURE}
    outputs = ("placed",)
    uniforms = TransformUniforms


@dataclass(frozen=True)
class FlowTurnUniforms(Uniforms):
    """See shaders/effects/flow_turn.wgsl."""

    across: Vec2
    down: Vec2


class FlowTurnPass(PointPass):
    """Turns and scales the vectors of a flow."""

    shader = "effects/flow_turn.wgsl"
    inputs: ClassVar[Mapping[str, str]] = {"flow": PICTURE}
    outputs = ("turned",)
    uniforms = FlowTurnUniforms
