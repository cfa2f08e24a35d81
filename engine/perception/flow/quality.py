"""What a quality of optical flow computes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FlowQuality = Literal["fast", "medium", "fine"]

FLOW_QUALITY: FlowQuality = "medium"
"""The usual quality: the least that reaches the goals of the error, as docs/benchmarks.md states them."""

PATCH = 8
"""Pixels of a side of a patch."""


@dataclass(frozen=True, slots=True)
class FlowSettings:
    """The work of one quality.

    `finest` is the last level of the pyramid that is searched: 0 is the frame, each further level has half its size.
    A patch makes at most `steps`, and `agreements` iterations make neighbours agree. The refinement at the size of the
    frame has `iterations`; 0 leaves it out.
    """

    finest: int
    steps: int
    agreements: int
    iterations: int


SETTINGS: dict[FlowQuality, FlowSettings] = {
    "fast": FlowSettings(finest=1, steps=4, agreements=1, iterations=0),
    "medium": FlowSettings(finest=0, steps=4, agreements=3, iterations=0),
    "fine": FlowSettings(finest=0, steps=6, agreements=8, iterations=5),
}


def level_sizes(size: tuple[int, int]) -> list[tuple[int, int]]:
    """The sizes (width, height) of the levels of a frame, the frame first: halves, rounded up, not below a patch.

    The coarsest level is the first whose shorter side has less than three patches.
    """
    sizes = [size]
    while min(sizes[-1]) >= 3 * PATCH:
        width, height = sizes[-1]
        sizes.append((-(-width // 2), -(-height // 2)))
    return sizes
