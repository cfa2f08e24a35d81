"""A band's samples after repairs, with a mask of what was repaired."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.science.plane import PixelWindow, PlaneSource, Samples
from engine.science.steps import Step


class RepairedPlane:
    """The samples of `source` after steps, in their order."""

    def __init__(self, source: PlaneSource, steps: Sequence[Step]) -> None:
        self.shape = source.shape
        self._source, self._steps = source, tuple(steps)
        self._reach = sum(step.reach for step in steps)

    def read(self, window: PixelWindow | None = None) -> Samples:
        """The samples of a window, all of them by default."""
        return self.read_marked(window)[0]

    def read_marked(self, window: PixelWindow | None = None) -> tuple[Samples, NDArray[np.bool_]]:
        """The samples of a window, and which of them have another value than the source."""
        rows, columns = self.shape
        window = window or PixelWindow(0, rows, 0, columns)
        wide = PixelWindow(
            max(0, window.top - self._reach),
            min(rows, window.bottom + self._reach),
            max(0, window.left - self._reach),
            min(columns, window.right + self._reach),
        )
        before = made = self._source.read(wide)
        for step in self._steps:
            made = step.apply(made, wide)
        top, left = window.top - wide.top, window.left - wide.left
        inside = np.s_[top : top + window.shape[0], left : left + window.shape[1]]
        repaired = np.isfinite(made[inside]) & (made[inside] != before[inside])
        return made[inside], repaired
