"""Planes of samples, read window by window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
"""Samples of a plane, (rows, columns); NaN where the file has no value."""


_STRIP = 1024


@dataclass(frozen=True, slots=True)
class PixelWindow:
    """Rows `top` to `bottom` and columns `left` to `right` of a plane; the ends are not included."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return self.bottom - self.top, self.right - self.left


class PlaneSource(Protocol):
    """The source of the samples of a plane."""

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""

    def read(self, window: PixelWindow | None = None) -> Samples:
        """The samples of a window, all of them by default. Raises EngineError if the file cannot be read."""


@dataclass(frozen=True, slots=True, eq=False)
class ArrayPlane:
    """A plane in memory."""

    samples: Samples

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        rows, columns = self.samples.shape
        return rows, columns

    def read(self, window: PixelWindow | None = None) -> Samples:
        """The samples of a window, all of them by default."""
        if window is None:
            return self.samples
        return self.samples[window.top : window.bottom, window.left : window.right]


@dataclass(frozen=True, slots=True, eq=False)
class LoadedPlane:
    """A plane that `load` reads from a file, window by window."""

    shape: tuple[int, int]
    load: Callable[[PixelWindow], Samples]

    def read(self, window: PixelWindow | None = None) -> Samples:
        """The samples of a window, all of them by default. Raises EngineError if the file cannot be read."""
        rows, columns = self.shape
        return self.load(window or PixelWindow(0, rows, 0, columns))


def covered_share(coverage: PlaneSource) -> float:
    """The share of pixels with a coverage above 0."""
    rows, columns = coverage.shape
    tops = range(0, rows, _STRIP)
    found = sum(int((coverage.read(PixelWindow(top, min(rows, top + _STRIP), 0, columns)) > 0).sum()) for top in tops)
    return found / (rows * columns)
