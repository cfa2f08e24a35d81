"""Spreads a share of the light along a line, at any angle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil, cos, floor, radians, sin
from typing import ClassVar

from engine.effects.frame import FrameContext
from engine.effects.pass_builder import PassBuilder
from engine.effects.pyramid import Grid, Level
from engine.effects.spread import ONE, Lobe, Placed, Stack, level_variance, place, reach_of, total
from engine.effects.spread_passes import Highlights, SpreadMixPass, image_of, workgroups
from engine.render import PICTURE, ComputePass, IVec2, IVec4, Spec, Uniforms, Vec2, Vec4

# Two turns by cubic B-splines blur by this variance, in cells.
_TURN_VARIANCE = 2 / 3
# The cells along a turned line are a multiple of this.
_EVEN = 64


def spread_line(
    passes: PassBuilder,
    picture: str,
    lobes: Sequence[Lobe],
    thickness: float,
    angle: float,
    highlights: Highlights | None = None,
) -> str:
    """Add the passes that spread light along a line. Returns the name of the result.

    `lobes` are Gaussians along the line; `thickness` is the sigma across it, in pixels; `angle` is in degrees from
    horizontal, anticlockwise. A horizontal line is mirrored at the edges. At another angle, light leaves the picture.
    """
    across = place(Lobe(thickness, ONE))
    placed = [_at_least(place(lobe), across.level) for lobe in lobes]
    whole = Stack([Level.of(passes.frame, passes.image(picture))], [picture])
    whole.descend(passes, across.level, highlights)
    turn = _Turn.of(passes.frame, whole, angle) if angle else None
    level, cells = (turn.level, turn.there(passes)) if turn else (whole.levels[-1], whole.cells[-1])
    line = Stack([level], [cells], across.level, float(2**across.level))
    variance = across.variance - (_TURN_VARIANCE * 4**across.level if turn else 0)
    line.cells[0] = line.blur(passes, across.level, cells, variance, "across", (True,))
    line.descend(passes, max(lobe.level for lobe in placed), vertical=False)
    light, gain = line.ascend(passes, placed, (False,))
    whole.cells[-1] = turn.back(passes, light) if turn else light
    light, gain = whole.ascend(passes, [Placed(across.level, 0.0, gain)], ())
    mix = SpreadMixPass(whole.at(0), whole.at(1), gain, total([lobe.share for lobe in placed]), highlights)
    return passes.add(mix, "spread", picture=picture, cells=light)


def line_reach(sigma: float, thickness: float) -> int:
    """How many pixels around a pixel affect it through a Gaussian along a line."""
    return max(reach_of(sigma), reach_of(thickness))


def _at_least(lobe: Placed, level: int) -> Placed:
    """A lobe is no shorter than its line is thick."""
    if lobe.level >= level:
        return lobe
    return replace(lobe, level=level, variance=max(lobe.variance, level_variance(level)))


@dataclass(frozen=True, slots=True)
class _Turn:
    """A level, and a grid of square cells over it whose rows are parallel to a line; they share their centre."""

    frame: FrameContext
    straight: Level
    source: str
    level: Level
    angle: float
    pitch: float

    @classmethod
    def of(cls, frame: FrameContext, stack: Stack, angle: float) -> _Turn:
        """The grid over the coarsest level of a stack."""
        pixels, straight, pitch = stack.levels[0], stack.levels[-1], float(2**stack.deepest)
        along, aside = cos(radians(angle)), sin(radians(angle))
        # Even at every level that matters, because two halves of a cell cost less than other parts.
        wide = ceil((frame.width * abs(along) + frame.height * abs(aside)) / pitch / _EVEN) * _EVEN
        high = ceil((frame.width * abs(aside) + frame.height * abs(along)) / pitch) + 2
        x, y, width, height = pixels.window
        corners = [(a - frame.width / 2, b - frame.height / 2) for a in (x, x + width) for b in (y, y + height)]
        level = Level(
            _range(wide, [(a * along - b * aside) / pitch for a, b in corners]),
            _range(high, [(a * aside + b * along) / pitch for a, b in corners]),
        )
        return cls(frame, straight, stack.cells[-1], level, radians(angle), pitch)

    def there(self, passes: PassBuilder) -> str:
        """The picture's level on the turned grid."""
        across, down = self._pitches
        along, aside = cos(self.angle) * self.pitch, sin(self.angle) * self.pitch
        turn = (along / across, aside / across, -aside / down, along / down)
        u, v = 0.5 - self.level.across.full / 2, 0.5 - self._half
        shift = (
            turn[0] * u + turn[1] * v + self.straight.across.full / 2 - 0.5,
            turn[2] * u + turn[3] * v + self.straight.down.full / 2 - 0.5,
        )
        return passes.add(StreakTurnPass(self.straight, self.level, turn, shift), "turned", cells=self.source)

    def back(self, passes: PassBuilder, cells: str) -> str:
        """The turned grid on the picture's level."""
        across, down = self._pitches
        along, aside = cos(self.angle) / self.pitch, sin(self.angle) / self.pitch
        turn = (along * across, -aside * down, aside * across, along * down)
        x, y = 0.5 - self.straight.across.full / 2, 0.5 - self.straight.down.full / 2
        shift = (
            turn[0] * x + turn[1] * y + self.level.across.full / 2 - 0.5,
            turn[2] * x + turn[3] * y + self._half - 0.5,
        )
        return passes.add(StreakTurnPass(self.level, self.straight, turn, shift), "turned back", cells=cells)

    @property
    def _pitches(self) -> tuple[float, float]:
        """The pixels of a cell of the picture's level."""
        return self.frame.width / self.straight.across.full, self.frame.height / self.straight.down.full

    @property
    def _half(self) -> float:
        return self.level.down.full / 2


def _range(full: int, places: Sequence[float]) -> Grid:
    """The cells of a turned grid that a window needs; `places` are its corners, in cells from the centre."""
    first = max(0, floor(min(places) + full / 2) - 2)
    return Grid(full, first, min(full, ceil(max(places) + full / 2) + 2) - first)


@dataclass(frozen=True)
class StreakTurnUniforms(Uniforms):
    """See shaders/effects/streak_turn.wgsl."""

    turn: Vec4
    window: IVec4
    shift: Vec2
    whole: IVec2
    made_first: IVec2


class StreakTurnPass(ComputePass):
    """Shows a level on a grid that is turned about the picture's centre."""

    shader = "effects/streak_turn.wgsl"
    inputs: ClassVar[Mapping[str, str]] = {"cells": PICTURE}
    outputs = ("turned",)
    uniforms = StreakTurnUniforms

    def __init__(
        self, source: Level, made: Level, turn: tuple[float, float, float, float], shift: tuple[float, float]
    ) -> None:
        whole, first = (source.across.full, source.down.full), (made.across.first, made.down.first)
        super().__init__(StreakTurnUniforms(turn, source.window, shift, whole, first))
        self._made = made

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        """The size of the other grid."""
        return {"turned": image_of(self._made)}

    def groups(self, outputs: Mapping[str, Spec]) -> tuple[int, int, int]:
        """An invocation makes one cell."""
        return workgroups(self._made)
