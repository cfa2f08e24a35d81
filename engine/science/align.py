"""Brings the bands of a raster to one grid: by their sky coordinates, then by their details."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import ceil
from pathlib import Path

import numpy as np

from engine.errors import RequestError
from engine.science.plane import LoadedPlane, PixelWindow, PlaneSource, Samples
from engine.science.raster import Band
from engine.science.registration import Shift, central_window, measure_shift
from engine.science.repaired_plane import RepairedPlane
from engine.science.resample import resample_rows
from engine.science.scratch_plane import ScratchPlane
from engine.science.sky_grid import SkyGrid, tangent_grid

# A grid for all footprints may be this many times larger than the largest band.
_MOST_GROWTH = 16
# A shift below this, in pixels, is not worth a second resampling.
_WORTH = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class AlignedBand:
    """A band on the common grid: NaN where it has no data, its error (None if it has none), and its coverage.

    Coverage is the share of a pixel's kernel with data, from 0 to 1, and `repaired` the share of these data that was
    repaired; None if nothing was. `shift` corrected the sky coordinates, and
    `residual` is what is left of it, both in pixels of the common grid; None if they were not measured.
    """

    band: Band
    samples: PlaneSource
    error: PlaneSource | None
    coverage: PlaneSource
    repaired: PlaneSource | None = None
    shift: Shift | None = None
    residual: Shift | None = None


def common_grid(bands: Sequence[Band], *, like: str | None = None, north_up: bool = False) -> SkyGrid | None:
    """The grid of the band named `like`, or of the band with the smallest pixels; None if no band has sky coordinates.

    `north_up` returns a tangent grid with these pixels around all bands, north up and east to the left. Raises
    RequestError if only some bands have sky coordinates, or if they lie too far apart.
    """
    without = [band.name for band in bands if band.grid is None]
    if len(without) == len(bands):
        return None
    if without:
        raise RequestError(
            f"{', '.join(without)} has no sky coordinates, and other bands do.",
            "Solve the astrometry of this file first, or leave the band out.",
        )
    chosen = next((band for band in bands if like and band.name.casefold() == like.casefold()), None)
    if like and chosen is None:
        raise RequestError(f"There is no band “{like}”.", f"Bands: {', '.join(band.name for band in bands)}.")
    reference = chosen or min(bands, key=_scale)
    assert reference.grid is not None
    return _around(bands, reference.grid) if north_up else reference.grid


def align(
    bands: Sequence[Band],
    grid: SkyGrid | None,
    scratch: Path,
    *,
    refine: bool = True,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> list[AlignedBand]:
    """The bands on `grid`, in files of the folder `scratch`. Without a grid, they must have one shape, and stay so.

    `refine` measures how far the details of each band lie from those of the first band, and corrects it. Raises
    Cancelled, and RequestError for bands without sky coordinates of different shapes.
    """
    if grid is None:
        return _unmoved(bands)
    aligned: list[AlignedBand] = []
    for number, band in enumerate(bands):

        def report(share: float, done: int = number) -> None:
            if progress:
                progress((done + share) / len(bands))

        made = _aligned(band, grid, scratch, str(number), (0.0, 0.0), report, cancelled)
        if refine and aligned:
            shift = _measured(aligned[0], made)
            residual = None
            if shift.found and max(abs(shift.x), abs(shift.y)) >= _WORTH:
                made = _aligned(band, grid, scratch, f"{number} shifted", _in_band(band, grid, shift), None, cancelled)
                residual = _measured(aligned[0], made)
            made = replace(made, shift=shift, residual=residual)
        aligned.append(made)
    return aligned


def _aligned(
    band: Band,
    grid: SkyGrid,
    scratch: Path,
    name: str,
    offset: tuple[float, float],
    progress: Callable[[float], None] | None,
    cancelled: Callable[[], bool] | None,
) -> AlignedBand:
    samples, coverage, repaired = (
        ScratchPlane(scratch / f"{name}.{part}", grid.shape) for part in ("samples", "coverage", "repaired")
    )
    any_repaired = False
    error = ScratchPlane(scratch / f"{name}.error", grid.shape) if band.error is not None else None
    for top, strip in resample_rows(band, grid, offset=offset, progress=progress, cancelled=cancelled):
        samples.write(top, strip.samples)
        coverage.write(top, strip.coverage)
        if error is not None and strip.error is not None:
            error.write(top, strip.error)
        if strip.repaired is not None:
            repaired.write(top, strip.repaired)
            any_repaired = True
    return AlignedBand(band, samples, error, coverage, repaired if any_repaired else None)


def _measured(reference: AlignedBand, moved: AlignedBand) -> Shift:
    window = central_window(reference.samples.shape)
    return measure_shift(reference.samples.read(window), moved.samples.read(window))


def _unmoved(bands: Sequence[Band]) -> list[AlignedBand]:
    shapes = {band.shape for band in bands}
    if len(shapes) > 1:
        sizes = ", ".join(f"{band.name} {band.shape[1]} × {band.shape[0]}" for band in bands)
        raise RequestError(
            f"The bands have no sky coordinates and different sizes: {sizes}.", "Solve their astrometry first."
        )
    return [
        AlignedBand(
            band,
            LoadedPlane(band.shape, band.read),
            band.error,
            LoadedPlane(band.shape, partial(_covered, band)),
            LoadedPlane(band.shape, partial(_repaired, band)) if isinstance(band.samples, RepairedPlane) else None,
        )
        for band in bands
    ]


def _covered(band: Band, window: PixelWindow) -> Samples:
    return band.covered(window).astype(np.float32)


def _repaired(band: Band, window: PixelWindow) -> Samples:
    assert isinstance(band.samples, RepairedPlane)
    return band.samples.read_marked(window)[1].astype(np.float32)


def _in_band(band: Band, grid: SkyGrid, shift: Shift) -> tuple[float, float]:
    """A shift on the common grid as an offset in the band's own pixels, in the middle of the grid."""
    assert band.grid is not None
    rows, columns = grid.shape
    x, y = (columns - 1) / 2, (rows - 1) / 2
    from_x, from_y = band.grid.to_pixels(*grid.to_sky([x, x + shift.x], [y, y + shift.y]))
    return float(from_x[1] - from_x[0]), float(from_y[1] - from_y[0])


