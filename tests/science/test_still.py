"""Stills: untouched pixels, a scale that is right, directions, and AVM that a public reader understands."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pyavm import AVM

from engine.science.picture_record import BandRecord, PictureRecord
from engine.science.recipe import ScienceRecipe
from engine.science.still import scale_bar, write_still


def record(north: float = 0.0) -> PictureRecord:
    bands = [
        BandRecord(
            name=name, unit="MJy/sr", wavelength_um=um, flux="counts", black=0, white=1, color=(1, 1, 1), coverage=1
        )
        for name, um in (("F770W", 7.7), ("F1130W", 11.3))
    ]
    return PictureRecord(
        recipe=ScienceRecipe(), sources=(), bands=tuple(bands), width=400, height=300, right_ascension=83.8,
        declination=-5.4, pixel_scale_arcsec=0.11, north_angle=north, target="Orion & <friends>", credit="NASA",
        stars=0, versions={},
    )  # fmt: skip


@pytest.mark.parametrize("width", [50, 400, 8192, 20000])
@pytest.mark.parametrize("scale", [0.03, 0.11, 5.0])
def test_a_scale_bar_has_a_round_length_and_fits(width: int, scale: float) -> None:
    bar = scale_bar(width, scale)

    length, sign = bar.label.split()
    number = float(length)
    seconds = number * {"arcsec": 1, "arcmin": 60, "degrees": 3600}[sign]
    assert bar.pixels * scale == pytest.approx(seconds)
    assert width / 13 <= bar.pixels <= width / 5 + 1e-3
    assert f"{number:e}"[0] in "125"


def test_a_still_keeps_its_pixels_and_has_avm(tmp_path: Path) -> None:
    codes = np.random.default_rng(1).integers(0, 255, (300, 400, 3), np.uint8)
    path = tmp_path / "still.png"

    write_still(path, [codes[:100], codes[100:]], record(north=12.0))

    with Image.open(path) as image:
        assert np.array_equal(np.asarray(image)[:300], codes)
        assert np.asarray(image)[300:].max() > 200
    avm = AVM.from_image(str(path))
    assert avm.Subject.Name == ["Orion & <friends>"]
    assert list(avm.Spatial.ReferenceValue) == pytest.approx([83.8, -5.4])
    assert list(avm.Spectral.Bandpass) == ["F770W", "F1130W"]


def test_avm_describes_the_grid(tmp_path: Path) -> None:
    from engine.science import tangent_grid

    grid = tangent_grid(83.8, -5.4, 0.11, (300, 400), 12.0)
    path = tmp_path / "still.png"
    write_still(path, [np.zeros((300, 400, 3), np.uint8)], record(north=grid.north_angle))

    wcs = AVM.from_image(str(path)).to_wcs()

    x, y = np.array([0, 399, 200.0]), np.array([0, 299, 10.0])
    np.testing.assert_allclose(wcs.wcs_pix2world(x, y, 0), grid.to_sky(x, y), atol=1e-7)
