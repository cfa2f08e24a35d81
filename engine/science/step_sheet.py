"""A contact sheet of the steps from bands to a picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.picture import SheetFrame, SheetGrid, contact_sheet, write_png
from engine.science.composite import PreparedBand
from engine.science.levels import percentiles, stretched
from engine.science.plane import ArrayPlane, PixelWindow, PlaneSource, Samples
from engine.science.raster import Band
from engine.science.recipe import ScienceRecipe

_WIDTH = 1600
_STRIP = 256


def write_step_sheet(
    path: Path,
    sources: Sequence[Band],
    bands: Sequence[PreparedBand],
    picture: Callable[[int], NDArray[np.uint8]],
    recipe: ScienceRecipe,
) -> None:
    """Write a PNG with a row for each band, and the picture below.

    A row shows the band as its file has it, on the common grid, after the steps of the recipe, and between black and
    white by the curve. `picture` returns the display code values of every n-th pixel, the first row at the top.
    """
    rows, columns = bands[0].samples.shape
    grid = SheetGrid(_WIDTH, 4, Fraction(max(0.5, min(2.0, columns / rows))).limit_denominator(100))
    frames: list[SheetFrame] = []
    for source, band in zip(sources, bands, strict=True):
        name = band.aligned.band.name
        between = _reduced(band.samples, grid)
        levels = (between - np.float32(band.black)) / np.float32(band.white - band.black)
        frames += [
            SheetFrame(_grey(_levelled(_reduced(source.samples, grid))), name, "as its file has it"),
            SheetFrame(_grey(_levelled(_reduced(band.aligned.samples, grid))), name, "on the common grid"),
            SheetFrame(_grey(_levelled(between)), name, "after the steps"),
            SheetFrame(_grey(stretched(levels, recipe.stretch.curve, recipe.stretch.softness)), name, "by the curve"),
        ]
    frames.append(SheetFrame(picture(_step((rows, columns), grid)), "picture"))
    write_png(path, contact_sheet(frames, grid))


def _reduced(plane: PlaneSource, grid: SheetGrid) -> Samples:
    """Every n-th sample, so that the plane fits into a cell; the first row at the top."""
    rows, columns = plane.shape
    step = _step(plane.shape, grid)
    strips = [
        plane.read(PixelWindow(top, min(rows, top + _STRIP), 0, columns))[(-top) % step :: step, ::step]
        for top in range(0, rows, _STRIP)
    ]
    return np.concatenate(strips)[::-1]


def _step(shape: tuple[int, ...], grid: SheetGrid) -> int:
    width, height = grid.cell
    return max(1, -(-shape[1] // width), -(-shape[0] // height))


def _levelled(samples: Samples) -> Samples:
    """Between its percentiles 1 and 99.5, as an asinh curve shows it."""
    low, high = percentiles(ArrayPlane(samples), (1.0, 99.5))
    return stretched((samples - np.float32(low)) / np.float32((high - low) or 1.0), "asinh", 0.1)


def _grey(values: Samples) -> NDArray[np.uint8]:
    """Display code values of values from 0 to 1; dark blue where there is no data."""
    shown = np.repeat((np.clip(np.nan_to_num(values), 0, 1) * 255).astype(np.uint8)[..., None], 3, axis=2)
    shown[~np.isfinite(values)] = (18, 22, 40)
    return shown
