"""Finds the pixel of a sky position by Newton's method, for grids that have no exact inverse."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Axis = NDArray[np.float64]
ToSky = Callable[[Axis, Axis], tuple[Axis, Axis]]

_ROUNDS = 40
# Pixels.
_CLOSE = 1e-6
_STEP = 0.5


def invert_sky(to_sky: ToSky, right_ascension: Axis, declination: Axis, shape: tuple[int, int]) -> tuple[Axis, Axis]:
    """Pixel positions (x, y) at which `to_sky` gives these coordinates, in degrees; NaN where it does not converge.

    It starts in the middle of a grid of `shape` (rows, columns), and compares positions in the tangent plane there.
    """
    rows, columns = shape
    middle = np.array([(columns - 1) / 2]), np.array([(rows - 1) / 2])
    centre = tuple(float(axis[0]) for axis in to_sky(*middle))
    wanted = _tangent(right_ascension, declination, centre)
    x, y = np.full(right_ascension.shape, middle[0][0]), np.full(right_ascension.shape, middle[1][0])
    for _ in range(_ROUNDS):
        here = _tangent(*to_sky(x, y), centre)
        across = (_tangent(*to_sky(x + _STEP, y), centre) - _tangent(*to_sky(x - _STEP, y), centre)) / (2 * _STEP)
        down = (_tangent(*to_sky(x, y + _STEP), centre) - _tangent(*to_sky(x, y - _STEP), centre)) / (2 * _STEP)
        area = across[0] * down[1] - across[1] * down[0]
        away = wanted - here
        with np.errstate(divide="ignore", invalid="ignore"):
            move_x = (away[0] * down[1] - away[1] * down[0]) / area
            move_y = (across[0] * away[1] - across[1] * away[0]) / area
        x, y = x + move_x, y + move_y
        if np.nanmax(np.hypot(move_x, move_y), initial=0.0) < _CLOSE:
            break
    done = np.hypot(move_x, move_y) < 1e-3
    return np.where(done, x, np.nan), np.where(done, y, np.nan)


def _tangent(ra: Axis, dec: Axis, centre: tuple[float, ...]) -> NDArray[np.float64]:
    """Positions in the tangent plane around a point, (2, …); NaN on the other side of the sky."""
    turn = np.radians(ra - centre[0])
    up, up0 = np.radians(dec), np.radians(centre[1])
    towards = np.sin(up0) * np.sin(up) + np.cos(up0) * np.cos(up) * np.cos(turn)
    with np.errstate(divide="ignore", invalid="ignore"):
        plane = np.stack(
            [
                np.cos(up) * np.sin(turn) / towards,
                (np.cos(up0) * np.sin(up) - np.sin(up0) * np.cos(up) * np.cos(turn)) / towards,
            ]
        )
    return np.where(towards > 1e-3, plane, np.nan)
