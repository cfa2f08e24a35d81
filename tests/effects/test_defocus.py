"""Defocus from synthetic depth, against discs in NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import convolve

from engine.effects import FrameContext, render_array
from engine.effects.defocus import DefocusEffect
from engine.errors import RequestError
from tests.effects.comparison import assert_light, assert_windows, draft_difference, noise, scene

METRIC = DefocusEffect(depth_unit="metric", focus=2, blur=2, limit=2)


def disc(radius: float) -> np.ndarray:
    reach = int(np.ceil(radius))
    x, y = np.meshgrid(*(np.arange(-reach, reach + 1),) * 2)
    kernel = np.clip(radius - np.hypot(x, y) + 0.5, 0, 1)
    return kernel / kernel.sum()


@pytest.mark.parametrize("metres", [4.0, 10.0, 1.5])
def test_an_even_depth_makes_discs_of_the_radius_of_a_thin_lens(metres: float) -> None:
    # 200 lines: a radius of 4 pixels at infinity, so that cells are pixels.
    light = noise(41, 37) * 3
    depth = np.full((41, 37), metres, np.float32)
    made = render_array([METRIC], light, FrameContext(37, 200), {"depth": depth})
    radius = abs(4 * (1 - 2 / metres))
    soft = np.stack([convolve(light[..., n].astype(float), disc(radius), mode="nearest") for n in range(3)], -1)
    share = np.clip(radius - 0.5, 0, 1)
    assert_light(made, light + share * (soft - light))


def test_what_is_in_focus_is_not_changed() -> None:
    light = noise(20, 20)
    depth = np.full((20, 20), 2, np.float32)
    np.testing.assert_array_equal(render_array([METRIC], light, FrameContext(20, 200), {"depth": depth}), light)


@pytest.mark.parametrize("height", [200, 1080])
@pytest.mark.parametrize("place", [(60, 60), (61, 63)])
def test_a_highlight_keeps_its_light_at_any_place(height: int, place: tuple[int, int]) -> None:
    light = np.zeros((121, 121, 3), np.float32)
    light[place] = 100
    depth = np.full((121, 121), 50, np.float32)
    made = render_array([METRIC], light, FrameContext(121, height), {"depth": depth})
    np.testing.assert_allclose(made.sum((0, 1)), 100, rtol=0.01)
    assert made.max() < 100 / 8


def test_a_sharp_edge_stays_sharp_before_a_soft_background_and_the_front_spreads_over_it() -> None:
    light = np.full((60, 60, 3), 0.2, np.float32)
    light[:, 30:] = 1
    frame = FrameContext(60, 200)
    near_is_sharp = np.where(light[..., 0] == 1, 2, 100).astype(np.float32)
    made = render_array([METRIC], light, frame, {"depth": near_is_sharp})
    np.testing.assert_allclose(made[30, 30:, 0], 1, atol=1e-6)
    np.testing.assert_allclose(made[30, :30, 0], 0.2, atol=1e-6)

    far_is_sharp = np.where(light[..., 0] == 1, 0.9, 2).astype(np.float32)
    made = render_array([METRIC], light, frame, {"depth": far_is_sharp})
    row = made[30, :, 0]
    assert (np.diff(row[20:31]) >= -1e-6).all()
    assert 0.3 < row[29] < 1
    np.testing.assert_allclose(row[:24], 0.2, atol=1e-6)


def test_alpha_stays_and_strips_and_drafts_agree() -> None:
    depth = noise(60, 20, 1)
    picture = noise(60, 20, 4)
    made = render_array([DefocusEffect()], picture, FrameContext(20, 1080), {"depth": depth})
    np.testing.assert_array_equal(made[..., 3], picture[..., 3])
    assert_windows([METRIC], noise(60, 20), FrameContext(20, 200), {"depth": depth * 10}, strip=20)
    ramp = np.clip(scene(180, 320)[..., :1], 0, 1)
    assert draft_difference([DefocusEffect(blur=2, limit=2)], sources={"depth": ramp}) < 0.05


def test_a_missing_depth_is_an_error_with_a_hint() -> None:
    with pytest.raises(RequestError, match=r"defocus.*depth") as refused:
        render_array([DefocusEffect()], noise(2, 2))
    assert refused.value.hint == "Make it: cwtui perceive TAKE --depth"
