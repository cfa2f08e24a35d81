"""Weights along an axis, and where a picture lies in a frame."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.picture.passes import Columns
from engine.picture.scaling import place, scale_axis

SIZES = st.integers(1, 200)


@given(SIZES, SIZES)
def test_weights_are_fractions_of_one_and_read_inside_the_picture(source: int, target: int) -> None:
    axis = scale_axis(source, target)

    assert (axis.weights >= 0).all()
    np.testing.assert_allclose(axis.weights.sum(1), 1, rtol=1e-6)
    assert int(axis.first.max()) + axis.taps <= source
    assert axis.enlarges or target <= 2 * source


@given(SIZES, st.integers(1, 8))
def test_a_ramp_stays_a_ramp(target: int, ratio: int) -> None:
    """Away from the edges, output i lies over source position (i + ½)·ratio − ½."""
    source = target * ratio
    scaled = scale_axis(source, target).apply(np.arange(source, dtype=np.float32))
    inner = slice(1, -1)

    np.testing.assert_allclose(scaled[inner], ((np.arange(target) + 0.5) * ratio - 0.5)[inner], atol=1e-3)


def test_the_same_size_is_the_same_samples() -> None:
    assert scale_axis(7, 7).keeps
    assert not scale_axis(7, 7, Fraction(1, 2)).keeps


@given(st.integers(1, 200), st.integers(1, 200))
def test_turned_about_the_weights_still_make_every_line(rows: int, lines: int) -> None:
    lines = min(rows, lines)
    axis = scale_axis(rows, lines)
    columns = Columns.of(axis, rows)
    values = np.random.default_rng(rows).random(2 * ((rows + 1) // 2))
    values[rows:] = 0

    sums = np.zeros(lines + 3)
    for pair, (upper, lower, third, _) in enumerate(columns.row_pairs.tolist()):
        start = int(columns.starts[pair])
        sums[start] += (upper & 65535) * values[2 * pair] + (lower & 65535) * values[2 * pair + 1]
        sums[start + 1] += (upper >> 16) * values[2 * pair] + (lower >> 16) * values[2 * pair + 1]
        sums[start + 2] += third * values[2 * pair + 1]

    np.testing.assert_allclose(sums[:lines] / 65535, axis.apply(values[:rows].astype(np.float32)), atol=2e-4)


def test_a_picture_fits_inside_or_fills_by_a_crop() -> None:
    fitted = place((1080, 1920), (1280, 720), "fit")
    filled = place((3840, 2160), (1080, 1920), "fill")

    assert (fitted.width, fitted.height) == (405, 720)
    assert (fitted.x % 2, fitted.y) == (0, 0)
    assert filled.span == (Fraction(1215), Fraction(2160))
    assert filled.start == (Fraction(2625, 2), 0)
