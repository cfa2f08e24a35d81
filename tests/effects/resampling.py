"""The cubic of shaders/common/resample.wgsl in NumPy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.float64]


def catmull_rom(f: Places) -> list[Places]:
    """Weights of four neighbours from Catmull and Rom's spline, as a matrix of powers."""
    basis = np.array([[0, 2, 0, 0], [-1, 0, 1, 0], [2, -5, 4, -1], [-1, 3, -3, 1]]) / 2
    return list(np.moveaxis(np.stack([f**0, f, f**2, f**3], -1) @ basis, -1, 0))


def cubic(light: NDArray[np.floating], x: Places, y: Places) -> NDArray[np.float64]:
    """The light at places where the first pixel's centre is (0.5, 0.5); the border continues outside."""
    height, width = light.shape[:2]

    def at(column: Places, row: Places) -> NDArray[np.float64]:
        rows = np.clip(row, 0, height - 1).astype(int)
        return light[rows, np.clip(column, 0, width - 1).astype(int)].astype(float)

    left, top = np.floor(x - 0.5), np.floor(y - 0.5)
    across, down = catmull_rom(x - 0.5 - left), catmull_rom(y - 0.5 - top)
    total = sum((across[i] * down[j])[..., None] * at(left + i - 1, top + j - 1) for i in range(4) for j in range(4))
    near = np.stack([at(left + i, top + j) for i in (0, 1) for j in (0, 1)])
    return np.clip(total, near.min(0), near.max(0))


def coverage(place: Places, low: float, high: float, scale: float = 1.0) -> Places:
    """The share of a pixel between two edges along one axis."""
    return np.clip(np.minimum(place - low, high - place) * scale + 0.5, 0, 1)


def centres(height: int, width: int) -> tuple[Places, Places]:
    """The places (x, y) of all pixels."""
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    return x, y
