"""Black and white points of bands, and the curves between them."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.science.plane import PixelWindow, PlaneSource, Samples

CurveName = Literal["asinh", "log", "sqrt", "power", "linear"]

# Percentiles are taken of at most about this many samples, on a regular grid: the same ones each time.
_MOST_SAMPLES = 4_000_000
_ROWS = 512


def percentiles(plane: PlaneSource, shares: tuple[float, ...]) -> tuple[float, ...]:
    """The percentiles (0–100) of the samples that are not NaN; 0 for each if there are none."""
    rows, columns = plane.shape
    step = max(1, int(np.ceil(np.sqrt(rows * columns / _MOST_SAMPLES))))
    found = []
    for top in range(0, rows, _ROWS):
        window = PixelWindow(top, min(rows, top + _ROWS), 0, columns)
        samples = plane.read(window)[(-top) % step :: step, ::step]
        found.append(samples[np.isfinite(samples)])
    values = np.concatenate(found)
    if not len(values):
        return (0.0,) * len(shares)
    return tuple(float(value) for value in np.percentile(values, shares))


def stretched(values: Samples, curve: CurveName, softness: float) -> NDArray[np.float32]:
    """The curve through 0 and 1, odd around 0 and without a limit above 1, so that nothing is clipped.

    `softness` is the value below which `asinh` and `log` are almost linear, and the exponent of `power`.
    Source for asinh: Lupton et al., Preparing Red-Green-Blue Images from CCD Data, PASP 116 (2004).
    """
    if curve == "linear":
        return values
    if curve == "asinh":
        scale = np.float32(np.arcsinh(1 / softness))
        return np.asarray(np.arcsinh(values / np.float32(softness)) / scale, np.float32)
    size = np.abs(values)
    if curve == "log":
        made = np.log1p(size / np.float32(softness)) / np.float32(np.log1p(1 / softness))
    else:
        made = size ** np.float32(0.5 if curve == "sqrt" else softness)
    return np.asarray(np.copysign(made, values), np.float32)
