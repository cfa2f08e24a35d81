"""Repairs samples that a quality plane flags, where the samples around them confirm it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.science.plane import PixelWindow, PlaneSource, Samples
from engine.science.quality_flags import DOUBTFUL, SATURATED

# The scatter of a normal distribution from its median absolute deviation.
_SCATTER = 1.4826
_SIGMAS = 3.0
_REACH = 3
_LEAST_NEIGHBOURS = 3


@dataclass(frozen=True, slots=True, eq=False)
class FlagStep:
    """Replaces flagged samples, never by the flag alone: planes flag samples that are right, and NaN without a flag.

    A doubtful sample is replaced by the median of its eight neighbours without flags if it lies outside of their range
    by three times the scatter of the sixteen samples two pixels away. A saturated sample loses its value if a sample
    without a flag, at most three pixels away, is brighter: the core of a star that is darker than its rim.
    """

    quality: PlaneSource

    @property
    def reach(self) -> int:
        """The neighbours of a sample."""
        return _REACH

    def apply(self, samples: Samples, window: PixelWindow) -> Samples:
        """The samples, confirmed ones replaced."""
        flags = self.quality.read(window)
        known = np.where(flags == 0, samples, np.float32(np.nan))
        made = samples
        for kind, repair in ((DOUBTFUL, _doubtful), (SATURATED, _saturated)):
            places = np.argwhere((flags == kind) & np.isfinite(samples))
            if len(places):
                made = made.copy() if made is samples else made
                down, across = places.T
                made[down, across] = repair(samples[down, across], known, places)
        return made


def _doubtful(values: Samples, known: Samples, places: np.ndarray) -> Samples:
    near, ring = (_ring(known, places, distance) for distance in (1, 2))
    with np.errstate(all="ignore"):
        sky = _median(ring)
        scatter = _SCATTER * _median(np.abs(ring - sky[:, None]))
        scatter = np.maximum(np.nan_to_num(scatter), np.abs(np.nan_to_num(sky)) * 1e-6 + 1e-30)
        low, high = _extreme(near, np.fmin), _extreme(near, np.fmax)
        outside = (values < low - _SIGMAS * scatter) | (values > high + _SIGMAS * scatter)
    enough = np.isfinite(near).sum(1) >= _LEAST_NEIGHBOURS
    made: Samples = np.where(outside & enough, _median(near), values).astype(np.float32)
    return made


def _saturated(values: Samples, known: Samples, places: np.ndarray) -> Samples:
    around = np.concatenate([_ring(known, places, distance) for distance in range(1, _REACH + 1)], axis=1)
    brightest = _extreme(around, np.fmax)
    made: Samples = np.where(brightest > values, np.float32(np.nan), values)
    return made


def _ring(known: Samples, places: np.ndarray, distance: int) -> Samples:
    """The samples on a square ring around each place, (places, number); NaN outside of the window."""
    padded = np.pad(known, distance, constant_values=np.nan)
    offsets = [
        (down, across)
        for down in range(2 * distance + 1)
        for across in range(2 * distance + 1)
        if max(abs(down - distance), abs(across - distance)) == distance
    ]
    return np.stack([padded[places[:, 0] + down, places[:, 1] + across] for down, across in offsets], axis=1)


def _extreme(values: Samples, ufunc: np.ufunc) -> Samples:
    """The lowest or highest known value of each row; NaN without one."""
    made: Samples = ufunc.reduce(values, axis=1)
    return made


def _median(values: Samples) -> Samples:
    """The median of the known values of each row; NaN without one."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        made: Samples = np.nanmedian(values, axis=1)
    return made
