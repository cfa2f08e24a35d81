"""Bloom: highlights glow, as in a lens and in the eye."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from engine.effects.effect import Effect
from engine.effects.frame import FrameContext
from engine.effects.pass_builder import PassBuilder
from engine.effects.spread import Lobe, reach_of, spread_light
from engine.effects.spread_passes import Highlights

# The widths of the glow as shares of `radius`, and the share of the light in each, relative to the one before. A lens
# scatters by a power of the angle, which Gaussians at equal ratios add up to.
_OCTAVES = (1.0, 0.4, 0.18, 0.08)


class BloomEffect(Effect):
    """Spreads a share of the light of highlights. The sum of light stays the same."""

    kind: ClassVar[str] = "bloom"

    amount: float = Field(0.2, ge=0, le=1, description="Share of the light of highlights that spreads.")
    threshold: float = Field(
        0.8, ge=0, le=1000, description="Light of the brightest channel that counts as highlight; white paper is 0.8."
    )
    knee: float = Field(1.5, ge=0, le=8, description="Stops around the threshold in which highlights begin.")
    radius: float = Field(6.0, ge=0.05, le=40, description="Sigma of the widest glow, % of the picture's height.")
    falloff: float = Field(
        0.7, ge=0.05, le=2, description="Light of each glow relative to the next narrower one; less is tighter."
    )
    clamp: float = Field(
        256.0, ge=0.01, le=65504, description="Light of one pixel that spreads at most; more stays where it is."
    )

    def build(self, passes: PassBuilder, picture: str) -> str:
        """The highlights go down a pyramid, are blurred at four widths, and replace a share of themselves."""
        half = 2 ** (self.knee / 2)
        highlights = Highlights(self.threshold / half, self.threshold * half, self.clamp)
        return spread_light(passes, picture, self._lobes(passes.frame), highlights)

    def reach(self, frame: FrameContext) -> int:
        """The radius, and the cells of the levels below it."""
        return max(reach_of(lobe.sigma) for lobe in self._lobes(frame))

    def _lobes(self, frame: FrameContext) -> list[Lobe]:
        weights = [self.falloff**place for place in reversed(range(len(_OCTAVES)))]
        lobes = []
        for width, weight in zip(_OCTAVES, weights, strict=True):
            share = self.amount * weight / sum(weights)
            lobes.append(Lobe(width * self.radius / 100 * frame.height, (share, share, share)))
        return lobes
