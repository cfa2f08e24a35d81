"""Scopes against direct counts."""

from __future__ import annotations

import numpy as np
import pytest

from engine.picture import (
    SCOPES,
    View,
    draw_scope,
    light_histogram,
    luma,
    scope_numbers,
    to_nits,
    vectorscope,
    waveform,
)


@pytest.fixture
def codes() -> np.ndarray:
    """A picture with out-of-range codes."""
    return np.random.default_rng(7).uniform(-0.05, 1.05, (13, 17, 3)).astype(np.float32)


@pytest.mark.parametrize("columns", [1, 5, 17, 40])
def test_a_waveform_counts_each_pixel_in_its_column(codes: np.ndarray, columns: int) -> None:
    channel = codes[..., 1]
    expected = np.zeros((64, columns), int)
    for y in range(13):
        for x in range(17):
            expected[round(float(min(max(channel[y, x], 0), 1)) * 63), int((x + 0.5) / 17 * columns)] += 1
    assert np.array_equal(waveform(channel, columns, 64), expected)


def test_a_vectorscope_counts_colour_differences(codes: np.ndarray) -> None:
    expected = np.zeros((33, 33), int)
    for red, green, blue in codes.reshape(-1, 3).astype(float):
        light = 0.2126 * red + 0.7152 * green + 0.0722 * blue
        cb, cr = (blue - light) / 1.8556, (red - light) / 1.5748
        row, column = (round(min(max(one + 0.5, 0), 1) * 32) for one in (cr, cb))
        expected[row, column] += 1
    found = vectorscope(codes, "sdr", 33)
    # A value on the border between two places may be rounded to either.
    assert np.abs(found - expected).sum() <= 2
    assert found.sum() == 13 * 17
    grey = vectorscope(np.full((1, 1, 3), 0.4), "sdr", 33)
    assert grey[16, 16] == 1


def test_codes_have_the_light_of_their_reference_display() -> None:
    def grey(code: float, view: View) -> float:
        return float(to_nits(np.full((1, 1, 3), code), view)[0, 0, 1])

    # BT.1886; BT.2408: reference white of 203 nits at 75 % HLG and 58 % PQ; BT.2100.
    assert grey(0.5, "sdr") == pytest.approx(18.946, abs=1e-3)
    assert grey(1, "sdr") == pytest.approx(100)
    assert grey(0.75, "hlg") == pytest.approx(203, abs=1)
    assert grey(1, "hlg") == pytest.approx(1000, abs=0.5)
    assert grey(0.58, "pq") == pytest.approx(203, abs=2)
    assert grey(1, "pq") == pytest.approx(10_000)
    assert grey(0, "pq") == 0


def test_a_histogram_counts_light_between_its_edges(codes: np.ndarray) -> None:
    found = light_histogram(codes, "sdr", 50)
    light = np.clip(to_nits(codes, "sdr"), found.edges[0], None)
    assert found.counts.shape == (4, 50)
    assert (found.counts.sum(axis=1) == 13 * 17).all()
    for bin_ in (0, 20, 48):
        low, high = found.edges[bin_], found.edges[bin_ + 1]
        assert found.counts[2, bin_] == ((light[..., 1] >= low) & (light[..., 1] < high)).sum()


def test_the_numbers_of_a_picture() -> None:
    codes = np.zeros((10, 10, 3))
    codes[:, 5:] = 1
    numbers = scope_numbers(codes, "sdr")
    assert (numbers.low, numbers.high) == pytest.approx((0, 100))
    assert (numbers.mean, numbers.mean_nits, numbers.highest_nits) == pytest.approx((50, 50, 100))
    assert (numbers.black, numbers.white) == (0.5, 0.5)


@pytest.mark.parametrize("view", ["sdr", "hlg", "pq"])
@pytest.mark.parametrize("scope", SCOPES)
def test_a_scope_is_drawn_where_its_picture_has_levels(codes: np.ndarray, scope: str, view: View) -> None:
    drawn = draw_scope(np.full((4, 4, 3), 0.5), scope, (96, 64), view)  # type: ignore[arg-type]
    assert drawn.shape == (64, 96, 3)
    assert drawn.dtype == np.uint8
    other = draw_scope(np.full((4, 4, 3), (0.9, 0.1, 0.1)), scope, (96, 64), view)  # type: ignore[arg-type]
    assert not np.array_equal(drawn, other)
    if scope == "waveform":
        # A grey picture is one line in the middle.
        bright = np.argwhere((drawn > 78).any(axis=(1, 2))).ravel()
        assert list(bright) == [64 - 1 - round(float(luma(np.full((1, 1, 3), 0.5), view)[0, 0]) * 63)]
    assert draw_scope(codes, scope, (2, 2), view).shape == (2, 2, 3)  # type: ignore[arg-type]
