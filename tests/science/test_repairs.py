"""Hot pixels and empty cores are repaired; stars stay."""

from __future__ import annotations

import numpy as np
import pytest

from engine.science.background import measure_background
from engine.science.plane import ArrayPlane, PixelWindow
from engine.science.repairs import CoreStep, HotPixelStep
from engine.science.steps import SteppedPlane

from .skies import star


def noise(side: int = 64) -> np.ndarray:
    return np.random.default_rng(4).normal(10, 0.1, (side, side)).astype(np.float32)


@pytest.mark.parametrize("size", [1.1, 1.5, 2.2, 4.0])
def test_stars_are_no_hot_pixels(size: float) -> None:
    picture = noise() + 300 * star((64, 64), 30.3, 33.8, size)

    np.testing.assert_array_equal(
        SteppedPlane(ArrayPlane(picture), HotPixelStep()).read()[28:40, 25:36], picture[28:40, 25:36]
    )


@pytest.mark.parametrize("value", [50.0, 11.5, -40.0])
def test_a_single_sample_that_stands_out_is_replaced(value: float) -> None:
    picture = noise()
    picture[20, 41] = value

    made = SteppedPlane(ArrayPlane(picture), HotPixelStep()).read()

    assert made[20, 41] == pytest.approx(10, abs=0.3)
    assert (made != picture).sum() <= 3


def test_a_step_gives_the_same_in_windows() -> None:
    picture = noise()
    picture[20:23, 30:33] = np.nan
    picture[5, 9] = 99
    for step in (HotPixelStep(), CoreStep()):
        plane = SteppedPlane(ArrayPlane(picture), step)
        whole = plane.read()
        parts = [plane.read(PixelWindow(top, top + 16, 0, 64)) for top in range(0, 64, 16)]

        np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_an_empty_core_is_as_bright_as_its_rim_and_an_empty_edge_stays() -> None:
    picture = noise() + 3000 * star((64, 64), 30, 30, 4.0)
    picture[28:33, 28:33] = np.nan
    picture[:, :5] = np.nan

    made = SteppedPlane(ArrayPlane(picture), CoreStep()).read()

    assert np.isnan(made[:, :5]).all()
    assert np.nanmin(made[28:33, 28:33]) > np.nanmax(picture[26:35, 26:35]) * 0.4


@pytest.mark.parametrize("kind", ["level", "gradient"])
def test_the_sky_is_measured_beside_stars(kind: str) -> None:
    columns = np.arange(200)[None, :]
    slope = 2.0 if kind == "gradient" else 0.0
    sky = 10 + slope * (columns / 199 * 2 - 1)
    picture = sky + np.random.default_rng(1).normal(0, 0.1, (200, 200))
    for x, y in np.random.default_rng(2).uniform(10, 190, (30, 2)):
        picture += 500 * star((200, 200), x, y)

    step = measure_background(ArrayPlane(picture.astype(np.float32)), kind)

    assert step.level == pytest.approx(10, abs=0.05)
    assert step.across == pytest.approx(slope, abs=0.05)
    assert step.down == pytest.approx(0, abs=0.05)
