"""Light leaks: their light, and that only the seed and the film's time change it."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from engine.effects import FrameContext, render_array
from engine.effects.light_leak import LightLeakEffect

BLACK = np.zeros((54, 96, 3), np.float32)


def leak(effect: LightLeakEffect | None = None, frame: FrameContext | None = None) -> np.ndarray:
    return render_array([effect or LightLeakEffect()], BLACK, frame or FrameContext(96, 54))


def gaussians(effect: LightLeakEffect, frame: FrameContext) -> np.ndarray:
    """The light of the patches, from their uniforms, in float64."""
    values = effect.uniforms(frame)
    y, x = (np.mgrid[: frame.height, : frame.width] + 0.5) / frame.height
    light = np.zeros((frame.height, frame.width, 3))
    for (left, top, *_), (a, b, c, d), color in zip(values.place, values.shape, values.light, strict=True):
        u, v = a * (x - left) + b * (y - top), c * (x - left) + d * (y - top)
        light += np.maximum(1 - (u**2 + v**2) / 16, 0)[..., None] ** 8 * np.array(color[:3])
    return light


def test_it_equals_its_definition() -> None:
    for seed, size in ((1, (96, 54)), (2, (54, 96)), (3, (1, 1)), (4, (33, 7))):
        frame = FrameContext(*size, time=Fraction(7, 3))
        effect = LightLeakEffect(seed=seed, side=130)
        picture = np.random.default_rng(1).random((size[1], size[0], 3), np.float32)

        made = render_array([effect], picture, frame)

        np.testing.assert_allclose(made, picture + gaussians(effect, frame), atol=2e-4)


@pytest.mark.parametrize(
    ("side", "edge"), [(0, np.s_[:5]), (90, np.s_[:, -5:]), (180, np.s_[-5:]), (270, np.s_[:, :5])]
)
def test_the_light_enters_at_its_side(side: float, edge: tuple[slice, ...]) -> None:
    light = leak(LightLeakEffect(side=side, size=20))[..., 0]

    assert light[edge].mean() > 3 * light.mean()
    assert light[edge].max() > 0.1


def test_seeds_differ_and_frames_move_slowly() -> None:
    first = leak()
    next_frame = leak(frame=FrameContext(96, 54, number=1, time=Fraction(1, 25)))
    later = leak(frame=FrameContext(96, 54, number=100, time=Fraction(4)))

    np.testing.assert_array_equal(first, leak())
    assert np.abs(leak(LightLeakEffect(seed=2)) - first).max() > 0.05
    assert 0 < np.abs(next_frame - first).max() < 0.02
    assert np.abs(later - first).max() > 0.05


def test_a_window_is_the_full_frame() -> None:
    window = render_array([LightLeakEffect()], BLACK[:10, :13], FrameContext(96, 54, x=80, y=21))

    np.testing.assert_allclose(window, leak()[21:31, 80:93], atol=1e-5)


def test_a_smaller_picture_is_the_same_leak() -> None:
    large = render_array([LightLeakEffect()], np.zeros((216, 384, 3), np.float32))

    np.testing.assert_allclose(large.reshape(54, 4, 96, 4, 3).mean((1, 3)), leak(), atol=2e-3)


def test_alpha_is_kept() -> None:
    picture = np.random.default_rng(1).random((9, 11, 4), np.float32)

    np.testing.assert_array_equal(render_array([LightLeakEffect()], picture)[..., 3], picture[..., 3])
