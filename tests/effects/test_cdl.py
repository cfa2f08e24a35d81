"""ASC CDL against OpenColorIO on the CPU."""

from __future__ import annotations

from typing import Literal

import numpy as np
import PyOpenColorIO as OCIO  # noqa: N814 (the name in its documentation)
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.effects import FrameContext, render_array
from engine.effects.cdl import CdlEffect
from engine.picture import CONFIG
from tests.effects.comparison import SIZES, assert_light, assert_windows, draft_difference, noise
from tests.examples import examples


def graded(light: np.ndarray, effect: CdlEffect) -> np.ndarray:
    cdl = OCIO.CDLTransform()
    cdl.setStyle(OCIO.CDL_NO_CLAMP)
    cdl.setSlope([effect.slope_red, effect.slope_green, effect.slope_blue])
    cdl.setOffset([effect.offset_red, effect.offset_green, effect.offset_blue])
    cdl.setPower([effect.power_red, effect.power_green, effect.power_blue])
    cdl.setSat(effect.saturation)
    steps = [cdl]
    if effect.space == "acescct":
        there = OCIO.ColorSpaceTransform("ACEScg", "ACEScct")
        steps = [there, cdl, OCIO.ColorSpaceTransform("ACEScct", "ACEScg")]
    processor = OCIO.Config.CreateFromFile(CONFIG).getProcessor(OCIO.GroupTransform(steps))
    pixels = np.ascontiguousarray(light, np.float32).copy()
    processor.getOptimizedCPUProcessor(OCIO.OPTIMIZATION_LOSSLESS).applyRGB(pixels.reshape(-1, 3))
    return pixels


SLOPE, OFFSET, POWER = st.floats(0.6, 1.4), st.floats(-0.05, 0.05), st.floats(0.7, 1.4)


@examples(10)
@given(
    space=st.sampled_from(["acescct", "acescg"]),
    slopes=st.tuples(SLOPE, SLOPE, SLOPE),
    offsets=st.tuples(OFFSET, OFFSET, OFFSET),
    powers=st.tuples(POWER, POWER, POWER),
    saturation=st.floats(0, 2),
    size=st.sampled_from(SIZES),
)
def test_a_grade_is_that_of_opencolorio(
    space: Literal["acescct", "acescg"],
    slopes: tuple[float, float, float],
    offsets: tuple[float, float, float],
    powers: tuple[float, float, float],
    saturation: float,
    size: tuple[int, int],
) -> None:
    colors = ("red", "green", "blue")
    numbers = {
        f"{kind}_{color}": value
        for kind, values in (("slope", slopes), ("offset", offsets), ("power", powers))
        for color, value in zip(colors, values, strict=True)
    }
    effect = CdlEffect(space=space, saturation=saturation, **numbers)
    light = noise(*size) * 1.05 - 0.05

    assert_light(render_array([effect], light), graded(light, effect))


def test_transparency_does_not_change_the_grade() -> None:
    effect = CdlEffect(offset_red=0.05, power_blue=1.2)
    light = noise(4, 4)
    half = np.concatenate([light * 0.5, np.full((4, 4, 1), 0.5, np.float32)], -1)

    made = render_array([effect], half)

    assert_light(made[..., :3] * 2, render_array([effect], light))
    np.testing.assert_array_equal(made[..., 3], half[..., 3])


def test_a_grade_is_the_same_in_strips_and_in_drafts() -> None:
    effect = CdlEffect(slope_red=1.1, offset_blue=0.02, power_green=1.1, saturation=1.2)

    assert_windows([effect], noise(16, 9), FrameContext(9, 16))
    assert draft_difference([effect]) < 0.005


def test_the_default_changes_nothing() -> None:
    light = noise(8, 8) * 10 - 1
    assert_light(render_array([CdlEffect()], light), light, 1e-5)


@pytest.mark.parametrize("wrong", [{"slope_red": -1}, {"power_blue": float("nan")}, {"space": "srgb"}])
def test_wrong_parameters_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        CdlEffect.model_validate(wrong)
