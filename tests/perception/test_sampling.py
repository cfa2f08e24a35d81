"""Samples at any place, and medians, against SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import map_coordinates, median_filter

from engine.perception.tracks.sampling import Sampler, median9, sample

random = np.random.default_rng(3)


@pytest.mark.parametrize("size", [(9, 14), (1, 6), (5, 1)])
def test_samples_are_bilinear_and_the_border_continues(size: tuple[int, int]) -> None:
    values = random.random(size, np.float32)
    rows, columns = random.uniform(-3, 17, (2, 40)).astype(np.float32)
    expected = map_coordinates(values, [rows, columns], order=1, mode="nearest")
    assert np.allclose(sample(values, columns, rows), expected, atol=1e-5)


def test_channels_are_sampled_as_planes() -> None:
    values = random.random((9, 14, 3), np.float32)
    sampler = Sampler.moved(random.normal(0, 2, (9, 14, 2)).astype(np.float32))
    planes = [sampler.of(np.ascontiguousarray(values[..., channel])) for channel in range(3)]
    assert np.allclose(sampler.of(values), np.dstack(planes), atol=1e-6)


def test_whole_pixels_are_exact() -> None:
    values = random.random((9, 14), np.float32)
    assert np.array_equal(Sampler.moved(np.zeros((9, 14, 2), np.float32)).of(values), values)


@pytest.mark.filterwarnings("ignore:invalid value")
def test_a_place_that_is_not_a_number_gives_no_number() -> None:
    places = np.array([np.nan, 1], np.float32)
    found = sample(np.ones((4, 4), np.float32), places, np.ones(2, np.float32))
    assert np.isnan(found[0])
    assert found[1] == 1


@pytest.mark.parametrize("size", [(9, 14), (1, 6), (3, 2)])
def test_medians_are_those_of_nine_pixels(size: tuple[int, int]) -> None:
    values = random.random(size, np.float32)
    assert np.array_equal(median9(values), median_filter(values, 3, mode="nearest"))
