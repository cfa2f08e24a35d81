"""Filters that delay every frequency alike, over a stream of blocks, their delay taken off again."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

RATE = 48_000
"""Samples a second at which dialog is worked on."""

Mono = NDArray[np.float32]
"""(samples,) float32, full scale ±1."""


class LinearPhase:
    """A symmetric FIR. What comes out lags behind what goes in, and in the end is as long."""

    def __init__(self, taps: NDArray[Any]) -> None:
        assert len(taps) % 2
        self._taps = np.asarray(taps, np.float64)
        self._tail = np.zeros(len(taps) - 1)
        self._skip = len(taps) // 2

    def process(self, block: Mono) -> Mono:
        """The next of the filtered samples."""
        from scipy.signal import oaconvolve

        if not len(block):
            return block
        made = oaconvolve(block.astype(np.float64), self._taps)
        made[: len(self._tail)] += self._tail
        self._tail = made[len(block) :].copy()
        made = made[: len(block)]
        skipped = min(self._skip, len(made))
        self._skip -= skipped
        return np.asarray(made[skipped:], np.float32)

    def finish(self) -> Mono:
        """What is still to come."""
        return self.process(np.zeros(len(self._taps) // 2, np.float32))


class Split:
    """A signal as what lies below a frequency, and the rest: together they are the signal again."""

    def __init__(self, hertz: float, taps: int) -> None:
        from scipy.signal import firwin

        self._below = LinearPhase(firwin(taps, hertz, fs=RATE))
        self._waiting = np.zeros(0, np.float32)

    def process(self, block: Mono) -> tuple[Mono, Mono]:
        """The next samples of both parts, of one length."""
        return self._apart(self._below.process(block), block)

    def finish(self) -> tuple[Mono, Mono]:
        """What is still to come of both."""
        return self._apart(self._below.finish(), np.zeros(0, np.float32))

    def _apart(self, low: Mono, block: Mono) -> tuple[Mono, Mono]:
        whole = np.concatenate([self._waiting, block])
        self._waiting = whole[len(low) :]
        return low, whole[: len(low)] - low


def high_pass(hertz: float) -> LinearPhase:
    """−6 dB at `hertz`, its slope half an octave wide."""
    from scipy.signal import firwin

    return LinearPhase(firwin(8191, hertz, pass_zero=False, fs=RATE))


def decibels(power: Any) -> Any:
    """Power as decibels, −200 at least."""
    return 10 * np.log10(np.maximum(power, 1e-20))
