"""Finds stars in a picture: position, flux and colour of each."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial as partial_of
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.atomic_files import partial
from engine.science.ordered_threads import in_order
from engine.science.plane import PixelWindow, PlaneSource, Samples
from engine.science.sky_grid import SkyGrid

# Stars are measured within this many pixels, and the sky around them up to twice as far.
_APERTURE = 4
# The standard deviation, in pixels, of the weight of positions and widths.
_WEIGHT = 2.0
_MOST_STARS = 20_000
_STRIP = 1024


@dataclass(frozen=True, slots=True)
class Star:
    """A star: pixel position (x, y, the first pixel's centre is 0), ICRS position in degrees or None, and fluxes.

    `fluxes` are the sums over the aperture above the sky, one for each band, in the band's unit times pixels. `size` is
    the full width at half maximum, in pixels.
    """

    x: float
    y: float
    right_ascension: float | None
    declination: float | None
    size: float
    fluxes: tuple[float, ...]


def find_stars(
    detect: PlaneSource, bands: Sequence[PlaneSource], grid: SkyGrid | None, sigmas: float = 8.0
) -> list[Star]:
    """The stars of `detect` that stand out by `sigmas`, brightest first, measured in all bands of the same shape.

    A star is a local maximum that is round and no wider than the aperture. Positions are centroids; a star's total
    light outside of the aperture is not counted.
    """
    rows, columns = detect.shape
    reach = 3 * _APERTURE

    def strips() -> Iterator[tuple[int, PixelWindow, Samples]]:
        for top in range(0, rows, _STRIP):
            window = PixelWindow(max(0, top - reach), min(rows, top + _STRIP + reach), 0, columns)
            yield top, window, detect.read(window)

    found: list[Star] = []
    for centres in in_order(partial_of(_stars_of_strip, sigmas), strips()):
        for x, y, size in centres:
            found.append(_star(x, y, size, tuple(_flux(band, x, y) for band in bands), grid))
    found.sort(key=lambda star: (-star.fluxes[0] if star.fluxes else 0.0, star.y, star.x))
    return found[:_MOST_STARS]


def write_stars(path: Path, stars: Sequence[Star], names: Sequence[str]) -> None:
    """Write a table of stars as CSV, atomically: position, size, and the flux in each band."""
    with partial(path) as unfinished, unfinished.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["x", "y", "ra_deg", "dec_deg", "fwhm_px", *(f"flux_{name}" for name in names)])
        for star in stars:
            sky = ["", ""]
            if star.right_ascension is not None and star.declination is not None:
                sky = [f"{star.right_ascension:.8f}", f"{star.declination:.8f}"]
            fluxes = [f"{flux:.7g}" for flux in star.fluxes]
            table.writerow([f"{star.x:.3f}", f"{star.y:.3f}", *sky, f"{star.size:.2f}", *fluxes])


def _star(x: float, y: float, size: float, fluxes: tuple[float, ...], grid: SkyGrid | None) -> Star:
    if grid is None:
        return Star(x, y, None, None, size, fluxes)
    ra, dec = grid.to_sky(x, y)
    return Star(x, y, float(ra), float(dec), size, fluxes)


def _stars_of_strip(sigmas: float, strip: tuple[int, PixelWindow, Samples]) -> list[tuple[float, float, float]]:
    """Position (x, y) and size of the stars in a strip of rows; it is read with rows above and below."""
    top, window, samples = strip
    found = []
    for down, across in _peaks(samples, sigmas):
        if top <= down + window.top < top + _STRIP and (measured := _measure(samples, down, across)):
            x, y, size = measured
            found.append((x, y + window.top, size))
    return found


def _peaks(samples: Samples, sigmas: float) -> list[tuple[int, int]]:
    """Rows and columns of local maxima above the local sky, in order."""
    from scipy import ndimage

    covered = np.isfinite(samples)
    if not covered.any():
        return []
    filled = np.where(covered, samples, np.nanmedian(samples)).astype(np.float32)
    smooth = ndimage.gaussian_filter(filled, 1.0)
    above = smooth - _sky(smooth)
    noise = 1.4826 * float(np.median(np.abs(above[covered] - np.median(above[covered])))) or 1e-30
    level = float(np.median(above[covered])) + sigmas * noise
    tops = (smooth == ndimage.maximum_filter(smooth, 2 * _APERTURE - 1)) & (above > level)
    near = ndimage.minimum_filter(covered, 2 * _APERTURE + 1)
    places = np.argwhere(tops & near)
    return [(int(down), int(across)) for down, across in places]


def _sky(smooth: NDArray[np.float32]) -> NDArray[np.float32]:
    """The level below stars: it is smooth, so that one value for each square of an aperture's size is enough."""
    from scipy import ndimage

    rows, columns = smooth.shape
    low = ndimage.minimum_filter(smooth, 4 * _APERTURE + 1)[_APERTURE // 2 :: _APERTURE, _APERTURE // 2 :: _APERTURE]
    coarse = ndimage.gaussian_filter(low, 2.0)
    wide = np.repeat(np.repeat(coarse, _APERTURE, axis=0), _APERTURE, axis=1)
    return np.pad(wide, [(0, max(0, size - got)) for size, got in zip(smooth.shape, wide.shape, strict=True)], "edge")[
        :rows, :columns
    ]


def _measure(samples: Samples, down: int, across: int) -> tuple[float, float, float] | None:
    """Centroid (x, y) and full width at half maximum of the peak at a pixel; None if it is no star."""
    box = _box(samples, down, across)
    if box is None:
        return None
    stamp, sky = box
    light = np.maximum(stamp - sky, 0)
    total = float(light.sum())
    if total <= 0:
        return None
    y, x = np.mgrid[-_APERTURE : _APERTURE + 1, -_APERTURE : _APERTURE + 1]
    weight = light * np.exp(-(x**2 + y**2) / (2 * _WEIGHT**2))
    sum_ = float(weight.sum()) or 1.0
    cx, cy = float((weight * x).sum() / sum_), float((weight * y).sum() / sum_)
    xx = float((weight * (x - cx) ** 2).sum() / sum_)
    yy = float((weight * (y - cy) ** 2).sum() / sum_)
    if max(abs(cx), abs(cy)) > 1.5 or min(xx, yy) <= 0.05 or max(xx, yy) > 3 * min(xx, yy):
        return None
    # The weight, which keeps neighbours out, makes a Gaussian star look narrower: this undoes it.
    narrow = (xx + yy) / 2
    if narrow >= 0.8 * _WEIGHT**2:
        return None
    size = 2.3548 * float(np.sqrt(narrow / (1 - narrow / _WEIGHT**2)))
    return (across + cx, down + cy, size) if size < 2 * _APERTURE else None


def _flux(band: PlaneSource, x: float, y: float) -> float:
    rows, columns = band.shape
    down, across = round(y), round(x)
    reach = 2 * _APERTURE
    window = PixelWindow(
        max(0, down - reach), min(rows, down + reach + 1), max(0, across - reach), min(columns, across + reach + 1)
    )
    box = _box(band.read(window), down - window.top, across - window.left)
    if box is None:
        return float("nan")
    stamp, sky = box
    return float(np.nansum(stamp - sky))


def _box(samples: Samples, down: int, across: int) -> tuple[NDArray[np.float32], float] | None:
    """The pixels of the aperture's square, and the level of the sky around it; None at an edge."""
    rows, columns = samples.shape
    inner = np.s_[down - _APERTURE : down + _APERTURE + 1, across - _APERTURE : across + _APERTURE + 1]
    if not (_APERTURE <= down < rows - _APERTURE and _APERTURE <= across < columns - _APERTURE):
        return None
    reach = 2 * _APERTURE
    outer = samples[max(0, down - reach) : down + reach + 1, max(0, across - reach) : across + reach + 1]
    around = outer[np.isfinite(outer)]
    if not len(around):
        return None
    return samples[inner], float(np.percentile(around, 20))
