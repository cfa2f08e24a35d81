"""Applies a gain over time to the band below or above a frequency."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.sound.dialog.analysis import FRAME
from engine.sound.dialog.filters import RATE, Mono, Split


class BandGainStage:
    """Applies a gain in dB per 10 ms frame to one band; `taps` is the length of the filter that separates the bands."""

    def __init__(self, hertz: float, taps: int, band: Literal["low", "high"], gains_db: NDArray[np.float64]) -> None:
        self._split = Split(hertz, taps)
        self._band, self._gains = band, gains_db
        self._at = 0

    def process(self, block: Mono) -> Mono:
        """Processes the next samples."""
        return self._with_gain(*self._split.process(block))

    def finish(self) -> Mono:
        """The remaining samples."""
        return self._with_gain(*self._split.finish())

    def _with_gain(self, low: Mono, high: Mono) -> Mono:
        factors = 10 ** (per_sample(self._gains, self._at, len(low)) / 20)
        self._at += len(low)
        return np.asarray(low * factors + high if self._band == "low" else low + high * factors, np.float32)


def per_sample(frames: NDArray[np.float64], start: int, count: int) -> NDArray[np.float64]:
    """Values of 10 ms frames at `count` samples from `start`, interpolated linearly between frame centres."""
    positions = (np.arange(start, start + count) - FRAME / 2) / FRAME
    first = max(0, start // FRAME - 1)
    last = min(len(frames), (start + count) // FRAME + 2)
    return np.interp(positions, np.arange(first, last), frames[first:last])


assert RATE == 100 * FRAME
