"""Spreads a share of the light by a sum of Gaussians. The cost does not depend on their widths, and no light is lost."""

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
# a moving highlight flickers by more than 1 %.
_LEAST_REST = 0.5
_ONE: Color = (1.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Lobe:
    """A Gaussian: `sigma` in pixels, and the share of the light by colour that it spreads."""

    sigma: float
    share: Color


@dataclass(frozen=True, slots=True)
class _Placed:
    """A lobe at a level: its variance in pixels, and the share of the light that leaves its pixel."""

    level: int
    variance: float
    share: Color


def spread_light(passes: PassBuilder, picture: str, lobes: Sequence[Lobe], highlights: Highlights | None = None) -> str:
    """Add the passes that spread the light of `picture`, or of its highlights only. Returns the name of the result.

    The picture is mirrored at its edges: light that would leave it comes back, so that flat areas and the sum of light
    stay the same. The shares of the lobes add up to at most 1 for each colour.
    """
    placed = [_place(lobe) for lobe in lobes]
    levels, cells = _descend(passes, picture, max(lobe.level for lobe in placed), highlights)
    # The last two steps up are one where nothing is added between them and the cells have four by four pixels.
    last = 2 if min(p.level for p in placed) > 1 and levels[0].is_quarter(levels[2]) else 1
    below, gain = "", _ONE
    for number in range(len(levels) - 1, last - 1, -1):
        added, share = _light_of(
            passes, number, levels[: number + 1], cells[number], [p for p in placed if p.level == number]
        )
        if not below:
            below, gain = added, share
            continue
        step = SpreadUpPass(levels[number], levels[number + 1], True, gain, share if added else None)
        below, gain = passes.add(step, f"up {number}", coarser=below, added=added or below), _ONE
    taken = total([lobe.share for lobe in placed])
    mix = SpreadMixPass(levels[0], levels[last], gain, taken, highlights)
    return passes.add(mix, "spread", picture=picture, cells=below)


def reach_of(sigma: float) -> int:
    """How many pixels around a pixel affect it through a Gaussian of `sigma` pixels and the levels that it uses."""
    placed = _place(Lobe(sigma, _ONE))
    rest = sqrt(max(placed.variance - _variance(placed.level), 0)) / 2**placed.level
    return (ceil(3 * rest) + 6) * 2**placed.level


def total(colors: Sequence[Color]) -> Color:
    """The sum by colour."""
    red, green, blue = (sum(channel) for channel in zip(*colors, strict=True))
    return red, green, blue


def scaled(color: Color, factor: float) -> Color:
    """A colour times a factor."""
    return color[0] * factor, color[1] * factor, color[2] * factor


def _place(lobe: Lobe) -> _Placed:
    """The level whose own blur is the largest part of a lobe.

    A lobe that is narrower than the first level gets its variance by spreading less: the rest of its light stays in its
    pixel.
    """
    variance = lobe.sigma**2
    first = _variance(1)
    if variance < first:
        return _Placed(1, first, scaled(lobe.share, variance / first))
    level = 1
    while _variance(level + 1) + _LEAST_REST * 4 ** (level + 1) <= variance:
        level += 1
    return _Placed(level, variance, lobe.share)


def _variance(level: int) -> float:
    """The variance, in pixels, of going down to a level and up again: 1 3 3 1 once, and 1 5 10 10 5 1 from there on."""
    return 1.5 + 2.5 * (4**level - 4) / 3


def _descend(
    passes: PassBuilder, picture: str, deepest: int, highlights: Highlights | None
) -> tuple[list[Level], list[str]]:
    """The levels from the picture to `deepest`, and the names of their light."""
    levels = [Level.of(passes.frame, passes.image(picture))]
    cells = [picture]
    for number in range(1, deepest + 1):
        levels.append(levels[-1].coarser())
        step = SpreadDownPass(levels[-2], levels[-1], number > 1, highlights if number == 1 else None)
        cells.append(passes.add(step, f"down {number}", picture=cells[-1]))
    return levels, cells


def _light_of(
    passes: PassBuilder, number: int, levels: Sequence[Level], cells: str, placed: Sequence[_Placed]
) -> tuple[str, Color]:
    """The name of the light that lobes spread at a level ("" if there are none), and its gain."""
    name, gain = "", _ONE
    for index, lobe in enumerate(placed, 1):
        suffix = f"{number}.{index}"
        blurred = cells if lobe.variance <= _variance(number) else blur(passes, levels, cells, lobe.variance, suffix)
        if name:
            name = passes.add(SpreadSumPass(gain, lobe.share), f"sum {suffix}", first=name, second=blurred)
            gain = _ONE
        else:
            name, gain = blurred, lobe.share
    return name, gain


def blur(passes: PassBuilder, levels: Sequence[Level], cells: str, variance: float, suffix: str) -> str:
    """Blur the last of `levels` to a variance in pixels of the first, less that of the levels themselves."""
    for vertical in (False, True):
        grids = [level.down if vertical else level.across for level in (levels[0], levels[-1])]
        pitch = grids[0].full / grids[1].full
        rest = sqrt(max(variance - 1.5 - 2.5 * (pitch**2 - 4) / 3, 0)) / pitch
        word = "vertical" if vertical else "horizontal"
        cells = passes.add(SpreadBlurPass(levels[-1], rest, vertical), f"{word} blur {suffix}", cells=cells)
    return cells
