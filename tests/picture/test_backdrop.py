"""Frames around a picture of another shape: colours, a blurred copy in linear light, and crops."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.catalog import Encoding
from engine.picture import Compositor, Layer, OutputSpec, Pipeline
from engine.picture.backdrop import blur_axis, smooth_axis
from engine.picture.scaling import Axis
from tests.picture.frames import linear_planes, picture


def applied(axis: Axis, samples: NDArray[Any]) -> NDArray[Any]:
    """The output of an axis for samples."""
    places = axis.first[:, None] + np.arange(axis.taps)
    return (axis.weights * samples[places]).sum(1)


@pytest.mark.parametrize(("source", "target"), [(2, 64), (17, 540), (60, 1920)])
def test_the_blurred_copy_keeps_the_light_and_has_no_overshoot(source: int, target: int) -> None:
    light = np.zeros(source)
    light[source // 2] = 1000.0
    for axis in (blur_axis(source, 1.5), smooth_axis(source, target, 1.0)):
        made = applied(axis, light)
        assert made.min() >= 0
        assert made.max() <= 1000.0
        np.testing.assert_allclose(applied(axis, np.full(source, 0.18)), 0.18, rtol=1e-6)
    # Light near an edge is blurred over it; elsewhere, none is lost.
    if source > 10:
        np.testing.assert_allclose(applied(blur_axis(source, 1.5), light).sum(), 1000.0, rtol=1e-6)
        np.testing.assert_allclose(applied(smooth_axis(source, target, 1.0), light).mean() * source, 1000.0, rtol=1e-2)


def luma_of(light: float) -> int:
    """The luma of a flat SDR picture of this light."""
    flat = linear_planes(np.full((8, 8, 3), light))
    out = Pipeline(picture(8, 8, Encoding.EXR), Encoding.EXR, OutputSpec(8, 8)).run(flat)
    return int(np.median(out.y))


def test_the_backdrop_of_a_flat_picture_is_one_stop_darker() -> None:
    take = picture(80, 20, Encoding.EXR)
    spec = OutputSpec(40, 72, background=None)
    out = Pipeline(take, Encoding.EXR, spec).run(linear_planes(np.full((20, 80, 3), 0.36)))
    assert np.abs(out.y[:28].astype(int) - luma_of(0.18)).max() <= 1
    assert np.abs(out.y[32:40].astype(int) - luma_of(0.36)).max() <= 1
    assert np.abs(out.y[46:].astype(int) - luma_of(0.18)).max() <= 1


def test_the_backdrop_is_upright_and_shows_where_the_light_is() -> None:
    """A rotated picture with a bright left half, which a halving input pass reads."""
    scene = np.full((160, 160, 3), 0.02)
    scene[:, :80] = 0.5
    take = picture(160, 160, Encoding.EXR, rotation=90)
    out = Pipeline(take, Encoding.EXR, OutputSpec(64, 128, background=None)).run(linear_planes(scene))
    dark, bright = out.y[:28].mean(), out.y[100:].mean()
    assert abs(dark - bright) > 40
    assert np.ptp(out.y[4].astype(int)) <= 3
    top_of_picture, bottom_of_picture = out.y[40].mean(), out.y[90].mean()
    assert (dark < bright) == (top_of_picture < bottom_of_picture)


@pytest.mark.parametrize(("view", "white"), [("sdr", 1.0), ("hlg", 0.75)])
def test_bars_have_the_colour_of_the_recipe(view: str, white: float) -> None:
    spec = OutputSpec(40, 40, view, 10, background=(1.0, 0.5, 0.25))  # type: ignore[arg-type]
    out = Pipeline(picture(80, 20, Encoding.EXR), Encoding.EXR, spec).run(linear_planes(np.full((20, 80, 3), 0.5)))
    red, blue = (0.2126, 0.0722) if view == "sdr" else (0.2627, 0.0593)
    luma = white * (red + 0.5 * (1 - red - blue) + 0.25 * blue)
    assert abs(out.y[:12].mean() - (64 + 876 * luma)) <= 1
    assert out.v[:4].mean() > 512 + 50


@pytest.mark.parametrize(("anchor", "shown"), [(Fraction(0), 0), (Fraction(1, 2), 1), (Fraction(1), 2)])
def test_a_crop_keeps_the_chosen_part(anchor: Fraction, shown: int) -> None:
    scene = np.repeat(np.array([0.02, 0.18, 0.7]), 20)[None, :, None] * np.ones((40, 1, 3))
    spec = OutputSpec(20, 40, fit="fill", anchor=anchor)
    out = Pipeline(picture(60, 40, Encoding.EXR), Encoding.EXR, spec).run(linear_planes(scene))
    assert np.abs(out.y.astype(int) - luma_of([0.02, 0.18, 0.7][shown])).max() <= 1


def test_a_dissolve_mixes_the_frames_with_their_backdrops() -> None:
    spec = OutputSpec(40, 72, background=None)
    shapes = ((80, 20, 0.1), (20, 72, 0.3))
    layers = [
        Layer(picture(w, h, Encoding.EXR), Encoding.EXR, linear_planes(np.full((h, w, 3), light)), 0.5)
        for w, h, light in shapes
    ]
    (frame,) = Compositor(spec, "as-shot").stream([(layers, None)])
    # At the top: the backdrop of the first picture; in the middle of the frame, both pictures.
    assert abs(int(np.median(frame.y[2:20, 14:26])) - luma_of(0.5 * 0.05 + 0.5 * 0.3)) <= 1
    assert abs(int(np.median(frame.y[33:39, 14:26])) - luma_of(0.5 * 0.1 + 0.5 * 0.3)) <= 1
