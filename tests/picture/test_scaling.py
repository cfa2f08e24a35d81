"""Weights along an axis, and the placement of a picture in a frame."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.picture.scaling import place, scale_axis

from .frames import scaled

SIZES = st.integers(1, 200)


@given(SIZES, SIZES)
def test_weights_sum_to_one_and_read_inside_the_picture(source: int, target: int) -> None:
    axis = scale_axis(source, target)

    assert (axis.weights >= 0).all()
    np.testing.assert_allclose(axis.weights.sum(1), 1, rtol=1e-6)
    assert int(axis.first.max()) + axis.taps <= source


@given(SIZES, st.integers(1, 8))
def test_a_scaled_ramp_is_linear(target: int, ratio: int) -> None:
    """Away from the edges, output i is centred at source position (i + ½)·ratio − ½."""
    source = target * ratio
    output = scaled(np.arange(source, dtype=np.float32), scale_axis(source, target))
    inner = slice(1, -1)

    np.testing.assert_allclose(output[inner], ((np.arange(target) + 0.5) * ratio - 0.5)[inner], atol=1e-3)


def test_the_same_size_keeps_the_samples() -> None:
    assert scale_axis(7, 7).keeps
    assert not scale_axis(7, 7, Fraction(1, 2)).keeps


def test_fit_places_the_picture_inside_and_fill_crops_it() -> None:
    fitted = place((1080, 1920), (1280, 720), "fit")
    filled = place((3840, 2160), (1080, 1920), "fill")

    assert (fitted.width, fitted.height) == (405, 720)
    assert (fitted.x % 2, fitted.y) == (0, 0)
    assert filled.span == (Fraction(1215), Fraction(2160))
    assert filled.start == (Fraction(2625, 2), 0)
