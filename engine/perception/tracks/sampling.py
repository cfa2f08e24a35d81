"""Sampling of arrays at any place, and their change of size."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.perception.provider import AnalysisFrame

Floats = NDArray[np.float32]


def luma(frame: AnalysisFrame) -> Floats:
    """The luma of a frame in codes, (height, width)."""
    weighted: Floats = frame.pixels.astype(np.float32) @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    return weighted


def pixel_grid(height: int, width: int) -> tuple[Floats, Floats]:
    """The columns and rows of all pixels, each (height, width)."""
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return columns, rows


def sample(values: Floats, columns: Floats, rows: Floats) -> Floats:
    """Bilinear samples of (height, width) or (height, width, channels) at places in pixels; the border continues.

    The places may have any shape: the result has it, and the channels.
    """
    height, width = values.shape[:2]
    x = np.clip(columns, 0, width - 1)
    y = np.clip(rows, 0, height - 1)
    # The last pixel is sampled from the one before it, with the weight 1.
    left = np.minimum(x.astype(np.int32), max(width - 2, 0))
    top = np.minimum(y.astype(np.int32), max(height - 2, 0))
    across, down = x - left, y - top
    first = top * width + left
    right, below = int(width > 1), width * int(height > 1)
    flat = values.reshape(height * width, -1)
    if values.ndim == 3:
        across, down = across[..., None], down[..., None]
    else:
        flat = flat[:, 0]
    upper: Floats = flat.take(first, 0)
    upper += (flat.take(first + right, 0) - upper) * across
    lower = flat.take(first + below, 0)
    lower += (flat.take(first + below + right, 0) - lower) * across
    lower -= upper
    lower *= down
    upper += lower
    return upper


def is_inside(columns: Floats, rows: Floats, height: int, width: int) -> NDArray[np.bool_]:
    """Whether places in pixels are in a picture of this size."""
    return (columns >= -0.5) & (rows >= -0.5) & (columns <= width - 0.5) & (rows <= height - 0.5)


def enlarge(values: Floats, height: int, width: int) -> Floats:
    """The array at a larger size, bilinear; a pixel's centre is in the middle of it."""
    if values.shape[:2] == (height, width):
        return values
    rows = _axis(values, height, 0)
    return _axis(rows, width, 1)


def _axis(values: Floats, length: int, axis: int) -> Floats:
    count = values.shape[axis]
    place = np.clip((np.arange(length, dtype=np.float32) + 0.5) * (count / length) - 0.5, 0, count - 1)
    first = np.minimum(place.astype(np.int32), max(count - 2, 0))
    shape = [1] * values.ndim
    shape[axis] = length
    weight = (place - first).reshape(shape).astype(np.float32)
    low = values.take(first, axis)
    high: Floats = values.take(np.minimum(first + 1, count - 1), axis)
    high -= low
    high *= weight
    high += low
    return high


def reduce(values: Floats, factor: int) -> Floats:
    """The means of squares of `factor` pixels; the border continues where the size is not a multiple."""
    if factor == 1:
        return values
    height, width = values.shape[:2]
    missing = [(0, -height % factor), (0, -width % factor)] + [(0, 0)] * (values.ndim - 2)
    if missing[0][1] or missing[1][1]:
        values = np.pad(values, missing, mode="edge")
    rows, columns = values.shape[0] // factor, values.shape[1] // factor
    cells = values.reshape(rows, factor, columns, factor, *values.shape[2:])
    total = cells[:, 0, :, 0].astype(np.float32)
    for row in range(factor):
        for column in range(factor):
            if row or column:
                total += cells[:, row, :, column]
    total /= factor * factor
    return total
