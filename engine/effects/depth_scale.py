"""Parameters of effects that read a depth."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from engine.effects.effect import Effect
from engine.effects.pass_builder import PassBuilder
from engine.effects.sources import DEPTH


class DepthEffect(Effect):
    """Base of effects that read a depth, in metres or relative.

    A relative depth v from 0 (far) to 1 (near) is at 1 / (v / near + (1 − v) / far) metres. `depth_unit` is for a depth
    that does not state its own.
    """

    depth_unit: Literal["relative", "metric"] = Field("relative", description="Whether the depth is in metres.")
    near: float = Field(1.0, ge=0.05, le=1000, description="Distance of the relative depth 1, in metres.")
    far: float = Field(100.0, ge=0.1, le=100000, description="Distance of the relative depth 0, in metres.")

    def is_relative(self, passes: PassBuilder) -> bool:
        """Whether the depth of a chain is relative."""
        return not passes.metric.get(DEPTH, self.depth_unit == "metric")

    @model_validator(mode="after")
    def _order(self) -> DepthEffect:
        if self.near >= self.far:
            raise ValueError("near must be smaller than far")
        return self
