"""Spreads a share of the light by a sum of Gaussians, at a cost that does not depend on their widths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt

from engine.effects.pass_builder import PassBuilder
from engine.effects.pyramid import Level
from engine.effects.spread_passes import (
    Color,
    Highlights,
    SpreadBlurPass,
    SpreadDownPass,
    SpreadMixPass,
    SpreadSumPass,
    SpreadUpPass,
)

# A level is used for a Gaussian from this variance (in its cells) on that is left for the blur at the level. With less,
# the glow of a moving highlight flickers by more than 1 %. The first step down is less smooth than the others.
_LEAST_REST = 0.4
_LEAST_REST_AT_2 = 0.6
# A blur of less than this variance in cells is left out.
_NO_REST = 0.01
ONE: Color = (1.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Lobe:
    """A Gaussian: `sigma` in pixels, and the share of the light by colour that it spreads."""

    sigma: float
    share: Color


@dataclass(frozen=True, slots=True)
class Placed:
    """A lobe at a level: its variance in pixels, and the share of the light that leaves its pixel."""

    level: int
    variance: float
    share: Color


@dataclass(slots=True)
class Stack:
    """The levels of a pyramid from number `finest` on, and the names of their light.

    A cell of the finest level is `pitch` pixels wide and high. Levels below it may be coarser horizontally only.
    """

    levels: list[Level]
    cells: list[str]
    finest: int = 0
    pitch: float = 1.0

    @property
    def deepest(self) -> int:
        """The number of the coarsest level."""
        return self.finest + len(self.levels) - 1

    def at(self, number: int) -> Level:
        """The level of this number."""
        return self.levels[number - self.finest]

    def descend(
        self, passes: PassBuilder, to: int, highlights: Highlights | None = None, vertical: bool = True
    ) -> None:
        """Add levels until number `to`. `highlights` are extracted on the way from level 0 to level 1."""
        for number in range(self.deepest + 1, to + 1):
            fine, coarse = self.levels[-1], self.levels[-1].coarser(vertical)
            step = SpreadDownPass(fine, coarse, number > 1, highlights if number == 1 else None)
            self.cells.append(passes.add(step, f"down {number}", picture=self.cells[-1]))
            self.levels.append(coarse)

    def ascend(
        self, passes: PassBuilder, lobes: Sequence[Placed], axes: Sequence[bool] = (False, True)
    ) -> tuple[str, Color]:
        """The light that the lobes spread, as a picture of the finest level but 0, and its gain.

        `axes` are those along which lobes are blurred at their levels; True is vertical.
        """
        below, gain = "", ONE
        for number in range(self.deepest, max(self.finest, 1) - 1, -1):
            added, share = self._light_of(passes, number, [p for p in lobes if p.level == number], axes)
            if not below:
                below, gain = added, share
                continue
            step = SpreadUpPass(self.at(number), self.at(number + 1), True, gain, share if added else None)
            below, gain = passes.add(step, f"up {number}", coarser=below, added=added or below), ONE
        return below, gain

    def _light_of(
        self, passes: PassBuilder, number: int, lobes: Sequence[Placed], axes: Sequence[bool]
    ) -> tuple[str, Color]:
        """The name of the light that lobes spread at a level ("" if there are none), and its gain."""
        name, gain = "", ONE
        cells = self.cells[number - self.finest]
        for index, lobe in enumerate(lobes, 1):
            suffix = f"{number}.{index}"
            blurred = self.blur(passes, number, cells, lobe.variance, suffix, axes)
            if name:
                name = passes.add(SpreadSumPass(gain, lobe.share), f"sum {suffix}", first=name, second=blurred)
                gain = ONE
            else:
                name, gain = blurred, lobe.share
        return name, gain

    def blur(
        self, passes: PassBuilder, number: int, cells: str, variance: float, suffix: str, axes: Sequence[bool]
    ) -> str:
        """Blur a level to a variance in pixels, less that of the way to the level and back."""
        for vertical in axes:
            finest, level = self.levels[0], self.at(number)
            grids = (finest.down, level.down) if vertical else (finest.across, level.across)
            pitch = self.pitch * grids[0].full / grids[1].full
            rest = variance - 1.5 - 2.5 * (pitch**2 - 4) / 3
            if rest > _NO_REST * pitch**2 and grids[1].full > 1:
                word = "vertical" if vertical else "horizontal"
                step = SpreadBlurPass(level, sqrt(rest) / pitch, vertical)
                cells = passes.add(step, f"{word} blur {suffix}", cells=cells)
        return cells


def spread_light(passes: PassBuilder, picture: str, lobes: Sequence[Lobe], highlights: Highlights | None = None) -> str:
    """Add the passes that spread the light of `picture`, or of its highlights only. Returns the name of the result.

    The picture is mirrored at its edges: light that would leave it comes back, so that flat areas and the sum of light
    stay the same. The shares of the lobes add up to at most 1 for each colour.
    """
    placed = [place(lobe) for lobe in lobes]
    stack = Stack([Level.of(passes.frame, passes.image(picture))], [picture])
    stack.descend(passes, max(lobe.level for lobe in placed), highlights)
    light, gain = stack.ascend(passes, placed)
    mix = SpreadMixPass(stack.at(0), stack.at(1), gain, total([lobe.share for lobe in placed]), highlights)
    return passes.add(mix, "spread", picture=picture, cells=light)


def reach_of(sigma: float) -> int:
    """How many pixels around a pixel affect it through a Gaussian of `sigma` pixels and the levels that it uses."""
    placed = place(Lobe(sigma, ONE))
    rest = sqrt(max(placed.variance - level_variance(placed.level), 0)) / (1 << placed.level)
    return (ceil(3 * rest) + 6) * (1 << placed.level)


def total(colors: Sequence[Color]) -> Color:
    """The sum by colour."""
    red, green, blue = (sum(channel) for channel in zip(*colors, strict=True))
    return red, green, blue


def scaled(color: Color, factor: float) -> Color:
    """A colour times a factor."""
    return color[0] * factor, color[1] * factor, color[2] * factor


def place(lobe: Lobe) -> Placed:
    """The level whose own blur is the largest part of a lobe.

    A lobe that is narrower than the first level gets its variance by spreading less: the rest of its light stays in its
    pixel.
    """
    variance = lobe.sigma**2
    first = level_variance(1)
    if variance < first:
        return Placed(1, first, scaled(lobe.share, variance / first))
    level = 1
    while _needs(level + 1) <= variance:
        level += 1
    return Placed(level, variance, lobe.share)


def _needs(level: int) -> float:
    """The least variance of a lobe that is made at a level."""
    return level_variance(level) + float(4**level) * (_LEAST_REST_AT_2 if level == 2 else _LEAST_REST)


def level_variance(level: int) -> float:
    """The variance, in pixels, of going down to a level and up again: 1 3 3 1 once, and 1 5 10 10 5 1 from there on."""
    return 1.5 + 2.5 * (float(4**level) - 4) / 3
