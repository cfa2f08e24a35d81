"""Deconvolution: stars become narrower and keep their flux, noise stays, windows agree."""

from __future__ import annotations

import numpy as np
import pytest

from engine.science import ArrayPlane, PixelWindow
from engine.science.deconvolution import DeconvolveStep, measure_deconvolution
from engine.science.smoothing import star_width
from engine.science.steps import SteppedPlane

from .skies import star

SIDE = 96
PLACES = [(20, 20), (20, 60), (48, 40), (70, 22), (72, 70), (40, 75)]


def sky(noise: float, seed: int = 1) -> np.ndarray:
    light = np.full((SIDE, SIDE), 10.0)
    for x, y in PLACES:
        light += 900 * star((SIDE, SIDE), x, y, 4.0)
    return (light + np.random.default_rng(seed).normal(0, noise, light.shape)).astype(np.float32)


def test_stars_are_narrower_and_keep_their_flux() -> None:
    plane = ArrayPlane(sky(0.02))
    step = measure_deconvolution(plane, None, 15)
    assert step is not None

    sharp = SteppedPlane(plane, step)

    before, after = star_width(plane), star_width(sharp)
    assert before is not None
    assert after is not None
    assert after < 0.7 * before
    made = sharp.read()
    assert (made - 10).sum() == pytest.approx((plane.samples - 10).sum(), rel=1e-3)
    for x, y in PLACES:
        around = np.s_[y - 9 : y + 10, x - 9 : x + 10]
        assert (made[around] - 10).sum() == pytest.approx(900, rel=0.01)


def test_noise_is_not_sharpened_where_its_size_is_known() -> None:
    samples = np.random.default_rng(3).normal(10, 1, (SIDE, SIDE)).astype(np.float32)
    error = ArrayPlane(np.ones_like(samples))

    damped = SteppedPlane(ArrayPlane(samples), DeconvolveStep(1.7, 10, 0.0, error)).read()
    free = SteppedPlane(ArrayPlane(samples), DeconvolveStep(1.7, 10, 0.0)).read()

    assert free.std() > 1.2
    assert damped.std() - 1 < 0.5 * (free.std() - 1)


def test_pixels_without_data_stay_empty_and_windows_agree() -> None:
    samples = sky(0.1)
    samples[30:34, 50:55] = np.nan
    plane = SteppedPlane(ArrayPlane(samples), DeconvolveStep(1.0, 8, 5.0))

    whole = plane.read()

    assert np.array_equal(np.isnan(whole), np.isnan(samples))
    part = plane.read(PixelWindow(40, 56, 10, 90))
    np.testing.assert_allclose(part, whole[40:56, 10:90], rtol=1e-3)


def test_without_stars_nothing_is_sharpened() -> None:
    assert measure_deconvolution(ArrayPlane(np.zeros((32, 32), np.float32)), None, 5) is None
