"""Fills what is unknown from the known pixels around that have a similar brightness."""

from __future__ import annotations

import numpy as np

from engine.perception.tracks.sampling import Floats

_RADIUS = 7
# Of codes: differences below it are noise.
_NOISE = 4.0
_MOST_UNKNOWN = 0.999


def fill(values: Floats, known: Floats, guide: Floats) -> Floats:
    """`values` where they are known; elsewhere the linear function of `guide` that fits the known pixels around.

    All are (height, width); `known` is 0 to 1, `guide` in codes. A pixel without any known one near keeps its value.

    Source: He, Sun, Tang: Guided image filtering, IEEE TPAMI 35(6), 2013, with weights in the sums.
    """
    if not (known < 1).any():
        return values
    weight = _sum(known)
    total = np.maximum(weight, 1e-6)
    guide_mean, mean = _sum(known * guide) / total, _sum(known * values) / total
    variance = _sum(known * guide * guide) / total - guide_mean**2
    covariance = _sum(known * guide * values) / total - guide_mean * mean
    slope = covariance / (np.maximum(variance, 0) + _NOISE**2)
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    fitted = np.clip(mean + slope * (guide - guide_mean), low, high)
    share = (1 - known) * np.clip(weight * 50, 0, 1)
    filled: Floats = (values + share * (fitted - values)).astype(np.float32, copy=False)
    return filled


def _sum(values: Floats) -> Floats:
    from scipy.ndimage import uniform_filter

    means: Floats = uniform_filter(values, 2 * _RADIUS + 1, mode="nearest")
    return means
