"""Sharpening against SciPy, and its limits."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import correlate1d, maximum_filter, minimum_filter

from engine.effects import FrameContext, render_array
from engine.effects.sharpen import SharpenEffect
from tests.effects.comparison import SIZES, assert_light, assert_windows, draft_difference, noise
from tests.examples import examples


def sharpened(light: np.ndarray, effect: SharpenEffect) -> np.ndarray:
    deviation = effect.radius / 100 * len(light)
    deviation = max(deviation, 0.05)
    steps = np.arange(-np.ceil(3 * deviation), np.ceil(3 * deviation) + 1)
    kernel = np.exp(-0.5 * (steps / deviation) ** 2)
    kernel /= kernel.sum()
    soft = correlate1d(correlate1d(light.astype(float), kernel, 0, mode="nearest"), kernel, 1, mode="nearest")
    near = max(1, round(deviation))
    nine = np.zeros((2 * near + 1,) * 2, bool)
    nine[::near, ::near] = True
    darkest = minimum_filter(light, footprint=nine[..., None], mode="nearest")
    brightest = maximum_filter(light, footprint=nine[..., None], mode="nearest")
    margin = effect.halo * (brightest - darkest)
    return np.clip(light + effect.amount * (light - soft), darkest - margin, brightest + margin)


@examples(10)
@given(
    amount=st.floats(-1, 3),
    radius=st.floats(0.1, 1),
    halo=st.floats(0, 1),
    size=st.sampled_from((*SIZES, (210, 9))),
)
def test_sharpening_is_a_limited_unsharp_mask(amount: float, radius: float, halo: float, size: tuple[int, int]) -> None:
    effect = SharpenEffect(amount=amount, radius=radius, halo=halo)
    light = noise(*size) * 3
    assert_light(render_array([effect], light), sharpened(light, effect))


def test_an_edge_overshoots_by_the_stated_share_of_its_contrast_at_most() -> None:
    light = np.full((200, 50, 3), 0.1, np.float32)
    light[:, 25:] = 10
    made = render_array([SharpenEffect(amount=4, radius=0.5, halo=0.05)], light)
    assert made.min() >= 0.1 - 0.05 * 9.9 - 1e-5
    assert made.max() <= 10 + 0.05 * 9.9 + 1e-5
    assert made.max() > 10.2


def test_a_negative_amount_softens_and_keeps_the_light() -> None:
    light = np.zeros((200, 200, 3), np.float32)
    light[100, 100] = 1
    made = render_array([SharpenEffect(amount=-1, radius=1)], light)
    assert made.max() < 0.1
    np.testing.assert_allclose(made.sum((0, 1)), 1, atol=1e-3)


def test_alpha_stays_and_strips_and_drafts_agree() -> None:
    picture = noise(20, 9, 4)
    np.testing.assert_array_equal(render_array([SharpenEffect(radius=1)], picture)[..., 3], picture[..., 3])
    assert_windows([SharpenEffect(radius=1)], noise(41, 23), FrameContext(23, 200))
    assert draft_difference([SharpenEffect(radius=0.5)]) < 0.03
