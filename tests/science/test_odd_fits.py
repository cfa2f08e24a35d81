"""Damaged and odd files: each is read as astropy reads it, or refused with what to do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from engine.errors import EngineError
from engine.science import read_science

from .odd_fits import READ, REFUSED
from .test_readers import images_of

pytestmark = pytest.mark.filterwarnings("ignore::astropy.io.fits.verify.VerifyWarning")


@pytest.mark.parametrize("name", REFUSED)
def test_a_damaged_file_is_refused_with_what_to_do(name: str, tmp_path: Path) -> None:
    path = tmp_path / "band.fits"
    REFUSED[name](path)

    with pytest.raises(EngineError) as refused:
        [band.read() for band in read_science([path]).bands]

    assert str(path) in refused.value.message
    assert refused.value.hint


@pytest.mark.parametrize("name", READ)
def test_an_odd_file_has_the_samples_that_astropy_reads(name: str, tmp_path: Path) -> None:
    path = tmp_path / "band.fits"
    READ[name](path)

    bands = read_science([path]).bands

    expected = images_of(path)
    assert expected
    for band in bands:
        assert any(np.array_equal(band.samples.read(), plane, equal_nan=True) for plane in expected)
        if band.weight is None:
            np.testing.assert_array_equal(band.covered(), np.isfinite(band.samples.read()))
    assert len({band.name for band in bands}) == len(bands)


@pytest.mark.parametrize(
    ("name", "note"), [("a wrong checksum", "does not have its checksum"), ("bytes after the end", "400 bytes after")]
)
def test_what_is_odd_is_noted(name: str, note: str, tmp_path: Path) -> None:
    path = tmp_path / "band.fits"
    READ[name](path)

    assert any(note in one for one in read_science([path]).bands[0].notes)


def test_a_right_checksum_is_not_noted(tmp_path: Path) -> None:
    path = tmp_path / "band.fits"
    fits.PrimaryHDU(np.random.default_rng(1).random((41, 53))).writeto(path, checksum=True)

    assert read_science([path]).bands[0].notes == ()


def test_there_are_forty_of_them() -> None:
    assert len(REFUSED) + len(READ) >= 40
