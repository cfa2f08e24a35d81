"""Tests optical flow on motions that are known exactly."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.errors import RequestError
from engine.perception import AnalysisFrame, OpticalFlow, open_flow_provider


def _frame(pixels: NDArray[np.uint8], number: int = 0) -> AnalysisFrame:
    return AnalysisFrame(number, Fraction(number, 25), pixels)


def _noise(height: int, width: int) -> NDArray[np.uint8]:
    from scipy.ndimage import gaussian_filter

    random = np.random.default_rng(1)
    texture = gaussian_filter(random.normal(0, 1, (height, width, 3)), (1.5, 1.5, 0))
    return np.clip(128 + 60 * texture / texture.std(), 0, 255).astype(np.uint8)


def _flow(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> OpticalFlow:
    provider = open_flow_provider("fast")
    try:
        return provider.flow(_frame(first), _frame(second, 1))
    finally:
        provider.close()


def test_picture_that_moves_right_has_flow_to_the_right_in_shares_of_the_height() -> None:
    wide = _noise(120, 200)
    flow = _flow(wide[:, 10:190], wide[:, 5:185])
    middle = flow.forward[20:100, 20:160]
    assert flow.forward.shape == flow.backward.shape == (120, 180, 2)
    assert np.allclose(np.median(middle, axis=(0, 1)), (5 / 120, 0), atol=0.1 / 120)
    assert np.allclose(np.median(flow.backward[20:100, 20:160], axis=(0, 1)), (-5 / 120, 0), atol=0.1 / 120)
    assert flow.validity[20:100, 20:160].mean() > 0.95


def test_frames_of_two_sizes_are_refused() -> None:
    with pytest.raises(RequestError, match="one size"):
        _flow(_noise(64, 64), _noise(64, 48))
