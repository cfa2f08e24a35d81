"""Streaks: lines of light through highlights, as an anamorphic lens makes them."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from engine.effects.effect import Effect
from engine.effects.frame import FrameContext
from engine.effects.line_spread import line_reach, spread_line
from engine.effects.pass_builder import PassBuilder
from engine.effects.spread import Lobe
from engine.effects.spread_passes import Highlights

# The lengths as shares of `length`, from the tip to the core, and the parts of the light in them.
_LENGTHS = (1.0, 0.4, 0.16, 0.064)
_PARTS = (0.16, 0.22, 0.28, 0.34)


class StreakEffect(Effect):
    """Spreads a share of the light of highlights along a line.

    A horizontal streak keeps the sum of light. At an angle, the light that leaves the picture is lost.
    """

    kind: ClassVar[str] = "streak"

    amount: float = Field(0.25, ge=0, le=1, description="Share of the light of highlights that spreads.")
    red: float = Field(0.3, ge=0, le=1, description="Red of the streak: the part of `amount` that spreads.")
    green: float = Field(0.55, ge=0, le=1, description="Green of the streak, likewise.")
    blue: float = Field(1.0, ge=0, le=1, description="Blue of the streak, likewise.")
    threshold: float = Field(
        2.0, ge=0, le=1000, description="Light of the brightest channel that counts as highlight; white paper is 0.8."
    )
    knee: float = Field(1.5, ge=0, le=8, description="Stops around the threshold in which highlights begin.")
    length: float = Field(55.0, ge=0.5, le=200, description="Sigma along the streak, % of the picture's height.")
    thickness: float = Field(0.18, ge=0.02, le=5, description="Sigma across the streak, % of the picture's height.")
    angle: float = Field(0.0, ge=-90, le=90, description="Degrees from horizontal, anticlockwise.")
    clamp: float = Field(
        256.0, ge=0.01, le=65504, description="Light of one pixel that spreads at most; more stays where it is."
    )

    def build(self, passes: PassBuilder, picture: str) -> str:
        """The highlights go down a pyramid that is as fine as the streak across, and as coarse as it is long."""
        half = 2 ** (self.knee / 2)
        highlights = Highlights(self.threshold / half, self.threshold * half, self.clamp)
        lobes = self._lobes(passes.frame)
        return spread_line(passes, picture, lobes, self._across(passes.frame), self.angle, highlights)

    def reach(self, frame: FrameContext) -> int:
        """The length of the streak, and the cells of the levels below it."""
        return max(line_reach(lobe.sigma, self._across(frame)) for lobe in self._lobes(frame))

    def _across(self, frame: FrameContext) -> float:
        return self.thickness / 100 * frame.height

    def _lobes(self, frame: FrameContext) -> list[Lobe]:
        color = (self.red * self.amount, self.green * self.amount, self.blue * self.amount)
        length = self.length / 100 * frame.height
        return [
            Lobe(share * length, (color[0] * part, color[1] * part, color[2] * part))
            for share, part in zip(_LENGTHS, _PARTS, strict=True)
        ]
