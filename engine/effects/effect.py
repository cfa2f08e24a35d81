"""The base class of effects."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from engine.effects.frame import FrameContext
from engine.effects.mask import MaskPass
from engine.effects.pass_builder import PassBuilder


class Effect(BaseModel):
    """An effect with its parameters: a table of a look file.

    A subclass declares its parameters as fields with limits and descriptions, and `build`, which adds the passes of one
    frame. Only parameters and the frame's size may select which passes there are; what changes from frame to frame is
    in uniforms, so that a film compiles its passes once. Numbers can be animated by keyframes.

    Pictures are scene-linear ACEScg with premultiplied alpha, in the format that the effect receives.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=True)

    kind: ClassVar[str]
    """The name of its table in a look file."""
    needs: ClassVar[str | None] = None
    """The name of the source besides the picture without which `build` raises RequestError."""

    mask: str | None = Field(None, description="Name of a mask: the effect is applied where the mask is 1.")

    def build(self, passes: PassBuilder, picture: str) -> str:
        """Add the passes of one frame. Returns the name of the result, which has the spec of `picture`."""
        raise NotImplementedError

    def reach(self, frame: FrameContext) -> int:
        """How many pixels around a pixel its result depends on, where a window of the picture is rendered."""
        return 0

    def apply(self, passes: PassBuilder, picture: str) -> str:
        """As `build`, with the effect limited to its mask."""
        made = self.build(passes, picture)
        if self.mask is None:
            return made
        return passes.add(MaskPass(), "masked", changed=made, original=picture, mask=self.mask)
