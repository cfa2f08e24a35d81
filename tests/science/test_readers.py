"""Science files are decoded as astropy decodes them, or refused with a clear error."""

from __future__ import annotations

import gzip
import warnings
from pathlib import Path

import asdf
import astropy
import numpy as np
import pytest
from astropy.io import fits
from PIL import Image

from engine.errors import EngineError
from engine.science import PixelWindow, read_science
from engine.science.exr_parts import ExrPart, write_parts

from .skies import square_grid, write_band

ROOT = Path(astropy.__file__).parent
SHIPPED = sorted(
    path for path in ROOT.rglob("*") if path.is_file() and any(part in path.name for part in (".fits", ".fz"))
)
# Tables, headers without pixels, and a file without the first card.
WITHOUT_IMAGE = "has no image|cannot be read"
# Planes that are tables of a distortion.
NO_PICTURES = ("D2IMARR", "WCSDVARR")


def test_every_image_that_astropy_ships_is_decoded_bit_for_bit() -> None:
    decoded = 0
    for path in SHIPPED:
        expected = images_of(path)
        if not expected:
            with pytest.raises(EngineError, match=WITHOUT_IMAGE):
                read_science([path])
            continue
        for band in read_science([path]).bands:
            samples = band.samples.read()
            same = (np.array_equal(samples, plane, equal_nan=True) for plane in expected)
            assert any(same), f"{path.name}: {band.name}"
            decoded += 1
    assert decoded >= 40


def images_of(path: Path) -> list[np.ndarray]:
    """The planes of a file's images by astropy, as float32; none if it cannot be read."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with fits.open(path) as hdus:
                found = [hdu for hdu in hdus if getattr(hdu, "is_image", False) and hdu.name not in NO_PICTURES]
                images = [hdu.data for hdu in found if len(hdu.shape or ()) >= 2]
                images = [image for image in images if image is not None and image.size]
                return [plane.astype(np.float32) for image in images for plane in image.reshape(-1, *image.shape[-2:])]
        except OSError:
            return []


@pytest.mark.parametrize("kind", ["RICE_1", "GZIP_1", "GZIP_2", "HCOMPRESS_1", "PLIO_1"])
def test_a_window_of_a_compressed_image_is_that_of_the_whole(kind: str, tmp_path: Path) -> None:
    counts = np.random.default_rng(1).integers(0, 4000, (70, 90)).astype(np.int16)
    path = tmp_path / "counts.fits.fz"
    hdu = fits.CompImageHDU(counts, compression_type=kind, tile_shape=(32, 32))
    fits.HDUList([fits.PrimaryHDU(), hdu]).writeto(path)

    (band,) = read_science([path]).bands

    np.testing.assert_array_equal(band.samples.read(PixelWindow(10, 60, 3, 81)), counts[10:60, 3:81])


@pytest.mark.parametrize("bits", [8, 16, 32, 64, -32, -64])
def test_every_sample_type_with_scale_and_blank(bits: int, tmp_path: Path) -> None:
    stored = np.arange(12, dtype=fits.BITPIX2DTYPE[bits]).reshape(3, 4)
    hdu = fits.PrimaryHDU(stored)
    if bits > 0:
        hdu.header["BLANK"] = 5
    path = tmp_path / "band.fits"
    hdu.writeto(path)
    with fits.open(path, mode="update", do_not_scale_image_data=True) as file:
        file[0].header["BSCALE"], file[0].header["BZERO"] = 0.5, 10.0

    (band,) = read_science([path]).bands

    expected = stored.astype(float) * 0.5 + 10
    if bits > 0:
        expected[stored == 5] = np.nan
    np.testing.assert_array_equal(band.samples.read(), expected.astype(np.float32))


def test_a_jwst_product_has_its_unit_wavelength_error_and_coverage(tmp_path: Path) -> None:
    samples = np.ones((20, 30), np.float32)
    samples[:, :4] = 0
    path = write_band(tmp_path / "f770w_i2d.fits", samples, square_grid(20), "F770W")

    (band,) = read_science([path]).bands

    assert (band.name, band.unit, band.wavelength, band.flux_rule) == ("F770W", "MJy/sr", 7.7, "surface brightness")
    assert band.error is not None
    assert float(band.error.read().max()) == pytest.approx(0.1)
    # WHT is 0 where JWST writes 0 for "no data".
    assert np.isnan(band.read()[:, :4]).all()
    assert band.covered()[:, 4:].all()


def test_a_file_that_is_compressed_as_a_whole_needs_no_name(tmp_path: Path) -> None:
    plain = write_band(tmp_path / "a.fits", np.ones((8, 8)), square_grid(8), "F770W")
    packed = tmp_path / "b.fits"
    packed.write_bytes(gzip.compress(plain.read_bytes()))

    assert read_science([packed]).bands[0].shape == (8, 8)


def test_bands_of_one_name_get_numbers(tmp_path: Path) -> None:
    paths = [write_band(tmp_path / f"{name}.fits", np.ones((8, 8)), square_grid(8), "F770W") for name in "ab"]

    assert [band.name for band in read_science(paths).bands] == ["F770W", "F770W 2"]


def test_asdf_tiff_and_exr(tmp_path: Path) -> None:
    samples = np.arange(12, dtype=np.float32).reshape(3, 4)
    asdf.AsdfFile({"roman": {"meta": {"telescope": "ROMAN"}, "data": samples, "err": samples / 10}}).write_to(
        tmp_path / "a.asdf"
    )
    Image.fromarray(samples[::-1]).save(tmp_path / "b.tif")
    Image.fromarray((samples[::-1] * 1000).astype(np.uint16)).save(tmp_path / "c.tif")
    write_parts(tmp_path / "d.exr", [ExrPart("F770W", {"Y": samples[::-1]}, {})], tmp_path)

    asdf_band, tiff, sixteen, exr = read_science(
        [tmp_path / name for name in ("a.asdf", "b.tif", "c.tif", "d.exr")]
    ).bands

    for band in (asdf_band, tiff, exr):
        np.testing.assert_array_equal(band.samples.read(), samples)
    np.testing.assert_array_equal(sixteen.samples.read(), samples * 1000)
    assert asdf_band.error is not None
    assert asdf_band.observation.telescope == "ROMAN"
