"""Gives relative depth one scale and one shift over a shot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.perception.tracks.sampling import Floats

Doubles = NDArray[np.float64]

_LEAST_PIXELS = 50
_ITERATIONS = 6
_SAMPLES, _TESTED = 150, 1500
_OUTLIER = 2.5
# How far a lock returns to the model's own scale with each keyframe: errors of many locks do not add up.
_RETURN = 0.05


@dataclass(frozen=True, slots=True)
class AffineLock:
    """`scale` × depth + `shift` is a depth in the scale of the shot. `fit` is the share of the pixels that agree."""

    scale: float = 1.0
    shift: float = 0.0
    fit: float = 1.0

    def apply(self, values: Floats) -> Floats:
        """The depth in the scale of the shot."""
        locked: Floats = (values * np.float32(self.scale) + np.float32(self.shift)).astype(np.float32, copy=False)
        return locked


def lock(values: Floats, expected: Floats, known: Floats) -> AffineLock:
    """The lock of a depth to the depth that is expected, where `known` is above .5 and neither is NaN.

    Both have errors of the same size, so spreads are compared: a regression of one on the other would make each depth a
    little flatter than the one before. Pixels that do not agree, such as what moved, are left out.
    """
    usable = (known > 0.5) & np.isfinite(values) & np.isfinite(expected)
    given, wanted = values[usable].astype(np.float64), expected[usable].astype(np.float64)
    if len(given) < _LEAST_PIXELS:
        return AffineLock(fit=0.0)
    spread = max(float(np.ptp(np.quantile(wanted, [0.05, 0.95]))), 1e-6)
    middle, centre, scale = _consensus(given, wanted, 0.05 * spread)
    for _ in range(_ITERATIONS):
        error = np.abs(wanted - centre - scale * (given - middle))
        limit = max(_OUTLIER * 1.4826 * float(np.median(error)), 0.002 * spread)
        inliers = error <= limit
        x, y = given[inliers], wanted[inliers]
        middle, centre = x.mean(), y.mean()
        scale = _ratio(y.std(), x.std())
    agreeing = float((np.abs(wanted - centre - scale * (given - middle)) < 0.05 * spread).mean())
    # The mean of what fits returns a little to the model's own, and so does the scale.
    scale **= 1 - _RETURN
    centre += _RETURN * (middle - centre)
    return AffineLock(float(scale), float(centre - scale * middle), agreeing)


def _consensus(given: Doubles, wanted: Doubles, tolerance: float) -> tuple[float, float, float]:
    """A given value, the wanted one and the scale of the line through two pixels that most pixels are near.

    Source: Fischler, Bolles: Random sample consensus, Communications of the ACM 24(6), 1981; the samples are the same
    for every call.
    """
    generator = np.random.default_rng(0)
    first, second = generator.integers(0, len(given), (2, _SAMPLES))
    x, y = given[second] - given[first], wanted[second] - wanted[first]
    usable = (x * y > 0) & (np.abs(x) > 1e-6)
    middle, centre = float(np.median(given)), float(np.median(wanted))
    if not usable.any():
        return middle, centre, _ratio(wanted.std(), given.std())
    scales, first = y[usable] / x[usable], first[usable]
    tested = generator.integers(0, len(given), _TESTED)
    lines = wanted[first, None] + scales[:, None] * (given[tested] - given[first, None])
    best = int((np.abs(lines - wanted[tested]) < tolerance).sum(1).argmax())
    return float(given[first[best]]), float(wanted[first[best]]), _ratio(scales[best], 1.0)


def _ratio(wanted: float, given: float) -> float:
    """The ratio of two spreads; 1 for a flat depth, which has no scale."""
    return float(np.clip(wanted / given, 0.1, 10)) if given > 1e-6 and wanted > 1e-6 else 1.0
