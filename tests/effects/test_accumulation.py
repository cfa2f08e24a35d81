"""Temporal accumulation against NumPy, on shapes that move."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import exp

import numpy as np
import pytest

from engine.effects import Effect, FrameContext, Shutter, ShutterWeights, Subframe, SubframeRenderer, render_array
from engine.effects.grain import GrainEffect
from engine.effects.transform import TransformEffect
from engine.render import Image, open_device
from tests.effects.comparison import assert_light

RATE = Fraction(25)
SIZE = (40, 64)


def square() -> np.ndarray:
    """A bright square on black, opaque."""
    picture = np.zeros((*SIZE, 4), np.float32)
    picture[..., 3] = 1
    picture[16:24, 28:36, :3] = (10, 5, 2)
    return picture


def moved_at(time: Fraction) -> Sequence[Effect]:
    """A move of 40 pixels to the right in a twenty-fifth of a second, from the centre at 1 s."""
    return [TransformEffect(x=float((time - 1) * 25) * 40 / SIZE[0] * 100)]


def accumulated(picture: np.ndarray, subframes: Sequence[Subframe], effects_at: object = moved_at) -> np.ndarray:
    device = open_device()
    spec = Image(picture.shape[1], picture.shape[0], "rgba32float")
    renderer = SubframeRenderer(device, "picture", {"picture": spec})
    frame = FrameContext(spec.width, spec.height, number=25)
    with device.load_picture(picture, spec.format) as source:
        lease = renderer.render(effects_at, frame, subframes, {"picture": source.resource})  # type: ignore[arg-type]
        with lease as total:
            (made,) = device.fetch([total]).result()
    return np.asarray(made)


@pytest.mark.parametrize("weights", ["box", "triangle", "gaussian"])
@pytest.mark.parametrize("count", [1, 4, 5, 17])
def test_weights_add_up_to_one_and_times_are_exact(weights: ShutterWeights, count: int) -> None:
    subframes = Shutter(angle=172.8, weights=weights, final=count).subframes(Fraction(7, 24), Fraction(24000, 1001))

    assert len(subframes) == count
    assert sum(one.weight for one in subframes) == pytest.approx(1, abs=1e-12)
    middle = sum((one.time for one in subframes), Fraction(0)) / count
    assert middle == Fraction(7, 24)
    exposure = Fraction(1728, 3600) * Fraction(1001, 24000)
    if count > 1:
        assert subframes[1].time - subframes[0].time == exposure / count


def test_weights_have_their_shapes() -> None:
    triangle, gaussian = (
        [one.weight for one in Shutter(weights=weights, final=5).subframes(Fraction(0), RATE)]
        for weights in ("triangle", "gaussian")
    )
    np.testing.assert_allclose(np.array(triangle) / triangle[2], [0.2, 0.6, 1, 0.6, 0.2])
    np.testing.assert_allclose(gaussian[0] / gaussian[2], exp(-0.5 * (0.4 / 0.15) ** 2))


def test_quality_selects_the_number_of_subframes() -> None:
    shutter = Shutter(draft=3, final=9)
    assert [len(shutter.subframes(Fraction(0), RATE, quality)) for quality in ("draft", "final")] == [3, 9]
    assert Shutter(angle=0).subframes(Fraction(1), RATE) == (Subframe(Fraction(1), 1.0),)


@pytest.mark.parametrize("weights", ["box", "triangle", "gaussian"])
def test_a_moving_square_is_the_sum_of_squares_at_its_exact_places(weights: ShutterWeights) -> None:
    # Half a frame is 20 pixels in 20 subframes, half a pixel beside each pixel: the cubic's mean of two.
    subframes = Shutter(weights=weights, final=20).subframes(Fraction(1), RATE)
    made = accumulated(square(), subframes)

    expected = np.zeros((*SIZE, 3))
    for number, one in enumerate(subframes):
        whole = int(np.floor(number - 9.5))
        for shift in (whole, whole + 1):
            expected += np.roll(square()[..., :3], shift, 1) * one.weight / 2
    # A limited cubic has no overshoot beside the edges, so that the halves are exact.
    assert np.abs(made[..., :3] - expected).max() <= 0.1
    np.testing.assert_allclose(made[..., :3].sum((0, 1)), square()[..., :3].sum((0, 1)), rtol=1e-4)

    singles = sum(one.weight * render_array(moved_at(one.time), square()) for one in subframes)
    assert_light(made, singles, 1e-5)


def test_grain_does_not_change_during_a_frame() -> None:
    picture = np.full((*SIZE, 4), 0.18, np.float32)
    frame = FrameContext(SIZE[1], SIZE[0], number=25)
    made = accumulated(picture, Shutter(final=4).subframes(Fraction(1), RATE), lambda time: [GrainEffect()])
    assert_light(made, render_array([GrainEffect()], picture, frame), 1e-6)


def test_a_chain_may_change_its_passes_during_a_frame() -> None:
    def effects_at(time: Fraction) -> Sequence[Effect]:
        return [TransformEffect(x=1), *([GrainEffect(strength=0)] if time > 1 else [])]

    made = accumulated(square(), Shutter(final=4).subframes(Fraction(1), RATE), effects_at)
    assert_light(made, render_array([TransformEffect(x=1)], square()), 1e-5)
