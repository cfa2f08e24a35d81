"""A crop that moves: the same weights as a fixed crop, between samples, with a new window for each frame."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.catalog import Encoding
from engine.picture import Compositor, CropWindow, Layer, OutputSpec, Pipeline, YuvPlanes, crop_shares
from tests.picture.frames import linear_planes, picture

WIDE = picture(160, 90, Encoding.EXR)
SPEC = OutputSpec(54, 96, fit="fill")


def noise(seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0.02, 0.8, (90, 160, 3))


def difference(one: YuvPlanes, two: YuvPlanes) -> int:
    return int(np.abs(one.y.astype(int) - two.y.astype(int)).max())


@given(
    st.tuples(st.integers(16, 4096), st.integers(16, 4096)),
    st.tuples(st.integers(16, 2160), st.integers(16, 2160)),
    st.floats(-1, 2),
    st.floats(-1, 2),
    st.floats(0.5, 20),
)
def test_a_window_has_the_shape_of_the_frame_and_is_inside_the_picture(
    size: tuple[int, int], output: tuple[int, int], x: float, y: float, zoom: float
) -> None:
    spot = CropWindow(x, y, zoom).place(size, output)
    assert spot.span[0] / spot.span[1] == Fraction(*output)
    for start, span, whole in zip(spot.start, spot.span, size, strict=True):
        assert 0 <= start <= whole - span
    assert (spot.x, spot.y, spot.width, spot.height) == (0, 0, *output)


@pytest.mark.parametrize("anchor", [Fraction(0), Fraction(1, 3), Fraction(1)])
@pytest.mark.parametrize("spec", [SPEC, OutputSpec(36, 64, fit="fill")])
def test_a_window_that_does_not_move_is_the_fixed_crop(anchor: Fraction, spec: OutputSpec) -> None:
    """Enlarged and reduced: within a code of rounding, because the axes are scaled in the other order."""
    planes = linear_planes(noise())
    fixed = OutputSpec(spec.width, spec.height, fit="fill", anchor=anchor)
    share = crop_shares((160, 90), (spec.width, spec.height))[0]
    middle = share / 2 + float(anchor) * (1 - share)
    one = Pipeline(WIDE, Encoding.EXR, fixed).run(planes)
    two = Pipeline(WIDE, Encoding.EXR, spec, crops=lambda _: CropWindow(middle, 0.5)).run(planes)
    assert difference(one, two) <= 1


def test_a_window_moves_by_parts_of_a_sample() -> None:
    """A ramp of light: each tenth of a sample changes the picture by the same amount, and nothing jumps."""
    ramp = np.repeat((np.linspace(0.1, 0.6, 160) ** 2.2)[None, :, None], 90, 0).repeat(3, 2)
    planes = linear_planes(ramp)
    wide = OutputSpec(54, 96, fit="fill", bit_depth=10, view="hlg")
    windows = [CropWindow((60 + n / 10) / 160, 0.5) for n in range(12)]
    pipeline = Pipeline(WIDE, Encoding.EXR, wide, crops=lambda number: windows[number])
    means = [frame.y.astype(float).mean() for frame in pipeline.stream([(planes, None)] * 12)]
    steps = np.diff(means)
    assert (steps > 0).all()
    assert steps.max() - steps.min() < 0.2 * steps.mean() + 0.02


def test_each_frame_of_one_picture_has_its_own_window() -> None:
    """The picture is the same object, so that a kept result of another window would be wrong."""
    planes = linear_planes(noise())
    places = [0.3, 0.6, 0.3]
    pipeline = Pipeline(WIDE, Encoding.EXR, SPEC, crops=lambda number: CropWindow(places[number], 0.5))
    first, second, third = pipeline.stream([(planes, None)] * 3)
    assert difference(first, second) > 20
    assert difference(first, third) <= 1


def test_zoom_enlarges_around_the_window() -> None:
    scene = np.full((90, 160, 3), 0.05)
    scene[40:50, 75:85] = 0.7
    planes = linear_planes(scene)
    shares = []
    for zoom in (1.0, 2.0, 4.0):
        made = Pipeline(WIDE, Encoding.EXR, SPEC, crops=lambda _, zoom=zoom: CropWindow(0.5, 0.5, zoom)).run(planes)
        shares.append((made.y > 120).mean())
    assert shares[1] == pytest.approx(4 * shares[0], rel=0.3)
    assert shares[2] == pytest.approx(16 * shares[0], rel=0.3)


def test_two_layers_of_a_transition_have_windows_of_their_own() -> None:
    left, right = np.full((90, 160, 3), 0.02), np.full((90, 160, 3), 0.02)
    left[:, :50], right[:, 110:] = 0.5, 0.5
    both = [
        Layer(WIDE, Encoding.EXR, linear_planes(left), 0.5, crop=CropWindow(0.15, 0.5)),
        Layer(WIDE, Encoding.EXR, linear_planes(right), 0.5, crop=CropWindow(0.85, 0.5)),
    ]
    centred = [
        Layer(WIDE, Encoding.EXR, linear_planes(left), 0.5, crop=CropWindow(0.5, 0.5)),
        Layer(WIDE, Encoding.EXR, linear_planes(right), 0.5, crop=CropWindow(0.5, 0.5)),
    ]
    compositor = Compositor(SPEC, "as-shot")
    (seen,), (unseen,) = list(compositor.stream([(both, None)])), list(compositor.stream([(centred, None)]))
    assert seen.y.min() > 100
    assert unseen.y.max() < 60
