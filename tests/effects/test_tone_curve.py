"""The tone curve against NumPy, and its shape."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.effects import FrameContext, render_array
from engine.effects.tone_curve import ToneCurveEffect
from tests.effects.comparison import SIZES, assert_light, assert_windows, draft_difference, noise
from tests.examples import examples


def toned(light: np.ndarray, effect: ToneCurveEffect) -> np.ndarray:
    light = light.astype(float)

    def at(value: np.ndarray) -> np.ndarray:
        y = effect.contrast * np.log2((value / effect.pivot + 1 / 256) / (1 + 1 / 256))
        soft = np.where(y > 0, y / (1 + effect.shoulder * y / 8), y / (1 - effect.toe * y / 8))
        return 2.0**soft

    black = at(np.zeros(1))
    curve = effect.pivot * (at(np.maximum(light, 0)) - black) / (1 - black)
    step = 1e-7
    slope = effect.pivot * (at(np.array([step])) - black) / (1 - black) / step
    return np.where(light > 0, curve, light * slope)


@examples(10)
@given(
    contrast=st.floats(0.5, 2),
    pivot=st.floats(0.1, 0.5),
    toe=st.floats(0, 2),
    shoulder=st.floats(0, 2),
    size=st.sampled_from(SIZES),
)
def test_the_curve_is_its_formula(
    contrast: float, pivot: float, toe: float, shoulder: float, size: tuple[int, int]
) -> None:
    effect = ToneCurveEffect(contrast=contrast, pivot=pivot, toe=toe, shoulder=shoulder)
    light = noise(*size) * 1.1 - 0.1

    assert_light(render_array([effect], light), toned(light, effect))


def test_black_and_the_pivot_stay_and_the_curve_rises() -> None:
    light = np.repeat(np.concatenate([[-0.01, 0, 0.18], np.geomspace(1e-5, 1000, 200)])[None, :, None], 3, 2)
    for effect in (ToneCurveEffect(), ToneCurveEffect(contrast=2, toe=1, shoulder=2), ToneCurveEffect(contrast=0.5)):
        made = render_array([effect], light.astype(np.float32))[0, :, 0]
        np.testing.assert_allclose(made[1:3], [0, 0.18], atol=1e-5)
        assert (np.diff(made[3:]) > 0).all()
        assert made[0] < 0


def test_the_same_in_strips_and_in_drafts() -> None:
    assert_windows([ToneCurveEffect(contrast=1.5)], noise(16, 9), FrameContext(9, 16))
    assert draft_difference([ToneCurveEffect(contrast=1.3)]) < 0.02