def _scale(band: Band) -> float:
    assert band.grid is not None
    return band.grid.pixel_scale


def _around(bands: Sequence[Band], reference: SkyGrid) -> SkyGrid:
    """A tangent grid, north up, around the corners and edges of all bands."""
    ra, dec = reference.centre
    scale = reference.pixel_scale
    probe = tangent_grid(ra, dec, scale, (1, 1))
    edges = []
    for band in bands:
        assert band.grid is not None
        rows, columns = band.shape
        along = np.linspace(-0.5, 1, 9)
        x = np.concatenate([along * columns, along * columns, np.full(9, -0.5), np.full(9, columns - 0.5)])
        y = np.concatenate([np.full(9, -0.5), np.full(9, rows - 0.5), along * rows, along * rows])
        x, y = np.clip(x, -0.5, columns - 0.5), np.clip(y, -0.5, rows - 0.5)
        edges.append(np.stack(probe.to_pixels(*band.grid.to_sky(x, y))))
    points = np.concatenate(edges, axis=1)
    points = points[:, np.isfinite(points).all(axis=0)]
    low, high = points.min(axis=1), points.max(axis=1)
    columns, rows = (max(1, ceil(size)) for size in high - low)
    largest = max(band.shape[0] * band.shape[1] for band in bands)
    if rows * columns > _MOST_GROWTH * max(largest, 1 << 20):
        raise RequestError(
            f"The bands lie far apart: a picture of all of them would have {columns} × {rows} pixels.",
            "Choose bands of one target.",
        )
    middle_x, middle_y = (low + high) / 2
    centre = probe.to_sky(middle_x, middle_y)
    return tangent_grid(float(centre[0]), float(centre[1]), scale, (rows, columns))
