"""The contents of a telescope's file for a catalog, and a small picture of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.catalog import ObservationRecord, ObservedBand
from engine.errors import RequestError
from engine.science.align import align
from engine.science.composite import choose_bands, composite_rows, prepare
from engine.science.levels import percentiles
from engine.science.plane import ArrayPlane, PixelWindow, Samples
from engine.science.raster import Band
from engine.science.reader import read_science
from engine.science.recipe import ScienceRecipe, StretchTable

_BINS = 64
_ROWS = 512
# Bands of one size are combined up to this number; of a longer cube, the middle one is shown.
_MOST_COMBINED = 6
_NO_DATA = (18, 22, 40)


def observation_record(bands: Sequence[Band]) -> ObservationRecord:
    """The contents of a file with these bands; all samples are read, by rows."""
    seen = bands[0].observation
    return ObservationRecord(
        target=seen.target,
        telescope=seen.telescope,
        instrument=seen.instrument,
        observation=seen.id,
        date=seen.date,
        credit=seen.credit,
        bands=tuple(_observed(band) for band in bands),
    )


def observation_picture(path: Path, width: int) -> NDArray[np.uint8]:
    """Display code values (rows, columns, 3) of a file's bands, at most `width` columns, the first row at the top.

    Bands of one size are combined by wavelength as the recipe natural does, others are not shown. Pixels without data
    are dark blue. Raises EngineError if the file cannot be read, RequestError if no band has data.
    """
    from engine.picture import view_rgb8_of

    bands = _shown(read_science([path]).bands)
    if not bands:
        raise RequestError(f"{path.name} has no band with data.", "Choose another file.")
    step = max(1, -(-bands[0].shape[1] // max(1, width)))
    small = [_reduced(band, step) for band in bands]
    # One band has no colour.
    recipe = ScienceRecipe(stretch=StretchTable(saturation=0.0 if len(small) == 1 else 1.0))
    names = [(band.name, band.wavelength) for band in small]
    # Without sky coordinates, bands stay as they are, and no scratch folder is used.
    aligned = align(small, None, path.parent)
    chosen = choose_bands(names, recipe)
    ordered = [next(one for one in aligned if one.band.name == name) for name, _ in chosen]
    try:
        prepared = prepare(ordered, [settings for _, settings in chosen], recipe)
    except RequestError:
        # A band without contrast: everything that it covers is black.
        rows, columns = small[0].shape
        light, covered = np.zeros((rows, columns, 3), np.float16), small[0].covered()
    else:
        strips = list(composite_rows(prepared, recipe))
        light = np.concatenate([strip.color for strip in strips]).clip(-65504, 65504).astype(np.float16)
        covered = np.concatenate([strip.covered for strip in strips])
    codes = view_rgb8_of(np.ascontiguousarray(light[::-1]))
    codes[~covered[::-1]] = _NO_DATA
    return codes


def _observed(band: Band) -> ObservedBand:
    rows, columns = band.shape
    low, high = percentiles(_Covered(band), (0.5, 99.5))
    edges = np.linspace(low, high if high > low else low + 1, _BINS + 1)
    counts, covered = np.zeros(_BINS, np.int64), 0
    for top in range(0, rows, _ROWS):
        samples = band.read(PixelWindow(top, min(rows, top + _ROWS), 0, columns))
        found = samples[np.isfinite(samples)]
        covered += len(found)
        counts += np.histogram(found, edges)[0]
    grid = band.grid
    footprint = None
    if grid is not None:
        x, y = np.array([0, columns, columns, 0]) - 0.5, np.array([0, 0, rows, rows]) - 0.5
        corners = np.column_stack(grid.to_sky(x, y))
        if np.isfinite(corners).all():
            footprint = tuple((float(ra), float(dec)) for ra, dec in corners)
    return ObservedBand(
        name=band.name,
        unit=band.unit,
        wavelength_um=band.wavelength,
        width=columns,
        height=rows,
        covered=covered / (rows * columns),
        pixel_scale_arcsec=grid.pixel_scale if grid is not None and footprint else None,
        footprint=footprint,
        low=low,
        high=high,
        histogram=tuple(int(count) for count in counts),
    )


class _Covered:
    """A band's samples with NaN where it has no data."""

    def __init__(self, band: Band) -> None:
        self._band = band
        self.shape = band.shape

    def read(self, window: PixelWindow | None = None) -> Samples:
        return self._band.read(window)


def _shown(bands: Sequence[Band]) -> list[Band]:
    """The bands that are combined: those of the first one's size that have data."""
    same = [band for band in bands if band.shape == bands[0].shape]
    if len(same) > _MOST_COMBINED:
        same = [same[len(same) // 2]]
    return [band for band in same if band.covered().any()]


def _reduced(band: Band, step: int) -> Band:
    """Means of squares of `step` pixels with data, without sky coordinates."""
    rows, columns = band.shape
    strips = []
    for top in range(0, rows - rows % step or rows, step * 64):
        strip = band.read(PixelWindow(top, min(rows, top + step * 64), 0, columns))
        strips.append(_means(strip, step))
    return replace(band, samples=ArrayPlane(np.concatenate(strips)), error=None, weight=None, quality=None, grid=None)


def _means(samples: Samples, step: int) -> Samples:
    down, across = samples.shape[0] // step, samples.shape[1] // step
    if step == 1 or not down or not across:
        return samples
    cells = samples[: down * step, : across * step].reshape(down, step, across, step)
    known = np.isfinite(cells)
    count = known.sum((1, 3))
    with np.errstate(invalid="ignore", divide="ignore"):
        made: Samples = (np.where(known, cells, 0).sum((1, 3), dtype=np.float64) / count).astype(np.float32)
    return made
