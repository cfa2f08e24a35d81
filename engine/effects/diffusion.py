"""Diffusion: a mist filter in front of the lens."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from engine.effects.effect import Effect
from engine.effects.frame import FrameContext
from engine.effects.pass_builder import PassBuilder
from engine.effects.spread import Lobe, reach_of, spread_light

# The widths as shares of `radius`: skin and edges, the glow of lights, and the veil over the picture.
_WIDTHS = (0.1, 0.3, 1.0)


class DiffusionEffect(Effect):
    """Spreads a share of all light by a sum of three Gaussians. The sum of light stays the same."""

    kind: ClassVar[str] = "diffusion"

    amount: float = Field(0.18, ge=0, le=1, description="Share of the light that the filter spreads.")
    radius: float = Field(5.0, ge=0.1, le=40, description="Sigma of the widest Gaussian, % of the picture's height.")
    veil: float = Field(
        0.4, ge=0, le=1, description="Part of it in the widest Gaussian, which lifts shadows; the rest softens detail."
    )

    def build(self, passes: PassBuilder, picture: str) -> str:
        """One pyramid with three Gaussians."""
        return spread_light(passes, picture, self._lobes(passes.frame))

    def reach(self, frame: FrameContext) -> int:
        """The widest Gaussian, and the cells of the levels below it."""
        return max(reach_of(lobe.sigma) for lobe in self._lobes(frame))

    def _lobes(self, frame: FrameContext) -> list[Lobe]:
        detail = self.amount * (1 - self.veil) / 2
        shares = (detail, detail, self.amount * self.veil)
        radius = self.radius / 100 * frame.height
        return [Lobe(width * radius, (share, share, share)) for width, share in zip(_WIDTHS, shares, strict=True)]
