"""The faces of a take as they are stored: tracks with their measures, without pictures."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.catalog import Exact, FrozenModel
from engine.perception.faces.head import Box, HeadBox, head_box

_HELD = 4.0
"""Seconds between two faces of a track over which its box is interpolated."""


class FaceSample(FrozenModel):
    """A face in a frame: the tick of the take, the box, the detector's score, and the measures of `measure_face`.

    `mouth` and `eyes` are the openings of mouth and eyes, None without landmarks. `crown` is the top of the head as a
    share of the frame's height, None if no mask shows it.
    """

    tick: int
    box: Box
    score: float
    mouth: float | None = None
    eyes: float | None = None
    sharpness: float | None = None
    light: float | None = None
    clipped: float | None = None
    crushed: float | None = None
    crown: float | None = None

    @property
    def head(self) -> HeadBox:
        """The head around the face."""
        return head_box(self.box, self.crown)


class FaceTrack(FrozenModel):
    """The faces of one person, in order; `id` counts from 1 and stays the same for the same faces."""

    id: int
    samples: tuple[FaceSample, ...]

    @cached_property
    def ticks(self) -> list[int]:
        """The ticks of the samples."""
        return [one.tick for one in self.samples]

    def box_at(self, tick: float, rate: float) -> Box | None:
        """The box at a tick, interpolated within gaps; None before the first sample, after the last and in long gaps.

        `rate` is in ticks per second.
        """
        ticks = self.ticks
        after = bisect_left(ticks, tick)
        if after < len(ticks) and ticks[after] == tick:
            return self.samples[after].box
        if after in (0, len(ticks)):
            return None
        one, two = self.samples[after - 1], self.samples[after]
        if two.tick - one.tick > _HELD * rate:
            return None
        share = (tick - one.tick) / (two.tick - one.tick)
        mixed = (a + (b - a) * share for a, b in zip(one.box, two.box, strict=True))
        left, top, width, height = mixed
        return left, top, width, height

    def nearest_box(self, tick: float) -> Box:
        """The box of the sample that is nearest to a tick."""
        ticks = self.ticks
        after = min(bisect_left(ticks, tick), len(ticks) - 1)
        before = max(after - 1, 0)
        near = after if abs(ticks[after] - tick) <= abs(tick - ticks[before]) else before
        return self.samples[near].box

    def head_at(self, tick: float, rate: float) -> HeadBox | None:
        """The head around `box_at`."""
        box = self.box_at(tick, rate)
        return head_box(box) if box else None

    def within(self, first: float, last: float) -> tuple[FaceSample, ...]:
        """The samples from the tick `first` to `last` (exclusive)."""
        return self.samples[bisect_left(self.ticks, first) : bisect_left(self.ticks, last)]

    @cached_property
    def size(self) -> float:
        """The median width of the face as a share of the frame's width."""
        return float(np.median([one.box[2] for one in self.samples]))

    def series(self, name: Literal["mouth", "eyes", "sharpness", "light"]) -> NDArray[np.float64]:
        """A measure of all samples, NaN where it is unknown."""
        values = [getattr(one, name) for one in self.samples]
        return np.array([np.nan if value is None else value for value in values], np.float64)


class TakeFaces(FrozenModel):
    """The faces of a take. `rate` is its ticks per second, `step` the ticks from one analysed frame to the next.

    `ticks` is the number of its ticks, `width` and `height` are the size of the analysed frames in pixels. `provider`
    names what found the faces.
    """

    version: Literal[1] = 1
    rate: Exact
    step: int
    ticks: int
    width: int
    height: int
    provider: str = ""
    model: str = ""
    model_digest: str = ""
    tracks: tuple[FaceTrack, ...] = ()

    @property
    def aspect(self) -> float:
        """The width of the frames by their height."""
        return self.width / self.height

    def tick_at(self, time: Fraction) -> float:
        """A time in seconds on the take's clock as a tick."""
        return float(time * self.rate)

    def track(self, number: int) -> FaceTrack | None:
        """The track with this id; None if there is none."""
        return next((one for one in self.tracks if one.id == number), None)

    def visible(self, first: float, last: float) -> Iterator[tuple[FaceTrack, float]]:
        """The tracks that are seen between two ticks, each with the share of the analysed frames that have it."""
        expected = max(1.0, (last - first) / self.step)
        for one in self.tracks:
            share = min(1.0, len(one.within(first, last)) / expected)
            if share > 0:
                yield one, share


def spans_of(ticks: list[int], step: int) -> list[tuple[int, int]]:
    """The runs of ticks that are `step` apart, as (first, end)."""
    if not ticks:
        return []
    breaks = [0, *(n for n, (a, b) in enumerate(pairwise(ticks), 1) if b - a > step), len(ticks)]
    return [(ticks[a], ticks[b - 1] + step) for a, b in pairwise(breaks)]


def index_before(ticks: list[int], tick: float) -> int:
    """The index of the last of these ticks that is not after `tick`; -1 if there is none."""
    return bisect_right(ticks, tick) - 1
