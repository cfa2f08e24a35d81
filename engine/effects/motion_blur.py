"""Motion blur from optical flow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import ClassVar, get_args

from pydantic import Field

from engine.effects.effect import Effect
from engine.effects.frame import FrameContext
from engine.effects.pass_builder import PassBuilder
from engine.effects.shutter import ShutterWeights
from engine.effects.sources import FLOW, FLOW_VALIDITY, require_source
from engine.render import F32, PICTURE, Constant, Image, IVec2, PixelPass, Spec, Uniforms


class MotionBlurEffect(Effect):
    """Blurs what moves along its optical flow, as a longer exposure would have done.

    The light of each pixel is spread over its streak, so that the picture keeps it. Raises RequestError from `build` if
    there is no flow.
    """

    kind: ClassVar[str] = "motion_blur"
    needs: ClassVar[str | None] = FLOW
    fades: ClassVar[tuple[str, ...]] = ("shutter",)

    @property
    def reads(self) -> tuple[str, ...]:
        """The flow, its validity, and the mask."""
        return (FLOW, FLOW_VALIDITY, *((self.mask,) if self.mask else ()))

    shutter: float = Field(180.0, ge=0, le=720, description="Shutter angle in degrees; 360 is the whole frame.")
    weights: ShutterWeights = Field(
        "box", description="Weights over the exposure; gaussian has a standard deviation of 0.15 of it."
    )
    limit: float = Field(5.0, ge=0.1, le=20, description="Longest streak, in % of the height.")

    def build(self, passes: PassBuilder, picture: str) -> str:
        """Two small passes over tiles, and one over the picture."""
        frame = passes.frame
        flow = require_source(passes, FLOW, self.kind)
        tile = self._tile(frame)
        given = passes.image(picture)
        values = MotionBlurUniforms(
            origin=(frame.x, frame.y),
            first=(frame.x // tile, frame.y // tile),
            factor=frame.height * self.shutter / 360,
            limit=self.limit / 100 * frame.height,
        )
        columns, rows = (
            -(-(start + length) // tile) - start // tile
            for start, length in ((frame.x, given.width), (frame.y, given.height))
        )
        checked = FLOW_VALIDITY in passes.specs
        motion = {"flow": flow, "validity": passes.source(FLOW_VALIDITY) if checked else flow}
        longest = passes.add(MotionTilesPass(values, tile, checked, columns, rows), "tiles", **motion)
        dominant = passes.add(MotionNeighboursPass(), "neighbours", tiles=longest)
        blur = MotionBlurPass(values, tile, checked, self.weights)
        return passes.add(blur, "blurred", picture=picture, dominant=dominant, **motion)

    def reach(self, frame: FrameContext) -> int:
        """Half of a streak for its light, and tiles around the tiles that it reaches."""
        return 3 * self._tile(frame) + 1

    def _tile(self, frame: FrameContext) -> int:
        """A streak reaches the next tile, but no further."""
        return ceil(self.limit / 200 * frame.height) + 1


@dataclass(frozen=True)
class MotionBlurUniforms(Uniforms):
    """See shaders/effects/motion_tiles.wgsl."""

    origin: IVec2
    first: IVec2
    factor: F32
    limit: F32


class MotionTilesPass(PixelPass):
    """The longest motion of each tile."""

    shader = "effects/motion_tiles.wgsl"
    common = ("common/motion.wgsl",)
    inputs: ClassVar[Mapping[str, str]] = {"flow": PICTURE, "validity": PICTURE}
    outputs = ("longest",)
    uniforms = MotionBlurUniforms

    def __init__(self, values: MotionBlurUniforms, tile: int, checked: bool, columns: int, rows: int) -> None:
        super().__init__(values)
        self._tile, self._checked = tile, checked
        self._made = Image(columns, rows, "rgba32float")

    def constants(self) -> Mapping[str, Constant]:
        """The size of a tile, and whether the flow has a validity."""
        return {"TILE": self._tile, "VALIDITY": self._checked}

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        """A pixel for each tile."""
        return {"longest": self._made}


class MotionNeighboursPass(PixelPass):
    """The longest motion of each tile and its neighbours."""

    shader = "effects/motion_neighbours.wgsl"
    inputs: ClassVar[Mapping[str, str]] = {"tiles": PICTURE}
    outputs = ("dominant",)


class MotionBlurPass(PixelPass):
    """Collects streaks."""

    shader = "effects/motion_blur.wgsl"
    common = ("common/motion.wgsl",)
    inputs: ClassVar[Mapping[str, str]] = {
        "picture": PICTURE,
        "flow": PICTURE,
        "validity": PICTURE,
        "dominant": PICTURE,
    }
    outputs = ("blurred",)
    uniforms = MotionBlurUniforms

    def __init__(self, values: MotionBlurUniforms, tile: int, checked: bool, weights: ShutterWeights) -> None:
        super().__init__(values)
        self._tile, self._checked, self._weights = tile, checked, weights

    def constants(self) -> Mapping[str, Constant]:
        """The size of a tile, whether the flow has a validity, and the number of the weights."""
        weights = get_args(ShutterWeights).index(self._weights)
        return {"TILE": self._tile, "VALIDITY": self._checked, "WEIGHTS": weights}
