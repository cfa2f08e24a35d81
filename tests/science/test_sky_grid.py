"""Pixels and sky: by FITS WCS with distortions, and by GWCS."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import astropy.wcs
import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS

from engine.science import SkyGrid, tangent_grid

DATA = Path(astropy.wcs.__file__).parent / "tests" / "data"


@pytest.mark.parametrize("turn", [-120.0, 0.0, 27.0, 90.0])
def test_a_tangent_grid_has_its_scale_and_its_north(turn: float) -> None:
    grid = tangent_grid(150.0, 2.2, 0.063, (200, 300), turn)

    assert grid.centre == pytest.approx((150.0, 2.2), abs=1e-9)
    assert grid.pixel_scale == pytest.approx(0.063, rel=1e-6)
    assert grid.north_angle == pytest.approx(turn, abs=1e-3)
    assert not grid.is_mirrored


def test_north_lies_in_the_direction_of_the_north_angle() -> None:
    grid = tangent_grid(150.0, 2.2, 0.063, (201, 201), 27.0)

    ra, dec = grid.to_sky(100, 100)
    x, y = grid.to_pixels(ra, dec + 1e-4)

    away = np.array([x - 100, y - 100]) / np.hypot(x - 100, y - 100)
    angle = np.radians(grid.north_angle)
    np.testing.assert_allclose(away, [np.sin(angle), np.cos(angle)], atol=1e-4)


@pytest.mark.parametrize("name", ["sip.fits", "j94f05bgq_flt.fits", "dist_lookup.fits.gz", "sip2.fits"])
def test_positions_are_those_of_astropy(name: str) -> None:
    with warnings.catch_warnings(), fits.open(DATA / name) as hdus:
        warnings.simplefilter("ignore")
        hdu = hdus[1] if len(hdus) > 1 and "CTYPE1" in hdus[1].header else hdus[0]
        wcs = WCS(hdu.header, fobj=hdus)
        grid = SkyGrid(wcs, (900, 1000))
        x, y = np.meshgrid(np.linspace(20, 980, 7), np.linspace(20, 880, 7))

        world = wcs.pixel_to_world(x, y).icrs
        ra, dec = grid.to_sky(x, y)

        np.testing.assert_allclose(ra, world.ra.deg, atol=1e-10)
        np.testing.assert_allclose(dec, world.dec.deg, atol=1e-10)
        back_x, back_y = grid.to_pixels(ra, dec)
    np.testing.assert_allclose(back_x, x, atol=0.01)
    np.testing.assert_allclose(back_y, y, atol=0.01)


def test_a_galactic_frame_is_converted() -> None:
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = ["GLON-TAN", "GLAT-TAN"]
    wcs.wcs.crval, wcs.wcs.crpix, wcs.wcs.cdelt = [0.0, 0.0], [50, 50], [-0.01, 0.01]
    grid = SkyGrid(wcs, (99, 99))

    ra, dec = grid.to_sky(49, 49)

    # The galactic centre of the coordinate system: 17 45 37.20, −28 56 10.2 (J2000).
    assert float(ra) == pytest.approx(266.405, abs=1e-3)
    assert float(dec) == pytest.approx(-28.936, abs=1e-3)
    x, y = grid.to_pixels(ra, dec)
    assert (float(x), float(y)) == pytest.approx((49, 49), abs=1e-6)


def test_a_tpv_distortion_is_inverted() -> None:
    header = fits.Header()
    for axis, name, value, middle, step in ((1, "RA---TPV", 10.0, 500, -2e-4), (2, "DEC--TPV", 41.0, 500, 2e-4)):
        header[f"CTYPE{axis}"], header[f"CRVAL{axis}"] = name, value
        header[f"CRPIX{axis}"], header[f"CDELT{axis}"] = middle, step
        header[f"PV{axis}_1"], header[f"PV{axis}_4"] = 1.0, 2e-4 * (-1) ** axis
    wcs = WCS(header)
    grid = SkyGrid(wcs, (1000, 1000))
    x, y = np.meshgrid(np.linspace(0, 999, 9), np.linspace(0, 999, 9))

    back = grid.to_pixels(*grid.to_sky(x, y))

    np.testing.assert_allclose(back, (x, y), atol=0.01)


def test_a_gwcs_agrees_with_its_own_world_coordinates(tmp_path: Path) -> None:
    wcs = generalised_wcs()
    grid = SkyGrid(wcs, (128, 128))
    x, y = np.meshgrid(np.linspace(0, 127, 7), np.linspace(0, 127, 7))

    ra, dec = grid.to_sky(x, y)

    world = wcs.pixel_to_world(x, y).icrs
    np.testing.assert_allclose((ra, dec), (world.ra.deg, world.dec.deg), atol=1e-10)
    np.testing.assert_allclose(grid.to_pixels(ra, dec), (x, y), atol=0.01)


def generalised_wcs() -> Any:
    """A GWCS with a quadratic distortion that has no analytic inverse."""
    import gwcs
    from astropy import units
    from astropy.coordinates import ICRS
    from astropy.modeling import models
    from gwcs import coordinate_frames

    across = models.Polynomial2D(2, c0_0=0.0, c1_0=3e-5, c2_0=2e-9, c0_1=1e-7)
    down = models.Polynomial2D(2, c0_0=0.0, c0_1=3e-5, c0_2=-1e-9, c1_0=-1e-7)
    shift = models.Shift(-63.5) & models.Shift(-63.5)
    sky = models.Pix2Sky_TAN() | models.RotateNative2Celestial(83.8, -5.4, 180)
    forward = shift | models.Mapping((0, 1, 0, 1)) | (across & down) | sky
    detector = coordinate_frames.Frame2D(name="detector", unit=(units.pix, units.pix))
    world = coordinate_frames.CelestialFrame(reference_frame=ICRS(), name="world", unit=(units.deg, units.deg))
    made = gwcs.WCS([(detector, forward), (world, None)])
    made.bounding_box = ((-0.5, 127.5), (-0.5, 127.5))
    return made
