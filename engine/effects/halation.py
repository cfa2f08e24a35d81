"""Halation: light that scatters in film's emulsion, and light that its base reflects to the red layer."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from engine.effects.effect import Effect
from engine.effects.frame import FrameContext
from engine.effects.pass_builder import PassBuilder
from engine.effects.spread import Lobe, reach_of, scaled, spread_light

# The base reflects light once nearby; light that is reflected again goes this much farther, and is this much weaker.
_SECOND_WIDTH = 3.0
_SECOND_SHARE = 0.35


class HalationEffect(Effect):
    """Spreads light by two kernels on the exposure, each of which keeps the sum of light."""

    kind: ClassVar[str] = "halation"

    film_height: float = Field(
        14.0, ge=1, le=100, description="Height of the film area that the picture shows, mm; 14 is Super 35 at 16:9."
    )
    scatter: float = Field(0.08, ge=0, le=0.5, description="Share of the light that scatters in the emulsion, neutral.")
    scatter_radius: float = Field(9.0, ge=0.5, le=100, description="Sigma of the scatter, µm on the film.")
    reflection: float = Field(0.11, ge=0, le=0.5, description="Share of the light that reaches the red layer again.")
    reflection_radius: float = Field(65.0, ge=1, le=1000, description="Sigma of the reflection, µm on the film.")
    green: float = Field(
        0.26, ge=0, le=1, description="Share of the green layer, relative to the red one: 0 is red, 0.3 is orange."
    )

    def build(self, passes: PassBuilder, picture: str) -> str:
        """One pyramid with three Gaussians: the scatter, the reflection and its second bounce."""
        return spread_light(passes, picture, self._lobes(passes.frame))

    def reach(self, frame: FrameContext) -> int:
        """The second bounce of the reflection, and the cells of the levels below it."""
        return max(reach_of(lobe.sigma) for lobe in self._lobes(frame))

    def _lobes(self, frame: FrameContext) -> list[Lobe]:
        pixels = frame.height / (1000 * self.film_height)
        red = (self.reflection, self.reflection * self.green, 0.0)
        return [
            Lobe(self.scatter_radius * pixels, (self.scatter, self.scatter, self.scatter)),
            Lobe(self.reflection_radius * pixels, scaled(red, 1 - _SECOND_SHARE)),
            Lobe(self.reflection_radius * _SECOND_WIDTH * pixels, scaled(red, _SECOND_SHARE)),
        ]
