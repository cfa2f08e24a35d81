"""Trimaps of alphas."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.perception.products import BACKGROUND, FOREGROUND, UNKNOWN
from engine.perception.tracks.sampling import Floats

_BAND = 0.008


def trimap_of(alpha: Floats, band: float = _BAND) -> NDArray[np.uint8]:
    """Where an alpha is sure: unknown are its values between, and the pixels nearer to them than `band` of the height.

    (height, width), values BACKGROUND, UNKNOWN and FOREGROUND.
    """
    radius = max(1, round(band * alpha.shape[0]))
    codes = np.rint(alpha * 255).astype(np.uint8)
    low, high = _nearby(codes, radius, np.minimum), _nearby(codes, radius, np.maximum)
    trimap = np.full(alpha.shape, UNKNOWN, np.uint8)
    trimap[low >= 243] = FOREGROUND
    trimap[high <= 12] = BACKGROUND
    return trimap


def _nearby(codes: NDArray[np.uint8], radius: int, pick: np.ufunc) -> NDArray[np.uint8]:
    """The least or greatest code in squares of 2 `radius` + 1 pixels."""
    for axis in (0, 1):
        edge = [(0, 0), (0, 0)]
        edge[axis] = (radius, radius)
        padded = np.pad(codes, edge, mode="edge").swapaxes(0, axis)
        reach, length = 1, 2 * radius + 1
        # Twice the reach in each step, then the rest.
        while 2 * reach <= length:
            padded = pick(padded[: len(padded) - reach], padded[reach:])
            reach *= 2
        if rest := length - reach:
            padded = pick(padded[: len(padded) - rest], padded[rest:])
        codes = padded.swapaxes(0, axis)
    return codes
