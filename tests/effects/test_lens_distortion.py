"""Lens distortion against NumPy, and its inverse."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import minimum_filter

from engine.effects import FrameContext, render_array
from engine.effects.lens_distortion import LensDistortionEffect
from tests.effects.comparison import assert_light, assert_windows, draft_difference, noise
from tests.effects.resampling import centres, coverage, cubic
from tests.examples import examples

LENSES = [(0.08, 0.0), (-0.08, 0.02), (0.2, -0.05), (-0.12, 0.0)]


def smooth(height: int, width: int) -> np.ndarray:
    """Light without jumps, where the rounding of a place would select another pixel."""
    x, y = centres(height, width)
    return np.stack([np.sin(x / 3) + 1, np.cos(y / 4) + 1, np.sin((x + y) / 5) + 1], -1).astype(np.float32)


def distorted(light: np.ndarray, k1: float, k2: float) -> np.ndarray:
    height, width = light.shape[:2]
    x, y = centres(height, width)
    square = ((x - width / 2) ** 2 + (y - height / 2) ** 2) / ((width**2 + height**2) / 4)
    ratio = 1 + k1 * square + k2 * square**2
    x, y = (x - width / 2) * ratio + width / 2, (y - height / 2) * ratio + height / 2
    return cubic(light, x, y) * (coverage(x, 0, width) * coverage(y, 0, height))[..., None]


@examples(10)
@given(height=st.integers(1, 40), width=st.integers(1, 40), k1=st.floats(-0.25, 0.4), k2=st.floats(-0.05, 0.2))
def test_a_distortion_is_its_formula(height: int, width: int, k1: float, k2: float) -> None:
    light = smooth(height, width)
    made = render_array([LensDistortionEffect(k1=k1, k2=k2, fill=False)], light)
    assert_light(made, distorted(light, k1, k2))


@pytest.mark.parametrize(("k1", "k2"), LENSES)
@pytest.mark.parametrize("fill", [False, True])
def test_the_inverse_returns_each_place_within_a_twentieth_of_a_pixel(k1: float, k2: float, fill: bool) -> None:
    height, width = 90, 160
    x, y = centres(height, width)
    places = np.stack([x, y, np.ones_like(x)], -1).astype(np.float32)
    lens = LensDistortionEffect(k1=k1, k2=k2, fill=fill)
    inverse = LensDistortionEffect(k1=k1, k2=k2, fill=fill, invert=True)

    for effects in ([lens, inverse], [inverse, lens]):
        back = render_array(effects, places)
        # A ramp that ends at the border is no ramp there: leave out pixels whose cubics reached it.
        whole = minimum_filter(back[..., 2] > 0.9999, 9, mode="constant")
        assert whole.mean() > 0.5
        error = np.hypot(back[..., 0] - x, back[..., 1] - y)[whole]
        assert error.max() <= 0.05


def test_filled_borders_have_no_gap_and_others_are_transparent() -> None:
    grey = np.ones((45, 80, 4), np.float32)
    for k1, k2 in LENSES:
        assert render_array([LensDistortionEffect(k1=k1, k2=k2)], grey)[1:-1, 1:-1].min() > 0.99
    corner = render_array([LensDistortionEffect(k1=0.2, fill=False)], grey)[0, 0]
    np.testing.assert_array_equal(corner, 0)


def test_a_highlight_has_no_ring() -> None:
    light = np.full((41, 73, 3), 0.1, np.float32)
    light[18:23, 30:36] = 100
    made = render_array([LensDistortionEffect(k1=0.1)], light)
    assert made.min() >= 0.1 - 1e-6
    assert made.max() <= 100 + 1e-4


def test_the_same_in_strips_and_in_drafts() -> None:
    for effect in (LensDistortionEffect(k1=0.1), LensDistortionEffect(k1=0.1, invert=True)):
        assert_windows([effect], noise(41, 23), FrameContext(23, 41))
    assert draft_difference([LensDistortionEffect(k1=0.1)]) < 0.03
    assert_light(render_array([LensDistortionEffect(k1=0)], noise(9, 7)), noise(9, 7), 1e-6)


@pytest.mark.parametrize("wrong", [{"k1": -0.4}, {"k1": -0.3, "invert": True}, {"k1": 0.3, "k2": -0.5}])
def test_a_fold_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="fold"):
        LensDistortionEffect.model_validate(wrong)
