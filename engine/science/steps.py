"""Non-destructive steps on a plane: each computes its result when a window of it is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from engine.science.plane import PixelWindow, PlaneSource, Samples


class Step(Protocol):
    """A change of samples that needs `reach` pixels around each pixel."""

    @property
    def reach(self) -> int:
        """Pixels around a pixel on which its result depends."""

    def apply(self, samples: Samples, window: PixelWindow) -> Samples:
        """The samples of a window, with the same shape; NaN means no data."""


@dataclass(frozen=True, slots=True, eq=False)
class SteppedPlane:
    """A plane after a step."""

    source: PlaneSource
    step: Step

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return self.source.shape

    def read(self, window: PixelWindow | None = None) -> Samples:
        """The samples of a window, all of them by default."""
        rows, columns = self.shape
        window = window or PixelWindow(0, rows, 0, columns)
        reach = self.step.reach
        wide = PixelWindow(
            max(0, window.top - reach),
            min(rows, window.bottom + reach),
            max(0, window.left - reach),
            min(columns, window.right + reach),
        )
        made = self.step.apply(self.source.read(wide), wide)
        top, left = window.top - wide.top, window.left - wide.left
        return made[top : top + window.shape[0], left : left + window.shape[1]]
