"""The passes that spread light: down a pyramid, blurred at its levels, and up again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

import numpy as np
from numpy.typing import NDArray

from engine.effects.pyramid import Grid, Level
from engine.render import (
    PICTURE,
    ComputePass,
    Constant,
    Image,
    IVec4,
    PointPass,
    Rows3,
    Spec,
    Uniforms,
    Vec4,
    rows3,
)

Color: TypeAlias = tuple[float, float, float]
"""Factors of red, green and blue."""

# Half floats cannot hold the light of one pixel that is spread over a whole picture.
_FORMAT = "rgba32float"
_GROUP = (32, 8)
# Two, because each is another pipeline.
_RADII = (3, 6)
_RUN = 4
_NO_RANGE = (0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Highlights:
    """Light from `begin` on counts as highlight, partly up to `end`; one pixel gives at most `most`."""

    begin: float
    end: float
    most: float

    @property
    def range(self) -> tuple[float, float, float, float]:
        """As shaders/common/highlights.wgsl reads it."""
        return self.begin, 1 / max(self.end - self.begin, 1e-6), self.most, 0.0


@dataclass(frozen=True)
class SpreadDownUniforms(Uniforms):
    """See shaders/effects/spread_down.wgsl."""

    sizes: IVec4
    window: IVec4
    cells_window: IVec4
    range: Vec4


class SpreadDownPass(ComputePass):
    """The average light of the cells of the next level."""

    shader = "effects/spread_down.wgsl"
    common = ("common/filters.wgsl", "common/highlights.wgsl")
    inputs: ClassVar[Mapping[str, str]] = {"picture": PICTURE}
    outputs = ("cells",)
    uniforms = SpreadDownUniforms

    def __init__(self, fine: Level, coarse: Level, smooth: bool, highlights: Highlights | None) -> None:
        range_ = highlights.range if highlights else _NO_RANGE
        super().__init__(SpreadDownUniforms(fine.sizes(coarse), fine.window, coarse.window, range_))
        self._fine, self._coarse, self._smooth, self._highlights = fine, coarse, smooth, highlights is not None

    def constants(self) -> Mapping[str, Constant]:
        """Whether only highlights count, how smooth it is, and whether cells are two by two, or two in a line."""
        return {
            "HIGHLIGHTS": self._highlights,
            "SMOOTH": self._smooth,
            "EXACT": self._fine.is_exact(self._coarse),
            "LINE": self._fine.is_exact_line(self._coarse),
        }

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        """The size of the next level."""
        return {"cells": image_of(self._coarse)}

    def groups(self, outputs: Mapping[str, Spec]) -> tuple[int, int, int]:
        """An invocation makes two by two cells if that is exact, or two in a line."""
        exact, line = self._fine.is_exact(self._coarse), self._fine.is_exact_line(self._coarse)
        return workgroups(self._coarse, 2 if exact or line else 1, 2 if exact else 1)


@dataclass(frozen=True)
class SpreadBlurUniforms(Uniforms):
    """See shaders/effects/spread_blur.wgsl."""

    sizes: IVec4
    window: IVec4
    weights: Rows3


class SpreadBlurPass(ComputePass):
    """A Gaussian along one axis; `sigma` is in cells."""

    shader = "effects/spread_blur.wgsl"
    common = ("common/filters.wgsl",)
    inputs: ClassVar[Mapping[str, str]] = {"cells": PICTURE}
    outputs = ("blurred",)
    uniforms = SpreadBlurUniforms

    def __init__(self, level: Level, sigma: float, vertical: bool) -> None:
        self._radius = next((radius for radius in _RADII if 3 * sigma <= radius), _RADII[-1])
        self._level, self._vertical = level, vertical
        weights = np.zeros(12)
        weights[: self._radius + 1] = gaussian(sigma, self._radius)
        super().__init__(SpreadBlurUniforms(level.sizes(level), level.window, rows3(weights.reshape(3, 4))))

    def constants(self) -> Mapping[str, Constant]:
        """The number of weights on each side, the direction, and whether a mirror may show a mirror."""
        grid = self._level.down if self._vertical else self._level.across
        tiny = grid.full < _RADII[-1] + _RUN
        return {"RADIUS": self._radius, "DOWN": self._vertical, "TINY": tiny}

    def groups(self, outputs: Mapping[str, Spec]) -> tuple[int, int, int]:
        """An invocation makes a run of four cells."""
        return workgroups(self._level, 1, _RUN) if self._vertical else workgroups(self._level, _RUN, 1)


@dataclass(frozen=True)
class SpreadUpUniforms(Uniforms):
    """See shaders/effects/spread_up.wgsl."""

    sizes: IVec4
    window: IVec4
    cells_window: IVec4
    coarse_gain: Vec4
    added_gain: Vec4


class SpreadUpPass(ComputePass):
    """Refines by one level; adds light of the finer level if `added` is not None."""

    shader = "effects/spread_up.wgsl"
    common = ("common/filters.wgsl",)
    inputs: ClassVar[Mapping[str, str]] = {"coarser": PICTURE, "added": PICTURE}
    outputs = ("sum",)
    uniforms = SpreadUpUniforms

    def __init__(self, fine: Level, coarse: Level, smooth: bool, gain: Color, added: Color | None) -> None:
        self._fine, self._coarse, self._smooth, self._adds = fine, coarse, smooth, added is not None
        gains = (*gain, 0.0), (*(added or (0.0, 0.0, 0.0)), 0.0)
        super().__init__(SpreadUpUniforms(fine.sizes(coarse), fine.window, coarse.window, *gains))

    def constants(self) -> Mapping[str, Constant]:
        """Whether light is added, and whether cells are two by two, or two in a line."""
        return {
            "ADDS": self._adds,
            "SMOOTH": self._smooth,
            "EXACT": self._fine.is_exact(self._coarse),
            "LINE": self._fine.is_exact_line(self._coarse),
        }

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        """The size of the finer level."""
        return {"sum": image_of(self._fine)}

    def groups(self, outputs: Mapping[str, Spec]) -> tuple[int, int, int]:
        """An invocation makes the parts of a cell if they are exact, else one."""
        exact = self._fine.is_exact(self._coarse) or self._fine.is_exact_line(self._coarse)
        return workgroups(self._coarse if exact else self._fine)


@dataclass(frozen=True)
class SpreadSumUniforms(Uniforms):
    """See shaders/effects/spread_sum.wgsl."""

    first_gain: Vec4
    second_gain: Vec4


class SpreadSumPass(PointPass):
    """The weighted sum of two pictures of one level."""

    shader = "effects/spread_sum.wgsl"
    inputs: ClassVar[Mapping[str, str]] = {"first": PICTURE, "second": PICTURE}
    outputs = ("sum",)
    uniforms = SpreadSumUniforms

    def __init__(self, first: Color, second: Color) -> None:
        super().__init__(SpreadSumUniforms((*first, 0.0), (*second, 0.0)))


@dataclass(frozen=True)
class SpreadMixUniforms(Uniforms):
    """See shaders/effects/spread_mix.wgsl."""

    sizes: IVec4
    window: IVec4
    cells_window: IVec4
    gain: Vec4
    taken: Vec4
    range: Vec4


class SpreadMixPass(ComputePass):
    """Takes the spread light from its pixels and adds it where it went."""

    shader = "effects/spread_mix.wgsl"
    common = ("common/filters.wgsl", "common/highlights.wgsl")
    inputs: ClassVar[Mapping[str, str]] = {"picture": PICTURE, "cells": PICTURE}
    outputs = ("spread",)
    uniforms = SpreadMixUniforms

    def __init__(self, fine: Level, coarse: Level, gain: Color, taken: Color, highlights: Highlights | None) -> None:
        self._fine, self._coarse, self._highlights = fine, coarse, highlights is not None
        range_ = highlights.range if highlights else _NO_RANGE
        windows = fine.window, coarse.window
        super().__init__(SpreadMixUniforms(fine.sizes(coarse), *windows, (*gain, 0.0), (*taken, 0.0), range_))

    def constants(self) -> Mapping[str, Constant]:
        """Whether only highlights are spread, and whether cells are two by two."""
        return {"HIGHLIGHTS": self._highlights, "EXACT": self._fine.is_exact(self._coarse)}

    def groups(self, outputs: Mapping[str, Spec]) -> tuple[int, int, int]:
        """An invocation makes the four pixels of a cell if that is exact, else one pixel."""
        return workgroups(self._coarse if self._fine.is_exact(self._coarse) else self._fine)


def gaussian(sigma: float, radius: int) -> NDArray[np.float64]:
    """The weights of a Gaussian at the distances 0 to `radius`; with both sides they add up to 1."""
    weights = np.exp(-0.5 * (np.arange(radius + 1) / max(sigma, 1e-3)) ** 2)
    return np.asarray(weights / (weights[0] + 2 * weights[1:].sum()))


def image_of(level: Level) -> Image:
    """The spec of the light of a level."""
    return Image(level.across.count, level.down.count, _FORMAT)


def workgroups(level: Level, across: int = 1, down: int = 1) -> tuple[int, int, int]:
    """The workgroups whose invocations make `across` by `down` cells each, from multiples of these on."""
    return -(-_blocks(level.across, across) // _GROUP[0]), -(-_blocks(level.down, down) // _GROUP[1]), 1


def _blocks(grid: Grid, size: int) -> int:
    return -(-(grid.first + grid.count) // size) - grid.first // size
