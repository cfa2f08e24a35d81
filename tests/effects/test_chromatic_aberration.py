"""Lateral chromatic aberration against NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from engine.effects import FrameContext, render_array
from engine.effects.chromatic_aberration import ChromaticAberrationEffect
from tests.effects.comparison import SIZES, assert_light, assert_windows, draft_difference, noise
from tests.effects.resampling import centres, cubic


@pytest.mark.parametrize("size", SIZES)
def test_red_and_blue_are_scaled_from_the_centre(size: tuple[int, int]) -> None:
    height, width = size
    x, y = centres(height, width)
    light = np.stack([np.sin(x / 3), np.cos(y / 4), np.sin(x / 5 + y / 3)], -1).astype(np.float32) + 1
    effect = ChromaticAberrationEffect(red=2, blue=-1.5)
    made = render_array([effect], light)

    for channel, shift in ((0, 2), (2, -1.5)):
        factor = 1 - shift / 100 * height / (np.hypot(width, height) / 2)
        places = ((axis - side / 2) * factor + side / 2 for axis, side in ((x, width), (y, height)))
        assert_light(made[..., channel], cubic(light, *places)[..., channel])
    np.testing.assert_array_equal(made[..., 1], light[..., 1])


def test_the_shift_in_the_corners_is_that_asked_for() -> None:
    height, width = 180, 320
    x, y = centres(height, width)
    places = np.stack([x, x, y], -1).astype(np.float32)
    made = render_array([ChromaticAberrationEffect(red=1, blue=0)], places)
    # Red in the last corner comes from 1.8 pixels further inside, along the diagonal.
    corner = np.hypot(made[-4, -4, 0] - x[-4, -4], (made[-4, -4, 0] - x[-4, -4]) * height / width)
    assert corner == pytest.approx(1.8 * np.hypot(156.5, 86.5) / np.hypot(160, 90), abs=0.01)


def test_grey_stays_grey_and_strips_and_drafts_agree() -> None:
    grey = np.full((9, 16, 4), 0.5, np.float32)
    np.testing.assert_allclose(render_array([ChromaticAberrationEffect(red=2)], grey), grey, atol=1e-6)
    assert_windows([ChromaticAberrationEffect(red=2, blue=-2)], noise(41, 23), FrameContext(23, 41))
    assert draft_difference([ChromaticAberrationEffect(red=0.4, blue=-0.3)]) < 0.03
