"""The base class of effects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

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
    fades: ClassVar[tuple[str, ...]] = ()
    """The parameters that the confidence of its sources scales: with 0, the effect changes nothing."""
    moves: ClassVar[bool] = False
    """Whether the result of a pixel comes from another place, so that masks and other sources move with it."""

    mask: str | None = Field(None, description="Name of a mask: the effect is applied where the mask is 1.")
    mask_invert: bool = Field(False, description="Whether the effect is applied where the mask is 0.")

    @property
    def reads(self) -> tuple[str, ...]:
        """The names of the sources that the effect reads, the mask last."""
        return tuple(dict.fromkeys(name for name in (self.needs, self.mask) if name))

    @property
    def relies_on(self) -> tuple[str, ...]:
        """The names of the sources whose confidence scales the parameters `fades`."""
        return (self.needs,) if self.needs else ()

    def build(self, passes: PassBuilder, picture: str) -> str:
        """Add the passes of one frame. Returns the name of the result, which has the spec of `picture`."""
        raise NotImplementedError

    def move_source(self, passes: PassBuilder, name: str, picture: str) -> str:
        """Add the passes that move a source as the picture. Returns the name of its new picture."""
        return self.build(passes, picture)

    def reach(self, frame: FrameContext) -> int:
        """How many pixels around a pixel its result depends on, where a window of the picture is rendered."""
        return 0

    def apply(self, passes: PassBuilder, picture: str) -> str:
        """As `build`, faded by the confidence of its sources, and limited to its mask."""
        made = self.faded(passes.confidence).build(passes, picture)
        if self.mask is None:
            return made
        limit = MaskPass(passes.confidence.get(self.mask, 1.0), self.mask_invert)
        return passes.add(limit, "masked", changed=made, original=picture, mask=passes.source(self.mask))

    def faded(self, confidence: Mapping[str, float]) -> Self:
        """The effect with the strength that the least confidence of its sources allows."""
        share = min((confidence.get(name, 1.0) for name in self.relies_on), default=1.0)
        if share >= 1 or not self.fades:
            return self
        return self.model_copy(update={name: share * getattr(self, name) for name in self.fades})
