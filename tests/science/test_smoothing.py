"""Bands of one sharpness, and less noise where details are not larger than their error."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.science import ScienceRecipe
from engine.science.align import align
from engine.science.composite import choose_bands, prepare
from engine.science.plane import ArrayPlane, PixelWindow
from engine.science.smoothing import BlurStep, DenoiseStep, matching_blurs, star_width
from engine.science.steps import SteppedPlane

from .skies import band, square_grid, star


def stars(size: float, side: int = 160) -> np.ndarray:
    generator = np.random.default_rng(3)
    light = generator.normal(10, 0.05, (side, side))
    for x, y in generator.uniform(16, side - 16, (14, 2)):
        light = light + star((side, side), x, y, size) * 600
    return light.astype(np.float32)


@pytest.mark.parametrize("size", [2.2, 3.0, 4.0])
def test_the_width_of_stars_is_measured_within_a_tenth(size: float) -> None:
    assert star_width(ArrayPlane(stars(size))) == pytest.approx(size, rel=0.1)


def test_bands_get_the_width_of_the_widest() -> None:
    sharp, soft = stars(2.4), stars(3.6)
    first, second = matching_blurs([star_width(ArrayPlane(sharp)), star_width(ArrayPlane(soft))])

    assert second == 0
    blurred = SteppedPlane(ArrayPlane(sharp), BlurStep(first))
    assert star_width(blurred) == pytest.approx(star_width(ArrayPlane(soft)), rel=0.08)
    # Flux stays.
    assert blurred.read().mean() == pytest.approx(sharp.mean(), rel=1e-3)


def test_a_recipe_matches_the_sharpness_of_bands(tmp_path: Path) -> None:
    bands = [band(stars(2.4), square_grid(160)), band(stars(3.6), square_grid(160), name="F1800W")]
    recipe = ScienceRecipe.model_validate({"steps": {"match_sharpness": True}})
    settings = [entry for _, entry in choose_bands([(one.name, one.wavelength) for one in bands], recipe)]

    sharp, soft = prepare(align(bands, square_grid(160), tmp_path, refine=False), settings, recipe)

    assert sharp.blur > 0.5
    assert soft.blur == 0


def test_noise_shrinks_and_stars_stay() -> None:
    generator = np.random.default_rng(1)
    noise = generator.normal(0, 1.0, (96, 96))
    picture = (50 + star((96, 96), 48, 48) * 2000 + noise).astype(np.float32)
    picture[:, :4] = np.nan
    step = DenoiseStep(ArrayPlane(np.ones((96, 96), np.float32)), strength=4.0)

    made = SteppedPlane(ArrayPlane(picture), step).read()

    assert np.std(made[5:30, 8:90]) < 0.55 * np.std(picture[5:30, 8:90])
    assert made[48, 48] == pytest.approx(picture[48, 48], rel=0.02)
    assert np.isnan(made[:, :4]).all()


def test_steps_give_the_same_in_windows() -> None:
    picture = stars(2.4, 96)
    for step in (BlurStep(1.3), DenoiseStep(ArrayPlane(np.full((96, 96), 0.05, np.float32)), 2.0)):
        plane = SteppedPlane(ArrayPlane(picture), step)
        parts = [plane.read(PixelWindow(top, top + 24, 0, 96)) for top in range(0, 96, 24)]

        np.testing.assert_allclose(np.concatenate(parts), plane.read(), rtol=2e-6)
