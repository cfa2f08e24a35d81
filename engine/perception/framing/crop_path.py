"""The crop of each tick of a take."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from engine.picture import CropWindow

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class CropPath:
    """The middle of the crop at each tick of a take, as shares of the picture's width and height, and its zoom.

    `rate` is in ticks per second. At the ticks in `cuts`, the crop jumps.
    """

    rate: Fraction
    x: Floats
    y: Floats
    zoom: Floats
    cuts: frozenset[int] = frozenset()

    def at(self, seconds: Fraction) -> CropWindow:
        """The crop at a time on the take's clock; between ticks it moves evenly, unless it jumps there."""
        last = len(self.x) - 1
        place = min(max(seconds * self.rate, Fraction(0)), Fraction(last))
        tick = int(place)
        share = float(place - tick)
        if not share or tick == last or tick + 1 in self.cuts:
            share = 0.0
        after = min(tick + 1, last)
        x, y, zoom = (
            float(values[tick] + (values[after] - values[tick]) * share) for values in (self.x, self.y, self.zoom)
        )
        return CropWindow(x, y, zoom)

    @property
    def digest(self) -> str:
        """The SHA-256 of the path, rounded to a hundred-thousandth of the picture."""
        rounded = np.rint(np.stack([self.x, self.y, self.zoom]) * 1e5).astype("<i4")
        return hashlib.sha256(rounded.tobytes() + repr(sorted(self.cuts)).encode()).hexdigest()

    @property
    def is_still(self) -> bool:
        """Whether the crop never moves."""
        return all(float(np.ptp(values)) < 1e-6 for values in (self.x, self.y, self.zoom))
