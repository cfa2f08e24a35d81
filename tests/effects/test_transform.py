"""Transforms against NumPy, and exact moves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.effects import FrameContext, render_array
from engine.effects.transform import TransformEffect
from tests.effects.comparison import assert_light, assert_windows, draft_difference, noise
from tests.effects.resampling import centres, coverage, cubic
from tests.examples import examples


def opaque(height: int, width: int) -> np.ndarray:
    """Smooth light with alpha 1: at a jump, the rounding of a place selects another pixel."""
    x, y = centres(height, width)
    light = np.stack([np.sin(x / 3) + 1, np.cos(y / 4) + 1, np.sin((x + y) / 5) + 1, np.ones_like(x)], -1)
    return light.astype(np.float32)


def placed(picture: np.ndarray, effect: TransformEffect) -> np.ndarray:
    height, width = picture.shape[:2]
    x, y = centres(height, width)
    u, v = x - width / 2 - effect.x / 100 * height, y - height / 2 - effect.y / 100 * height
    turn = np.radians(effect.rotation)
    source_x = (u * np.cos(turn) + v * np.sin(turn)) / effect.scale + width / 2
    source_y = (-u * np.sin(turn) + v * np.cos(turn)) / effect.scale + height / 2
    covered = coverage(
        source_x, effect.crop_left / 100 * width, (1 - effect.crop_right / 100) * width, effect.scale
    ) * coverage(source_y, effect.crop_top / 100 * height, (1 - effect.crop_bottom / 100) * height, effect.scale)
    return cubic(picture, source_x, source_y) * covered[..., None]


@examples(10)
@given(
    x=st.floats(-60, 60),
    y=st.floats(-60, 60),
    scale=st.floats(1, 4),
    # A smaller angle moves a place by less than 32 bits tell apart: it may have other neighbours than in the oracle.
    rotation=st.floats(-180, 180).map(lambda angle: round(angle, 2)),
    crop=st.floats(0, 45),
)
def test_a_larger_picture_is_a_limited_cubic(x: float, y: float, scale: float, rotation: float, crop: float) -> None:
    effect = TransformEffect(x=x, y=y, scale=scale, rotation=rotation, crop_left=crop, crop_top=crop / 2)
    picture = opaque(33, 47)
    assert_light(render_array([effect], picture), placed(picture, effect))


def test_a_smaller_picture_is_filtered_as_the_scaling_of_the_pipeline() -> None:
    from engine.picture.scaling import scale_axis

    picture = opaque(40, 60)
    made = render_array([TransformEffect(scale=0.5)], picture)[10:30, 15:45]
    for side, (source, target) in enumerate(((40, 20), (60, 30))):
        axis = scale_axis(source, target)
        matrix = np.zeros((target, source))
        for row in range(target):
            matrix[row, axis.first[row] : axis.first[row] + axis.taps] = axis.weights[row]
        picture = np.moveaxis(np.tensordot(matrix, picture, (1, side)), 0, side)
    # At the border the pipeline leaves out what is outside.
    assert_light(made[1:-1, 1:-1], picture[1:-1, 1:-1])


@pytest.mark.parametrize(("scale", "rotation"), [(0.7, 0.0), (0.4, 30.0), (0.15, -80.0)])
def test_a_smaller_picture_keeps_its_light(scale: float, rotation: float) -> None:
    spot = np.zeros((120, 120, 4), np.float32)
    spot[60, 57, :3] = 100
    light = render_array([TransformEffect(scale=scale, rotation=rotation)], spot)[..., :3].sum((0, 1))
    np.testing.assert_allclose(light, 100 * scale**2, rtol=0.01)


def test_whole_pixels_and_quarter_turns_are_exact() -> None:
    picture = noise(20, 20, 4)
    moved = render_array([TransformEffect(x=10, y=-25)], picture)
    np.testing.assert_array_equal(moved[:15, 2:], picture[5:, :-2])
    assert not moved[15:].any()
    assert not moved[:, :2].any()
    turned = render_array([TransformEffect(rotation=90)], picture)
    np.testing.assert_allclose(turned, np.rot90(picture, -1), atol=1e-5)
    np.testing.assert_array_equal(render_array([TransformEffect()], picture), picture)


def test_a_crop_is_transparent_outside() -> None:
    made = render_array([TransformEffect(crop_left=25, crop_bottom=50)], np.ones((8, 8, 4), np.float32))
    expected = np.zeros((8, 8))
    expected[:4, 2:] = 1
    np.testing.assert_allclose(made[..., 3], expected, atol=1e-6)


def test_a_highlight_has_no_ring_at_any_scale() -> None:
    light = np.full((40, 40, 3), 0.1, np.float32)
    light[18:22, 18:22] = 100
    for scale in (0.6, 0.9, 1.3, 3):
        made = render_array([TransformEffect(scale=scale, rotation=10)], light)[12:28, 12:28]
        assert made.min() >= 0.1 - 1e-5


def test_the_same_in_strips_and_in_drafts() -> None:
    assert_windows([TransformEffect(scale=1.4, rotation=20, x=5)], noise(41, 23), FrameContext(23, 41), strip=15)
    assert_windows([TransformEffect(scale=0.6)], noise(41, 23), FrameContext(23, 41), strip=15)
    assert draft_difference([TransformEffect(scale=1.2, rotation=5, x=3)]) < 0.03
    assert draft_difference([TransformEffect(scale=0.5)]) < 0.03


def test_a_crop_of_everything_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing"):
        TransformEffect(crop_left=60, crop_right=50)
