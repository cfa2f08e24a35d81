"""Fog against NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.effects import FrameContext, render_array
from engine.effects.fog import FogEffect
from engine.errors import RequestError
from tests.effects.comparison import SIZES, assert_light, assert_windows, draft_difference, noise, scene
from tests.examples import examples


def fogged(light: np.ndarray, depth: np.ndarray, effect: FogEffect) -> np.ndarray:
    metres = depth
    if effect.depth_unit == "relative":
        metres = 1 / (depth / effect.near + (1 - depth) / effect.far)
    through = 0.02 ** (np.maximum(metres - effect.start, 0) / effect.visibility)
    share = np.minimum(1 - through, effect.limit)[..., None]
    return light * (1 - share) + np.array([effect.red, effect.green, effect.blue]) * share


@examples(10)
@given(
    visibility=st.floats(5, 500),
    start=st.floats(0, 50),
    limit=st.floats(0, 1),
    relative=st.booleans(),
    size=st.sampled_from(SIZES),
)
def test_fog_is_the_law_of_koschmieder(
    visibility: float, start: float, limit: float, relative: bool, size: tuple[int, int]
) -> None:
    effect = FogEffect(
        visibility=visibility, start=start, limit=limit, depth_unit="relative" if relative else "metric", far=60
    )
    light, depth = noise(*size) * 2, noise(*size, 1, seed=2)[..., 0] * (1 if relative else 80)
    assert_light(render_array([effect], light, None, {"depth": depth}), fogged(light, depth, effect))


def test_fog_keeps_alpha_and_is_the_same_in_strips_and_drafts() -> None:
    depth = noise(16, 9, 1)
    picture = noise(16, 9, 4)
    made = render_array([FogEffect()], picture, None, {"depth": depth})
    np.testing.assert_array_equal(made[..., 3], picture[..., 3])
    assert_windows([FogEffect()], noise(16, 9), FrameContext(9, 16), {"depth": depth})
    ramp = np.clip(scene(180, 320)[..., :1], 0, 1)
    assert draft_difference([FogEffect()], sources={"depth": ramp}) < 0.01


def test_a_missing_depth_is_an_error_with_a_hint() -> None:
    with pytest.raises(RequestError, match=r"fog.*depth") as refused:
        render_array([FogEffect()], noise(2, 2))
    assert refused.value.hint == "Make it: cwtui perceive TAKE --depth"
    with pytest.raises(ValueError, match="near"):
        FogEffect(near=10, far=5)
