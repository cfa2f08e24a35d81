"""Quality planes: a flag alone changes nothing, and what is repaired is marked in the picture's file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import OpenEXR
import pytest
from astropy.io import fits

from engine.science import ScienceRecipe, make_product, read_science
from engine.science.product import _repaired
from engine.science.recipe import StepsTable
from tests.permissions import EXPORT

from .skies import square_grid, star, write_band

# JWST: DO_NOT_USE with OTHER_BAD_PIXEL, whose sum a float32 does not hold, and SATURATED.
DO_NOT_USE, SATURATED = (1 << 30) | 1, 2
RIGHT, HOT, UNFLAGGED_HOT, CORE, TRUE_PEAK, HOLE = (10, 10), (10, 40), (40, 10), (40, 40), (55, 20), (25, 25)


@pytest.fixture
def flagged(tmp_path: Path) -> Path:
    """A sky of 10 with three stars: one with a core that is too dark, one that is right, one without a core."""
    light = 10 + np.random.default_rng(1).normal(0, 0.1, (64, 64))
    for down, across in (CORE, TRUE_PEAK, HOLE):
        light += 2000 * star((64, 64), across, down)
    light[HOT], light[UNFLAGGED_HOT], light[CORE], light[HOLE] = 90, 90, 30, np.nan
    path = write_band(tmp_path / "f770w_cal.fits", light, square_grid(64), "F770W")
    quality = np.zeros((64, 64), np.uint32)
    quality[RIGHT] = quality[HOT] = DO_NOT_USE
    quality[CORE] = quality[TRUE_PEAK] = SATURATED
    with fits.open(path, mode="append") as file:
        file.append(fits.ImageHDU(quality, name="DQ"))
    return path


def test_a_flag_needs_the_samples_around_it(flagged: Path) -> None:
    (band,) = read_science([flagged]).bands
    before = band.read()

    after = _repaired(band, ScienceRecipe()).read()

    assert after[RIGHT] == before[RIGHT]
    assert after[TRUE_PEAK] == before[TRUE_PEAK]
    assert after[UNFLAGGED_HOT] == before[UNFLAGGED_HOT]
    assert after[HOT] == pytest.approx(10, abs=0.5)
    assert after[CORE] > 100
    # DQ is 0 here, and the sample is missing all the same.
    assert np.isfinite(after[HOLE])
    without = _repaired(band, ScienceRecipe(steps=StepsTable(flags=False))).read()
    assert (without[HOT], without[CORE]) == (before[HOT], before[CORE])


def test_repaired_samples_are_marked_in_the_file(flagged: Path, tmp_path: Path) -> None:
    product = make_product(EXPORT, [flagged], ScienceRecipe(), tmp_path, "flags")

    with OpenEXR.File(str(product.bands), separate_channels=True) as file:
        repaired = file.parts[0].channels["repaired"].pixels[::-1]
    for place in (HOT, CORE, HOLE):
        assert repaired[place] > 0.3
    for place in (RIGHT, TRUE_PEAK, UNFLAGGED_HOT, (5, 55)):
        assert repaired[place] == 0
    assert 0 < product.record.bands[0].repaired < 0.05
