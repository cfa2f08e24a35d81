"""A keyframe by which the user overrides the crop of a take."""

from __future__ import annotations

from pydantic import Field

from engine.catalog import FrozenModel
from engine.keyframes import Interpolation, KeyTime


class ReframeKey(FrozenModel):
    """A key of the crop of a take. `x` and `y` are the middle of the crop as shares of the picture's width and height.

    A key without `x`, `y` and `zoom` gives the crop back to the automatic. `cut`: the crop jumps to the key; otherwise
    it arrives there smoothly.
    """

    time: KeyTime = Field(description="Time on the take's clock, in seconds.", ge=0)
    x: float | None = Field(None, ge=0, le=1, description="Middle of the crop, from 0 (left) to 1 (right).")
    y: float | None = Field(None, ge=0, le=1, description="Middle of the crop, from 0 (top) to 1 (bottom).")
    zoom: float | None = Field(None, ge=1, le=8, description="Enlargement; 1 keeps as much as possible.")
    interpolation: Interpolation = Field("hold", description="How the crop moves until the next key.")
    cut: bool = Field(False, description="Whether the crop jumps to this key.")

    @property
    def is_manual(self) -> bool:
        """Whether the key sets the crop."""
        return self.x is not None or self.y is not None or self.zoom is not None
