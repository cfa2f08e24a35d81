"""Compares optical flow with a measured disparity, and with OpenCV's dense inverse search."""

from __future__ import annotations

import pytest

from engine.perception import FlowQuality
from tests.perception.motorcycle import Motorcycle, load_motorcycle, opencv_finder, own_finder


@pytest.fixture(scope="module")
def motorcycle() -> Motorcycle:
    return load_motorcycle()


@pytest.mark.parametrize("quality", ["medium", pytest.param("fine", marks=pytest.mark.slow)])
def test_motorcycle_is_within_the_bounds(motorcycle: Motorcycle, quality: FlowQuality) -> None:
    scores = motorcycle.score(own_finder(quality))
    assert scores.median <= 0.35
    assert scores.wrong <= 0.15
    assert scores.kept >= 0.8
    assert scores.kept_median <= 0.3


def test_motorcycle_is_as_good_as_by_opencv(motorcycle: Motorcycle) -> None:
    pytest.importorskip("cv2")
    ours = motorcycle.score(own_finder("medium"))
    theirs = motorcycle.score(opencv_finder("MEDIUM"))
    assert ours.median <= theirs.median
    assert ours.wrong <= theirs.wrong
    assert ours.kept >= theirs.kept
    assert ours.kept_median <= theirs.kept_median
