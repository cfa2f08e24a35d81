"""Sampling of arrays at any place, and their change of size."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from engine.perception.provider import AnalysisFrame

Floats = NDArray[np.float32]


def luma(frame: AnalysisFrame) -> Floats:
    """The luma of a frame in codes, (height, width)."""
    weighted: Floats = frame.pixels.astype(np.float32) @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    return weighted


@lru_cache(2)
def pixel_grid(height: int, width: int) -> tuple[Floats, Floats]:
    """The columns and rows of all pixels, each (height, width). They cannot be written to."""
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    columns.flags.writeable = rows.flags.writeable = False
    return columns, rows


class Sampler:
    """Bilinear samples of pictures of one size at fixed places in pixels; the border continues.

    The weights are a sparse matrix with four values a place, which SciPy multiplies faster than NumPy gathers pixels:
    make one sampler for all pictures that are sampled at the same places.
    """

    def __init__(self, columns: Floats, rows: Floats, height: int, width: int) -> None:
        """The places may have any shape; the pictures have `height` and `width`."""
        from scipy.sparse import csr_array

        self._shape = columns.shape
        across, down = np.clip(columns, 0, width - 1).ravel(), np.clip(rows, 0, height - 1).ravel()
        # The last pixel is sampled from the one before it, with the weight 1. A place that is not a number gets pixels
        # of the picture too, and its weights make the sample not a number.
        left = np.clip(across.astype(np.int32), 0, max(width - 2, 0))
        top = np.clip(down.astype(np.int32), 0, max(height - 2, 0))
        across -= left
        down -= top
        top *= width
        top += left
        right, below = int(width > 1), width * int(height > 1)
        places, weights = np.empty((len(top), 4), np.int32), np.empty((len(top), 4), np.float32)
        for number, step in enumerate((0, right, below, below + right)):
            np.add(top, np.int32(step), out=places[:, number])
        both = across * down
        weights[:, 3] = both
        np.subtract(down, both, out=weights[:, 2])
        np.subtract(across, both, out=weights[:, 1])
        np.subtract(1 - across, weights[:, 2], out=weights[:, 0])
        ends = np.arange(0, 4 * len(top) + 1, 4, dtype=np.int32)
        self._matrix = csr_array((weights.ravel(), places.ravel(), ends), shape=(len(top), height * width))

    @classmethod
    def moved(cls, offset: Floats) -> Sampler:
        """Samples each pixel of a picture at its place plus `offset` (height, width, 2) in pixels."""
        height, width = offset.shape[:2]
        columns, rows = pixel_grid(height, width)
        return cls(columns + offset[..., 0], rows + offset[..., 1], height, width)

    def of(self, values: Floats) -> Floats:
        """The samples of (height, width) or (height, width, channels): the shape of the places, and the channels."""
        channels = values.shape[2:]
        found: Floats = self._matrix @ values.reshape(-1, *channels)
        return found.reshape(*self._shape, *channels)


def sample(values: Floats, columns: Floats, rows: Floats) -> Floats:
    """Bilinear samples of one picture; see `Sampler`."""
    return Sampler(columns, rows, *values.shape[:2]).of(values)


def is_inside(columns: Floats, rows: Floats, height: int, width: int) -> NDArray[np.bool_]:
    """Whether places in pixels are in a picture of this size."""
    return (columns >= -0.5) & (rows >= -0.5) & (columns <= width - 0.5) & (rows <= height - 0.5)


def lengths(vectors: Floats) -> Floats:
    """The lengths of (height, width, 2)."""
    x, y = vectors[..., 0], vectors[..., 1]
    found: Floats = np.sqrt(x * x + y * y)
    return found


def median9(values: Floats) -> Floats:
    """The medians of squares of 3 by 3 pixels; the border continues.

    The median of nine values is the median of the greatest least, the middle median and the least greatest of three
    columns, and neighbours share the columns.
    """
    padded = np.pad(values, 1, mode="edge")
    low, middle, high = _sorted(padded[:-2], padded[1:-1], padded[2:])
    width = values.shape[1]
    least, medians, greatest = ([plane[:, at : at + width] for at in range(3)] for plane in (low, middle, high))
    return _sorted(
        np.maximum(np.maximum(least[0], least[1]), least[2]),
        _sorted(*medians)[1],
        np.minimum(np.minimum(greatest[0], greatest[1]), greatest[2]),
    )[1]


def _sorted(first: Floats, second: Floats, third: Floats) -> tuple[Floats, Floats, Floats]:
    low, high = np.minimum(first, second), np.maximum(first, second)
    rest = np.minimum(high, third)
    return np.minimum(low, rest), np.maximum(low, rest), np.maximum(high, third)


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
    # Whole rows first: their pixels are next to each other in memory.
    cells = values.reshape(rows, factor, columns, factor, *values.shape[2:])
    lines = cells[:, 0].astype(np.float32)
    for row in range(1, factor):
        lines += cells[:, row]
    total = lines[:, :, 0].copy()
    for column in range(1, factor):
        total += lines[:, :, column]
    total /= factor * factor
    return total
