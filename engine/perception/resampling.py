"""Resizes masks, flow and depth to the size of the frame that they describe."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Depth is unknown where less than this share of its neighbours is known.
_LEAST_KNOWN = 0.5


def resized(values: NDArray[np.float32], height: int, width: int) -> NDArray[np.float32]:
    """Values (rows, columns, …) at another size: a triangle filter, which averages where it reduces.

    Both pictures have the same borders. NaN marks unknown values, and stays where most of the neighbours are unknown.
    """
    if values.shape[:2] == (height, width):
        return values
    known = np.isfinite(values)
    if known.all():
        return _filtered(values, height, width)
    weight = _filtered(known.astype(np.float32), height, width)
    total = _filtered(np.where(known, values, np.float32(0)), height, width)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(weight >= _LEAST_KNOWN, total / weight, np.float32(np.nan)).astype(np.float32)


def sampled(values: NDArray[np.float32], x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.float32]:
    """Values (height, width, channels) at places in pixels, bilinear, with the nearest border outside."""
    height, width = values.shape[:2]
    x, y = np.clip(x, 0, width - 1), np.clip(y, 0, height - 1)
    left, top = np.minimum(x.astype(np.intp), width - 2), np.minimum(y.astype(np.intp), height - 2)
    left, top = np.maximum(left, 0), np.maximum(top, 0)
    right, bottom = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    across, down = (x - left)[..., None], (y - top)[..., None]
    upper = values[top, left] * (1 - across) + values[top, right] * across
    lower = values[bottom, left] * (1 - across) + values[bottom, right] * across
    return np.asarray(upper * (1 - down) + lower * down, dtype=np.float32)


def _filtered(values: NDArray[np.float32], height: int, width: int) -> NDArray[np.float32]:
    rows = np.tensordot(_weights(values.shape[0], height), values, axes=(1, 0))
    both = np.tensordot(_weights(values.shape[1], width), rows, axes=(1, 1))
    return np.ascontiguousarray(np.swapaxes(both, 0, 1), dtype=np.float32)


def _weights(size: int, target: int) -> NDArray[np.float32]:
    """The weight of each of `size` samples for each of `target` samples, (target, size)."""
    scale = size / target
    places = (np.arange(target, dtype=np.float32)[:, None] + 0.5) * scale - 0.5
    distance = np.abs(np.arange(size, dtype=np.float32)[None, :] - np.clip(places, 0, size - 1))
    weights = np.clip(1 - distance / max(1.0, scale), 0, None)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), dtype=np.float32)
