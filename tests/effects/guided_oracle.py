"""The guided upsample in NumPy, without its shortcuts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

Doubles = NDArray[np.float64]

NOISE, DARK, SHORTFALL = 0.04, 0.02, 0.06


def cell_means(light: Doubles, rows: int, columns: int) -> Doubles:
    """The mean light of the pixels whose centres are in each cell; a cell without one has the light of its centre."""
    height, width = light.shape[:2]
    made = np.zeros((rows, columns, 3))
    for row in range(rows):
        for column in range(columns):
            top, bottom = first_pixel(row, height, rows), first_pixel(row + 1, height, rows)
            left, right = first_pixel(column, width, columns), first_pixel(column + 1, width, columns)
            made[row, column] = light[top : max(bottom, top + 1), left : max(right, left + 1), :3].mean((0, 1))
    return made


def first_pixel(cell: int, pixels: int, cells: int) -> int:
    return min(cell * pixels // cells, pixels - 1)


def model(cells: Doubles, mask: Doubles, radius: int) -> tuple[Doubles, Doubles]:
    """For each cell the factors of light and the constant, and how far they explain the mask."""
    rows, columns = mask.shape
    factors, trust = np.zeros((rows, columns, 4)), np.zeros((rows, columns))
    for row in range(rows):
        for column in range(columns):
            part = np.s_[max(row - radius, 0) : row + radius + 1, max(column - radius, 0) : column + radius + 1]
            light, alpha = cells[part].reshape(-1, 3), mask[part].ravel()
            weight = (2 * alpha - 1) ** 4 + 1e-4
            total = weight.sum()
            mean, centre = weight @ light / total, weight @ alpha / total
            spread = (light - mean).T @ ((light - mean) * weight[:, None]) / total
            common = (light - mean).T @ (weight * (alpha - centre)) / total
            noise = (NOISE * (mean.mean() + DARK)) ** 2
            factor = np.linalg.solve(spread + noise * np.eye(3), common)
            variance = weight @ (alpha - centre) ** 2 / total
            factors[row, column] = *factor, centre - factor @ mean
            explained = factor @ common / max(variance, 1e-6)
            trust[row, column] = step(explained, 0.4, 0.8) * step(variance, 0.0, 0.03)
    return factors, trust


def step(value: float, low: float, high: float) -> float:
    share = min(max((value - low) / (high - low), 0.0), 1.0)
    return share * share * (3 - 2 * share)


def bilinear(values: Doubles, height: int, width: int) -> Doubles:
    rows, columns = values.shape[:2]
    y = np.clip((np.arange(height) + 0.5) * rows / height - 0.5, 0, rows - 1)
    x = np.clip((np.arange(width) + 0.5) * columns / width - 0.5, 0, columns - 1)
    places = np.meshgrid(y, x, indexing="ij")
    if values.ndim == 2:
        return map_coordinates(values, places, order=1)
    return np.dstack([map_coordinates(values[..., channel], places, order=1) for channel in range(values.shape[2])])


def guided_upsample(light: Doubles, mask: Doubles, radius: int) -> Doubles:
    """The mask at the size of the picture, with the edges of the picture."""
    height, width = light.shape[:2]
    factors, trust = model(cell_means(light, *mask.shape), mask, radius)
    factors, trust = bilinear(factors, height, width), bilinear(trust, height, width)
    plain = bilinear(mask, height, width)
    fitted = (factors[..., :3] * light[..., :3]).sum(-1) + factors[..., 3]
    return plain + trust * (np.clip((fitted - SHORTFALL) / (1 - 2 * SHORTFALL), 0, 1) - plain)
