"""Two views of a motorcycle with a measured disparity, and OpenCV's dense inverse search beside ours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.perception import AnalysisFrame, FlowQuality, open_flow_provider

Picture = NDArray[np.uint8]
Flow = tuple[NDArray[Any], NDArray[np.bool_]]
FlowFinder = Callable[[Picture, Picture], Flow]
"""Returns the forward flow in pixels, and where going there and back ends within about a pixel."""


@dataclass(frozen=True)
class Scores:
    """The median error in pixels, the share of errors over 3 pixels; the kept share, and the median among it."""

    median: float
    wrong: float
    kept: float
    kept_median: float


@dataclass(frozen=True)
class Motorcycle:
    """A stereo pair of Middlebury 2014, 741 × 500; `disparity` is how far a left pixel moves left, in pixels."""

    left: Picture
    right: Picture
    disparity: NDArray[np.float32]

    def score(self, find: FlowFinder) -> Scores:
        """The scores of a flow from the left to the right picture."""
        forward, kept = find(self.left, self.right)
        known = np.isfinite(self.disparity)
        errors = np.hypot(forward[..., 0] + self.disparity, forward[..., 1])
        both = kept & known
        return Scores(
            float(np.median(errors[known])),
            float((errors[known] > 3).mean()),
            float(both.sum() / known.sum()),
            float(np.median(errors[both])),
        )


def load_motorcycle() -> Motorcycle:
    """The pair that scikit-image ships."""
    import skimage
    from skimage.io import imread

    folder = Path(skimage.__file__).parent / "data"
    left, right = (imread(folder / f"motorcycle_{side}.png")[..., :3] for side in ("left", "right"))
    with np.load(folder / "motorcycle_disp.npz") as stored:
        disparity = stored[stored.files[0]]
    return Motorcycle(np.ascontiguousarray(left), np.ascontiguousarray(right), disparity)


def own_finder(quality: FlowQuality) -> FlowFinder:
    """Ours. In a sequence it makes the pyramid of a frame once."""
    provider = open_flow_provider(quality)

    def find(first: Picture, second: Picture) -> Flow:
        flow = provider.flow(AnalysisFrame(0, Fraction(0), first), AnalysisFrame(1, Fraction(1, 25), second))
        return flow.forward * first.shape[0], flow.validity > 0.5

    return find


def opencv_finder(preset: str) -> FlowFinder:
    """OpenCV's, in both directions. Raises ImportError where there is no OpenCV."""
    import cv2

    search = cv2.DISOpticalFlow_create(getattr(cv2, f"DISOPTICAL_FLOW_PRESET_{preset}"))

    def find(first: Picture, second: Picture) -> Flow:
        grey = [cv2.cvtColor(one, cv2.COLOR_RGB2GRAY) for one in (first, second)]
        forward, backward = search.calc(*grey, None), search.calc(*grey[::-1], None)
        height, width = grey[0].shape
        across, down = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
        places = (across + forward[..., 0], down + forward[..., 1])
        there = cv2.remap(backward, *places, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=(1e3, 1e3))
        return forward, np.hypot(*np.moveaxis(forward + there, -1, 0)) < 1

    return find
