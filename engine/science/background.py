"""The sky behind the target: a level or a gradient that is subtracted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.science.plane import PixelWindow, PlaneSource, Samples

BackgroundKind = Literal["none", "level", "gradient"]

# The sky is measured in about this many blocks along the longer side.
_BLOCKS = 48
_ROUNDS = 6


@dataclass(frozen=True, slots=True)
class BackgroundStep:
    """Subtracts level + across × x + down × y, where x and y go from −1 to 1 over the picture."""

    level: float
    across: float
    down: float
    shape: tuple[int, int]

    @property
    def reach(self) -> int:
        """No other pixels."""
        return 0

    def apply(self, samples: Samples, window: PixelWindow) -> Samples:
        """The samples above the sky."""
        rows, columns = self.shape
        y = np.linspace(-1, 1, rows)[window.top : window.bottom, None] if rows > 1 else np.zeros((1, 1))
        x = np.linspace(-1, 1, columns)[None, window.left : window.right] if columns > 1 else np.zeros((1, 1))
        made: Samples = (samples - (self.level + self.across * x + self.down * y)).astype(np.float32)
        return made


def measure_background(plane: PlaneSource, kind: BackgroundKind) -> BackgroundStep:
    """The sky of a plane: the plane through the darker half of the blocks' medians, or their level; 0 for "none".

    Blocks with bright content are left out, so that a nebula which fills most of the picture still loses some light:
    use "none" there.
    """
    shape = plane.shape
    if kind == "none":
        return BackgroundStep(0.0, 0.0, 0.0, shape)
    places, medians = _blocks(plane)
    if not len(medians):
        return BackgroundStep(0.0, 0.0, 0.0, shape)
    terms = np.ones((len(medians), 1)) if kind == "level" else np.column_stack([np.ones(len(medians)), places])
    used = medians <= np.percentile(medians, 60)
    weights = np.zeros(terms.shape[1])
    for _ in range(_ROUNDS):
        weights = np.linalg.lstsq(terms[used], medians[used], rcond=None)[0]
        apart = medians - terms @ weights
        scatter = 1.4826 * float(np.median(np.abs(apart[used] - np.median(apart[used])))) or 1e-30
        again = apart < 1.5 * scatter
        if again.sum() < max(8, terms.shape[1] + 1) or (again == used).all():
            break
        used = again
    level, across, down = (float(value) for value in (*weights, 0.0, 0.0)[:3])
    return BackgroundStep(level, across, down, shape)


def _blocks(plane: PlaneSource) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The places (x, y from −1 to 1) and the medians of blocks that are at least half covered."""
    rows, columns = plane.shape
    side = max(1, -(-max(rows, columns) // _BLOCKS))
    places, medians = [], []
    for top in range(0, rows, side):
        strip = plane.read(PixelWindow(top, min(rows, top + side), 0, columns))
        for left in range(0, columns, side):
            block = strip[:, left : left + side]
            found = block[np.isfinite(block)]
            if 2 * len(found) < block.size:
                continue
            x, y = left + block.shape[1] / 2 - 0.5, top + block.shape[0] / 2 - 0.5
            places.append((2 * x / max(columns - 1, 1) - 1, 2 * y / max(rows - 1, 1) - 1))
            medians.append(float(np.median(found)))
    return np.array(places, float).reshape(-1, 2), np.array(medians, float)
