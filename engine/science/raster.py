"""Bands of an observation with their units, errors, coverage and place in the sky."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.science.plane import PixelWindow, PlaneSource, Samples
from engine.science.sky_grid import SkyGrid

FluxRule = Literal["surface brightness", "counts"]
"""The quantity that resampling keeps: the value of a pixel, or the sum of all pixels."""


@dataclass(frozen=True, slots=True)
class Observation:
    """The observer's data in the file: target, telescope, date, credit; empty where it has none."""

    target: str = ""
    telescope: str = ""
    instrument: str = ""
    id: str = ""
    date: str = ""
    credit: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """One band: samples in `unit`, with optional planes of the same shape.

    `wavelength` and `bandwidth` are in micrometres, None if they are unknown. `error` is one standard deviation in
    `unit`. `weight` is the exposure or weight map: pixels with weight 0 have no data. `quality` has the flags
    of the data quality plane as engine/science/quality_flags.py names them. `grid` is None for a file without sky
    coordinates. `notes` are remarks for the user.
    """

    name: str
    samples: PlaneSource
    unit: str = ""
    wavelength: float | None = None
    bandwidth: float | None = None
    error: PlaneSource | None = None
    weight: PlaneSource | None = None
    quality: PlaneSource | None = None
    grid: SkyGrid | None = None
    observation: Observation = Observation()
    notes: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return self.samples.shape

    @property
    def flux_rule(self) -> FluxRule:
        """The flux rule of the unit: a unit per solid angle is a surface brightness. So is an unknown unit."""
        from engine.science.photometric_units import is_surface_brightness

        return "surface brightness" if is_surface_brightness(self.unit) else "counts"

    def read(self, window: PixelWindow | None = None) -> Samples:
        """The samples of a window; NaN where `covered` is False."""
        samples = self.samples.read(window)
        return np.where(self._covered(samples, window), samples, np.float32(np.nan))

    def covered(self, window: PixelWindow | None = None) -> NDArray[np.bool_]:
        """Where the band has data: finite samples, with a weight above 0 if there is a weight plane."""
        return self._covered(self.samples.read(window), window)

    def _covered(self, samples: Samples, window: PixelWindow | None) -> NDArray[np.bool_]:
        covered: NDArray[np.bool_] = np.isfinite(samples)
        if self.weight is not None:
            weight = self.weight.read(window)
            covered &= np.isfinite(weight) & (weight > 0)
        return covered


@dataclass(frozen=True, slots=True, eq=False)
class ScientificRaster:
    """The bands of one or more files, in the order of the files. `sources` are the files."""

    bands: tuple[Band, ...]
    sources: tuple[Path, ...]

    def band(self, name: str) -> Band:
        """The band of this name, in any case. Raises RequestError, with the names, if there is none."""
        from engine.errors import RequestError

        for band in self.bands:
            if band.name.casefold() == name.casefold():
                return band
        names = ", ".join(band.name for band in self.bands)
        raise RequestError(f"There is no band “{name}”.", f"The bands are {names}.")
