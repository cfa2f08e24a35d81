"""The products of perception: masks, flow, depth and faces of a frame, at the size of its analysis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ProductKind = Literal["person_mask", "optical_flow", "depth_map", "face"]
DepthUnit = Literal["relative", "metric"]
Point = tuple[float, float]

BACKGROUND, UNKNOWN, FOREGROUND = 0, 128, 255
"""The values of a trimap."""


@dataclass(frozen=True, slots=True, eq=False)
class PersonMask:
    """The people of a frame.

    `alpha` is (height, width), float32, 0 to 1. `trimap` is (height, width), uint8: BACKGROUND, UNKNOWN or FOREGROUND.
    `foreground` is the colour of the person without the background behind it, (height, width, 3), scene-linear ACEScg;
    None if it was not estimated.
    """

    alpha: NDArray[np.float32]
    trimap: NDArray[np.uint8]
    foreground: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class OpticalFlow:
    """The motion between a frame and the next one.

    `forward` is (height, width, 2), float32: x to the right and y down, from a pixel of the frame to the same place in
    the next frame. `backward` is the reverse, at the pixels of the next frame. Both are shares of the height, so that
    they fit a picture of any size. `validity` is (height, width), 0 to 1: whether `forward` is right there.
    """

    forward: NDArray[np.float32]
    backward: NDArray[np.float32]
    validity: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class DepthMap:
    """The depth of a frame: (height, width), float32, NaN where it is unknown.

    `metric` depth is in metres. `relative` depth is an inverse depth from 0 (far) to 1 (near), up to a scale and a
    shift that the whole take shares.
    """

    values: NDArray[np.float32]
    unit: DepthUnit


@dataclass(frozen=True, slots=True)
class PersonFace:
    """A face: its box and landmarks as shares of the frame's width and height, from its top left corner.

    `box` is (left, top, width, height), and may reach beyond the frame. `landmarks` is empty, or has the 468 points of
    MediaPipe's face mesh. `score` is the detector's, 0 to 1.
    """

    box: tuple[float, float, float, float]
    score: float
    landmarks: tuple[Point, ...] = ()

    @property
    def centre(self) -> Point:
        """The middle of the box."""
        left, top, width, height = self.box
        return left + width / 2, top + height / 2
