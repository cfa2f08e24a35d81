"""Compares optical flow with a measured disparity, beside OpenCV's dense inverse search."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.perception import AnalysisFrame, FlowQuality, open_flow_provider


@dataclass(frozen=True)
class _Scores:
    """The median error in pixels, the share of errors over 3 pixels; the kept share, and the median among it."""

    median: float
    wrong: float
    kept: float
    kept_median: float


@dataclass(frozen=True)
class _Pair:
    left: NDArray[np.uint8]
    right: NDArray[np.uint8]
    disparity: NDArray[np.float32]

    def score(self, forward: NDArray[Any], kept: NDArray[np.bool_]) -> _Scores:
        known = np.isfinite(self.disparity)
        errors = np.hypot(forward[..., 0] + self.disparity, forward[..., 1])
        both = kept & known
        return _Scores(
            float(np.median(errors[known])),
            float((errors[known] > 3).mean()),
            float(both.sum() / known.sum()),
            float(np.median(errors[both])),
        )


@pytest.fixture(scope="module")
def motorcycle() -> _Pair:
    """Two views of a motorcycle, and the disparity that the Middlebury 2014 data set measured for the left one."""
    import skimage
    from skimage.io import imread

    folder = Path(skimage.__file__).parent / "data"
    left, right = (imread(folder / f"motorcycle_{side}.png")[..., :3] for side in ("left", "right"))
    with np.load(folder / "motorcycle_disp.npz") as stored:
        disparity = stored[stored.files[0]]
    return _Pair(np.ascontiguousarray(left), np.ascontiguousarray(right), disparity)


def _ours(pair: _Pair, quality: FlowQuality) -> _Scores:
    frames = [AnalysisFrame(number, Fraction(number), one) for number, one in enumerate((pair.left, pair.right))]
    flow = open_flow_provider(quality).flow(*frames)
    return pair.score(flow.forward * pair.left.shape[0], flow.validity > 0.5)


@pytest.mark.parametrize("quality", ["medium", "fine"])
def test_motorcycle_is_within_the_bounds(motorcycle: _Pair, quality: FlowQuality) -> None:
    scores = _ours(motorcycle, quality)
    assert scores.median <= 0.35
    assert scores.wrong <= 0.15
    assert scores.kept >= 0.8
    assert scores.kept_median <= 0.3


def test_motorcycle_is_as_good_as_by_opencv(motorcycle: _Pair) -> None:
    cv2 = pytest.importorskip("cv2")
    grey = [cv2.cvtColor(one, cv2.COLOR_RGB2GRAY) for one in (motorcycle.left, motorcycle.right)]
    search = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    forward, backward = search.calc(*grey, None), search.calc(*grey[::-1], None)
    height, width = grey[0].shape
    across, down = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    places = (across + forward[..., 0], down + forward[..., 1])
    there = cv2.remap(backward, *places, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=(1e3, 1e3))
    theirs = motorcycle.score(forward, np.hypot(*np.moveaxis(forward + there, -1, 0)) < 1)
    ours = _ours(motorcycle, "medium")
    assert ours.median <= theirs.median
    assert ours.wrong <= theirs.wrong
    assert ours.kept >= theirs.kept
    assert ours.kept_median <= theirs.kept_median
