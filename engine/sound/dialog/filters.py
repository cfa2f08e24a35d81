"""Linear-phase filters over a stream of blocks, with their delay compensated."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

RATE = 48_000
"""Sample rate of dialog processing, in Hz."""

Mono = NDArray[np.float32]
"""(samples,) float32, full scale ±1."""


class LinearPhase:
    """A symmetric FIR filter. The total output is as long as the input.

    The signal is extended by its first sample before it starts and by its last sample after it ends: a step to silence
    would pass a high-pass filter as a click.
    """

    def __init__(self, taps: NDArray[Any]) -> None:
        assert len(taps) % 2
        self._taps = np.asarray(taps, np.float64)
        self._tail = np.zeros(len(taps) - 1)
        self._skip = len(taps) // 2
        self._last: np.float32 | None = None

    def process(self, block: Mono) -> Mono:
        """Filters the next samples; the output lags behind the input."""
        from scipy.signal import oaconvolve

        if not len(block):
            return block
        if self._last is None:
            before = np.full(len(self._taps) - 1, block[0], np.float32)
            self._skip += len(before)
            block = np.concatenate([before, block])
        self._last = block[-1]
        made = oaconvolve(block.astype(np.float64), self._taps)
        made[: len(self._tail)] += self._tail
        self._tail = made[len(block) :].copy()
        made = made[: len(block)]
        skipped = min(self._skip, len(made))
        self._skip -= skipped
        return np.asarray(made[skipped:], np.float32)

    def finish(self) -> Mono:
        """The remaining samples."""
        if self._last is None:
            return np.zeros(0, np.float32)
        return self.process(np.full(len(self._taps) // 2, self._last, np.float32))


class Split:
    """Splits a signal into the band below a frequency and the rest; their sum is the signal."""

    def __init__(self, hertz: float, taps: int) -> None:
        from scipy.signal import firwin

        self._below = LinearPhase(firwin(taps, hertz, fs=RATE))
        self._waiting = np.zeros(0, np.float32)

    def process(self, block: Mono) -> tuple[Mono, Mono]:
        """The next samples of both parts, of equal length."""
        return self._apart(self._below.process(block), block)

    def finish(self) -> tuple[Mono, Mono]:
        """The remaining samples of both parts."""
        return self._apart(self._below.finish(), np.zeros(0, np.float32))

    def _apart(self, low: Mono, block: Mono) -> tuple[Mono, Mono]:
        whole = np.concatenate([self._waiting, block])
        self._waiting = whole[len(low) :]
        return low, whole[: len(low)] - low


def decibels(power: Any) -> Any:
    """Converts power to decibels, at least −200."""
    return 10 * np.log10(np.maximum(power, 1e-20))
