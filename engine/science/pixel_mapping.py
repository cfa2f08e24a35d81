"""Maps the pixels of one grid to those of another, by nodes between which positions are interpolated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.science.plane import PixelWindow
from engine.science.sky_grid import SkyGrid

# Largest error of an interpolated position, in source pixels.
_CLOSE = 0.002
_SPACINGS = (64, 32, 16, 8, 4, 2, 1)


@dataclass(frozen=True, slots=True, eq=False)
class PixelMapping:
    """Source positions of the nodes of a window of the target: `nodes` is (rows, columns, 2), x before y.

    Node (r, c) is the target pixel (top + r × spacing, left + c × spacing). Between nodes, positions are linear in both
    directions to within .002 source pixels.
    """

    window: PixelWindow
    spacing: int
    nodes: NDArray[np.float64]

    def source_window(self, shape: tuple[int, int], reach: int) -> PixelWindow | None:
        """The part of a source of `shape` that the window shows, with `reach` pixels around it; None if it is empty."""
        finite = self.nodes[np.isfinite(self.nodes).all(axis=2)]
        if not len(finite):
            return None
        low, high = np.floor(finite.min(axis=0)) - reach, np.ceil(finite.max(axis=0)) + reach + 1
        left, top = (int(max(0, edge)) for edge in low)
        right, bottom = (int(min(size, edge)) for size, edge in zip(shape[::-1], high, strict=True))
        return PixelWindow(top, bottom, left, right) if left < right and top < bottom else None


def map_pixels(
    target: SkyGrid, source: SkyGrid, window: PixelWindow, offset: tuple[float, float] = (0, 0)
) -> PixelMapping:
    """The mapping of a window of `target`. `offset` (x, y), in source pixels, is added to all positions."""
    for spacing in _SPACINGS:
        nodes = _nodes(target, source, window, spacing) + np.asarray(offset, np.float64)
        if spacing == 1 or _is_close(target, source, window, spacing, nodes - np.asarray(offset, np.float64)):
            break
    return PixelMapping(window, spacing, nodes)


def _nodes(target: SkyGrid, source: SkyGrid, window: PixelWindow, spacing: int) -> NDArray[np.float64]:
    rows, columns = (-(-size // spacing) + 1 for size in window.shape)
    y, x = np.mgrid[0:rows, 0:columns] * spacing
    return _positions(target, source, x + window.left, y + window.top)


def _is_close(target: SkyGrid, source: SkyGrid, window: PixelWindow, spacing: int, nodes: NDArray[np.float64]) -> bool:
    """Whether interpolation is exact enough in the middle of each cell, where it is worst."""
    middle = (nodes[:-1, :-1] + nodes[:-1, 1:] + nodes[1:, :-1] + nodes[1:, 1:]) / 4
    y, x = np.mgrid[0 : middle.shape[0], 0 : middle.shape[1]] * spacing + spacing / 2
    exact = _positions(target, source, x + window.left, y + window.top)
    far = np.abs(middle - exact)
    return bool(np.nanmax(far, initial=0.0) <= _CLOSE)


def _positions(target: SkyGrid, source: SkyGrid, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.stack(source.to_pixels(*target.to_sky(x, y)), axis=-1)
