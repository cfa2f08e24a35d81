"""The values that say how a crop follows people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Switch = Literal["auto", "cut", "pan"]
"""How the crop goes from one speaker to another; auto cuts if no crop has both heads, and pans otherwise."""


@dataclass(frozen=True, slots=True)
class FollowOptions:
    """How a crop follows people. Lengths are shares of the crop's width (height, for vertical movement).

    `hold` is the least time in seconds between two changes of the framed person. `zoom` enlarges the picture. `margin`
    stays free beside a head. Within `still` of the middle, a face may move without the crop. `speed` is the most per
    second, `acceleration` the most per second squared. `lead` is the time in seconds by which a cut precedes the first
    word, where the pause is long enough.
    """

    switch: Switch = "auto"
    hold: float = 1.5
    zoom: float = 1.0
    margin: float = 0.05
    still: float = 0.12
    speed: float = 0.8
    acceleration: float = 1.6
    lead: float = 0.15
