"""True peak: the peak of the signal between its samples, by oversampling (Rec. ITU-R BS.1770-5, annex 2)."""

from __future__ import annotations

import numpy as np
import soxr
from numpy.typing import NDArray

_RATE = 192_000
FRAMES = 1000
"""Frames per second of a detailed measurement."""


class TruePeak:
    """The largest absolute value of a signal at 192 kHz, per channel and tenth of a second.

    A `detailed` measurement also keeps the largest of all channels in each millisecond: 8 kB per second.
    """

    def __init__(self, rate: int, channels: int, *, detailed: bool = False) -> None:
        self._channels = channels
        self._finer = (
            soxr.ResampleStream(rate, _RATE, channels, dtype="float32", quality="HQ") if rate < _RATE else None
        )
        self._coarse, self._fine = _Tenths(rate, channels), _Tenths(_RATE, channels)
        self._frames = (_Frames(rate), _Frames(_RATE)) if detailed else None

    def push(self, block: NDArray[np.float32]) -> None:
        """Adds the next (samples, channels) block."""
        self._coarse.add(block)
        if self._frames:
            self._frames[0].add(block)
        if self._finer:
            self._add_fine(self._finer.resample_chunk(np.ascontiguousarray(block, np.float32)))

    def finish(self) -> None:
        """Ends the stream and flushes the resampler."""
        if self._finer:
            self._add_fine(self._finer.resample_chunk(np.zeros((0, self._channels), np.float32), last=True))

    def tenths(self) -> NDArray[np.float32]:
        """The peaks as (tenths of a second, channels), full scale 1."""
        coarse, fine = self._coarse.peaks(), self._fine.peaks()
        count = max(len(coarse), len(fine))
        both = [np.pad(part, ((0, count - len(part)), (0, 0))) for part in (coarse, fine)]
        return np.maximum(*both)

    def frames(self) -> NDArray[np.float32]:
        """The peak of all channels in each millisecond, full scale 1; raises ValueError if it was not detailed."""
        if self._frames is None:
            raise ValueError("the peaks were not measured in detail")
        coarse, fine = (part.peaks() for part in self._frames)
        count = max(len(coarse), len(fine))
        return np.maximum(*(np.pad(part, (0, count - len(part))) for part in (coarse, fine)))

    @property
    def highest(self) -> float:
        """The highest peak of all channels so far, full scale 1."""
        return max(self._coarse.highest, self._fine.highest)

    def _add_fine(self, samples: NDArray[np.float32]) -> None:
        self._fine.add(samples)
        if self._frames:
            self._frames[1].add(samples)


class _Frames:
    """The peak of all channels in each millisecond."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._position = 0
        self._parts: list[NDArray[np.float32]] = []
        self._count = 0

    def add(self, samples: NDArray[np.float32]) -> None:
        if not len(samples):
            return
        size = np.abs(samples).max(axis=1)
        first = self._position * FRAMES // self._rate
        begin, self._position = self._position, self._position + len(samples)
        last = (self._position - 1) * FRAMES // self._rate
        edges = -(-np.arange(first + 1, last + 1) * self._rate // FRAMES) - begin
        peaks = np.maximum.reduceat(size, np.concatenate([[0], edges]))
        if first < self._count:
            self._parts[-1][-1] = max(self._parts[-1][-1], peaks[0])
            peaks = peaks[1:]
        if len(peaks):
            self._parts.append(peaks.astype(np.float32))
            self._count += len(peaks)

    def peaks(self) -> NDArray[np.float32]:
        return np.concatenate(self._parts) if self._parts else np.zeros(0, np.float32)


class _Tenths:
    def __init__(self, rate: int, channels: int) -> None:
        self._rate, self._channels = rate, channels
        self._position = 0
        self._found: list[NDArray[np.float32]] = []
        self.highest = 0.0

    def add(self, samples: NDArray[np.float32]) -> None:
        if not len(samples):
            return
        size = np.abs(samples)
        self.highest = max(self.highest, float(size.max()))
        first = self._position * 10 // self._rate
        self._position += len(samples)
        last = (self._position - 1) * 10 // self._rate
        edges = -(-np.arange(first + 1, last + 1) * self._rate // 10) - (self._position - len(samples))
        peaks = np.maximum.reduceat(size, np.concatenate([[0], edges]), axis=0)
        if first < len(self._found):
            self._found[first] = np.maximum(self._found[first], peaks[0])
            peaks = peaks[1:]
        self._found.extend(peaks)

    def peaks(self) -> NDArray[np.float32]:
        return np.array(self._found, np.float32).reshape(-1, self._channels)
