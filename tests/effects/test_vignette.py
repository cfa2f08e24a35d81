"""Vignettes: compared with their definition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from engine.effects import FrameContext, render_array
from engine.effects.vignette import VignetteEffect
from tests.examples import examples


def white(height: int, width: int) -> np.ndarray:
    return np.full((height, width, 3), 10, np.float32)


def distances(height: int, width: int) -> np.ndarray:
    """From the middle, in pixels."""
    y, x = np.mgrid[:height, :width] + 0.5
    return np.hypot(y - height / 2, x - width / 2)


@examples(10, deadline=None)
@given(size=st.tuples(st.integers(1, 60), st.integers(1, 60)), focal=st.floats(4, 300), sensor=st.floats(4, 60))
def test_a_focal_length_follows_the_cosine_law(size: tuple[int, int], focal: float, sensor: float) -> None:
    frame = FrameContext(size[1], size[0], sensor_height=sensor)

    made = render_array([VignetteEffect(focal_length=focal)], white(*size), frame)

    angle = np.arctan(distances(*size) * sensor / size[0] / focal)
    np.testing.assert_allclose(made, white(*size) * np.cos(angle)[..., None] ** 4, atol=2e-4)


@pytest.mark.parametrize(("height", "width"), [(54, 96), (96, 54), (1, 1), (33, 7)])
@pytest.mark.parametrize("stops", [1.5, -1.0])
def test_the_corners_lose_the_stops(stops: float, height: int, width: int) -> None:
    effect = VignetteEffect(stops=stops, falloff=3, roundness=1)

    made = render_array([effect], white(height, width))

    place = distances(height, width) / np.hypot(height / 2, width / 2)
    gain = (1 + (2 ** (stops / 2) - 1) * place**3) ** -2
    np.testing.assert_allclose(made, white(height, width) * gain[..., None], atol=2e-4, rtol=2e-5)


def test_an_ellipse_follows_the_picture() -> None:
    made = render_array([VignetteEffect(stops=2, roundness=0)], white(61, 121))[..., 0]

    assert made[0, 60] == pytest.approx(made[30, 0], rel=0.02)
    assert made[0, 60] < made[30, 60]


def test_a_window_is_the_full_frame() -> None:
    effect = VignetteEffect(stops=2, x=30, y=60, falloff=4)
    whole = render_array([effect], white(40, 50))

    window = render_array([effect], white(10, 13), FrameContext(50, 40, x=21, y=9))

    np.testing.assert_allclose(window, whole[9:19, 21:34], atol=1e-5)


def test_a_smaller_picture_is_the_same_vignette() -> None:
    large, small = (render_array([VignetteEffect(stops=2)], white(108 * n, 192 * n))[..., 0] for n in (2, 1))

    np.testing.assert_allclose(large.reshape(108, 2, 192, 2).mean((1, 3)), small, rtol=2e-4)


def test_the_amount_and_alpha() -> None:
    picture = np.random.default_rng(1).random((9, 11, 4), np.float32)
    whole, half = (render_array([VignetteEffect(amount=amount)], picture) for amount in (1.0, 0.5))

    np.testing.assert_allclose(half[..., :3], (picture + whole)[..., :3] / 2, atol=1e-6)
    np.testing.assert_array_equal(half[..., 3], picture[..., 3])


@pytest.mark.parametrize("values", [{"focal_length": 0}, {"stops": float("inf")}, {"roundness": 2}, {"blur": 1}])
def test_values_outside_the_limits_are_refused(values: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        VignetteEffect.model_validate(values)
