"""The strength of isolation over time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.sound.dialog.band_gain import per_sample
from engine.sound.dialog.filters import Mono
from engine.time import format_short_time

_FRAMES = 100
"""Frames per second."""

# The strength changes over a quarter of a second.
_RAMP = 25
_MOST_LINES = 20


@dataclass(frozen=True, slots=True)
class WeakerStretch:
    """A stretch in which isolation is weaker: start and end in seconds, the factor of its strength, and the reason."""

    start: float
    end: float
    factor: float
    why: str


class StrengthCurve:
    """The share of the isolated voice in the mix: `share`, except in `stretches`, with smooth transitions."""

    def __init__(self, share: float, samples: int, stretches: Sequence[WeakerStretch] = ()) -> None:
        from scipy.ndimage import convolve1d, minimum_filter1d

        from engine.sound.dialog.analysis import FRAME

        self.share = share
        self.stretches = tuple(stretches)
        factors = np.ones(max(1, -(-samples // FRAME)))
        for one in stretches:
            first, last = max(0, round(one.start * _FRAMES)), round(one.end * _FRAMES)
            factors[first:last] = np.minimum(factors[first:last], one.factor)
        if stretches:
            # The minimum over the window, then the mean over it: within a stretch, the factor is reached.
            window = np.hanning(2 * _RAMP + 3)[1:-1]
            lowest = minimum_filter1d(factors, 2 * _RAMP + 1, mode="nearest")
            factors = convolve1d(lowest, window / window.sum(), mode="nearest")
        self._shares: NDArray[np.float64] = share * factors

    def mix(self, dry: Mono, wet: Mono, at: int, rest: Callable[[int, int], Mono] | None = None) -> Mono:
        """The mix of samples from `at` on.

        In weaker stretches, what is missing of the isolated voice comes from `rest`, which returns the samples from a
        start to a stop, or from the recording.
        """
        full = np.asarray(dry + np.float32(self.share) * (wet - dry), np.float32)
        if not self.stretches:
            return full
        missing = (self.share - per_sample(self._shares, at, len(dry))).astype(np.float32)
        if not missing.any():
            return full
        other = rest(at, at + len(dry)) if rest else dry
        return np.asarray(full + missing * (other - wet), np.float32)

    @property
    def least(self) -> float:
        """The lowest strength."""
        return round(float(self._shares.min()), 3)

    def cells(self) -> list[float]:
        """The strength every 100 ms."""
        found: list[float] = self._shares[::10].round(3).tolist()
        return found


def describe_stretches(curve: StrengthCurve) -> Iterator[str]:
    """A line for each stretch of the curve, with its time, strength and reason; of very many, the first ones."""
    for one in curve.stretches[:_MOST_LINES]:
        begin, end = (format_short_time(at, 1) for at in (max(0.0, one.start), one.end))
        strength = f"isolation at {one.factor * curve.share:.2f}" if one.factor else "no isolation"
        yield f"{begin} to {end}: {strength}, {one.why}"
    if len(curve.stretches) > _MOST_LINES:
        yield f"isolation is weaker in {len(curve.stretches) - _MOST_LINES} more stretches"
