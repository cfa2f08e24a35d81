"""Skies with known light, and files of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from engine.science import ArrayPlane, Band, SkyGrid, tangent_grid

CENTRE = (83.8, -5.4)


def square_grid(side: int, scale: float = 0.11, turn: float = 0.0) -> SkyGrid:
    return tangent_grid(*CENTRE, scale, (side, side), turn)


def star(shape: tuple[int, int], x: float, y: float, size: float = 2.2) -> NDArray[np.float32]:
    """A star with a flux of 1 and a full width at half maximum of `size` pixels."""
    rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]]
    sigma = size / 2.3548
    light = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * sigma**2)) / (2 * np.pi * sigma**2)
    return light.astype(np.float32)


def band(samples: NDArray[Any], grid: SkyGrid | None = None, unit: str = "MJy/sr", name: str = "F770W") -> Band:
    return Band(name=name, samples=ArrayPlane(np.asarray(samples, np.float32)), unit=unit, grid=grid)


def write_band(path: Path, samples: NDArray[Any], grid: SkyGrid, name: str, **keywords: Any) -> Path:
    """A file with the parts of a JWST level 3 product: SCI, ERR and WHT."""
    primary = fits.PrimaryHDU()
    primary.header["FILTER"], primary.header["TELESCOP"], primary.header["TARGNAME"] = name, "JWST", "TEST"
    header = grid.wcs.to_header()
    header["BUNIT"] = "MJy/sr"
    for key, value in keywords.items():
        header[key] = value
    images = [
        fits.ImageHDU(np.asarray(samples, np.float32), header, name="SCI"),
        fits.ImageHDU(np.full(samples.shape, 0.1, np.float32), name="ERR"),
        fits.ImageHDU((np.asarray(samples) != 0).astype(np.float32), name="WHT"),
    ]
    fits.HDUList([primary, *images]).writeto(path, overwrite=True)
    return path
