"""Sources of a take that a test makes, by the time of the frame."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from engine.picture import LookSource

Maker = Callable[[Fraction, Fraction], LookSource]


@dataclass(frozen=True, eq=False)
class GivenSources:
    """Makes each source by its name from the time of a frame and that until the next one."""

    makers: Mapping[str, Maker]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the makers."""
        return tuple(self.makers)

    def load(self, name: str, time: Fraction, step: Fraction) -> LookSource:
        """The source of a frame."""
        return self.makers[name](time, step)


def still(name: str, pixels: np.ndarray, confidence: float = 1.0) -> GivenSources:
    """One source that does not change."""
    return GivenSources({name: lambda time, step: LookSource(pixels.astype(np.float32), confidence)})


def left_half(width: int = 8, height: int = 4) -> np.ndarray:
    """A mask that is 1 in the left half."""
    return np.repeat((np.arange(width) < width / 2)[None, :], height, 0).astype(np.float32)
