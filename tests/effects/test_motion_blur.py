"""Motion blur from synthetic flow, against SciPy and against streaks that are drawn."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from scipy.ndimage import correlate1d, uniform_filter1d

from engine.effects import FrameContext, Shutter, ShutterWeights, render_array
from engine.effects.motion_blur import MotionBlurEffect
from engine.errors import RequestError
from tests.effects.comparison import assert_light, assert_windows, draft_difference, noise

FULL = FrameContext(200, 200)


def flow(height: int, width: int, x: float, y: float, unit: int = 200) -> np.ndarray:
    """The same motion everywhere, in pixels."""
    made = np.zeros((height, width, 2), np.float32)
    made[..., 0], made[..., 1] = x / unit, y / unit
    return made


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("length", [3, 7])
def test_an_even_motion_is_a_box_along_it(axis: int, length: int) -> None:
    light = noise(31, 43) * 4
    motion = flow(31, 43, *((0, 2 * length) if axis == 0 else (2 * length, 0)))
    made = render_array([MotionBlurEffect(shutter=180)], light, FULL, {"flow": motion})
    assert_light(made, uniform_filter1d(light.astype(float), length, axis, mode="nearest"))


@pytest.mark.parametrize("weights", ["triangle", "gaussian"])
def test_other_weights_are_those_of_accumulation(weights: ShutterWeights) -> None:
    light = noise(21, 43) * 4
    made = render_array([MotionBlurEffect(shutter=180, weights=weights)], light, FULL, {"flow": flow(21, 43, 18, 0)})
    kernel = [one.weight for one in Shutter(weights=weights, final=9).subframes(Fraction(0), Fraction(25))]
    assert_light(made, correlate1d(light.astype(float), kernel, 1, mode="nearest"))


def test_what_rests_and_what_is_not_valid_is_not_changed() -> None:
    light = noise(20, 20)
    invalid = {"flow": flow(20, 20, 40, 10), "flow_validity": np.zeros((20, 20), np.float32)}
    for sources in ({"flow": flow(20, 20, 0, 0)}, invalid):
        np.testing.assert_array_equal(render_array([MotionBlurEffect()], light, FULL, sources), light)


@pytest.mark.parametrize("motion", [(9, 0), (0, -9), (8, 6)])
def test_a_moving_square_keeps_its_light_and_becomes_a_streak(motion: tuple[int, int]) -> None:
    light = np.zeros((64, 64, 3), np.float32)
    light[28:36, 28:36] = 10
    moving = flow(64, 64, 2 * motion[0], 2 * motion[1])
    moving[light[..., 0] == 0] = 0

    made = render_array([MotionBlurEffect(shutter=180)], light, FULL, {"flow": moving})

    np.testing.assert_allclose(made.sum((0, 1)), light.sum((0, 1)), rtol=0.02)
    drawn = np.zeros(light.shape)
    steps = max(map(abs, motion))
    for step in range(steps):
        share = (step + 0.5) / steps - 0.5
        drawn += np.roll(light, (round(motion[1] * share), round(motion[0] * share)), (0, 1)) / steps
    assert np.abs(made - drawn).mean() < 0.02 * np.abs(drawn - light).mean() + 0.05


def test_a_bright_background_shows_behind_the_ends_of_a_streak() -> None:
    light = np.full((40, 60, 3), 0.5, np.float32)
    light[10:30, 20:40] = 0.05
    moving = flow(40, 60, 20, 0)
    moving[light[..., 0] == 0.5] = 0
    made = render_array([MotionBlurEffect(shutter=180)], light, FULL, {"flow": moving})
    row = made[20, :, 0]
    np.testing.assert_allclose(row[[5, 55]], 0.5, atol=1e-6)
    np.testing.assert_allclose(row[30], 0.05, atol=1e-6)
    # A ramp over ten pixels at both ends.
    np.testing.assert_allclose(row[15:25], 0.5 - 0.45 * (np.arange(10) + 0.5) / 10, atol=0.03)
    assert (np.diff(row[10:30]) <= 1e-6).all()


def test_the_same_in_strips_and_in_drafts() -> None:
    motion = (noise(60, 20, 2) - 0.5) * 0.2
    assert_windows([MotionBlurEffect()], noise(60, 20), FrameContext(20, 60), {"flow": motion}, strip=20)
    smooth = flow(180, 320, 12, 6, 180)
    assert draft_difference([MotionBlurEffect()], sources={"flow": smooth}) < 0.03


def test_a_missing_flow_is_an_error_with_a_hint() -> None:
    with pytest.raises(RequestError, match=r"motion_blur.*flow") as refused:
        render_array([MotionBlurEffect()], noise(2, 2))
    assert refused.value.hint == "Make it: cwtui perceive TAKE --flow"
