"""Waveform of a track: extremes and energy of its samples in bins of equal length."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.sound.channel_analysis import channel_correction
from engine.sound.track import read_blocks

_RATE = 16_000
_BIN = _RATE // 200


class SampleBins:
    """Collects extremes and energy over all channels in bins of `size` samples, from (samples, channels) blocks."""

    def __init__(self, channels: int, size: int) -> None:
        self.samples = 0
        self._channels, self._size = channels, size
        self._rest = np.zeros((0, channels), np.float32)
        self._lowest: list[NDArray[np.float32]] = []
        self._highest: list[NDArray[np.float32]] = []
        self._energies: list[NDArray[np.float64]] = []

    def push(self, block: NDArray[np.float32]) -> None:
        """Adds the next samples."""
        self.samples += len(block)
        held = np.concatenate([self._rest, block])
        whole = len(held) // self._size * self._size
        self._add(held[:whole])
        self._rest = held[whole:]

    def finish(self) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float64]]:
        """The lowest and highest sample (at most and at least 0) and the sum of squares of each bin, at least one.

        Call it once, after the last `push`. Zeros fill the last bin.
        """
        if len(self._rest) or not self.samples:
            self._add(np.pad(self._rest, ((0, self._size - len(self._rest)), (0, 0))))
        return np.concatenate(self._lowest), np.concatenate(self._highest), np.concatenate(self._energies)

    def _add(self, samples: NDArray[np.float32]) -> None:
        bins = samples.reshape(-1, self._channels * self._size)
        self._lowest.append(bins.min(axis=1, initial=0))
        self._highest.append(bins.max(axis=1, initial=0))
        self._energies.append(np.square(bins, dtype=np.float64).sum(axis=1))


def peaks(path: Path, index: int | None, columns: int) -> NDArray[np.float32]:
    """(columns, 2) float32: minimum and maximum of the mono mix in equal parts of the track, each at least 5 ms.

    A short track has fewer than `columns`. Streams the track at 16 kHz; raises as `read_blocks`.
    """
    bins = SampleBins(1, _BIN)
    correction = channel_correction(path, index)
    for block in read_blocks(path, index, rate=_RATE, layout="mono", correction=correction):
        bins.push(block)
    lowest, highest, _ = bins.finish()
    parts = min(columns, len(lowest))
    firsts = np.arange(parts) * len(lowest) // parts
    return np.stack([np.minimum.reduceat(lowest, firsts), np.maximum.reduceat(highest, firsts)], axis=1)
