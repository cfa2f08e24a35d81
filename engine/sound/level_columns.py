"""Measures the levels of a take's sound over time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.sound.loudness import loudness_of, metered
from engine.sound.take_levels import TakeLevels
from engine.sound.track import channel_layout_of, read_blocks

_MAX_COLUMNS = 4096
_RATE = 48_000
# In samples: a column has one or more bins of 1/20 s; loudness is measured every 10 ms, so also at the end of a bin.
_BIN = _RATE // 20
_HOP = _RATE // 100
_MOMENTARY_HOPS, _SHORT_TERM_HOPS = 40, 300


def measure_levels(path: Path, *, progress: Callable[[float], None], cancelled: Callable[[], bool]) -> TakeLevels:
    """The levels of a file's first sound track that decodes. `progress` is called with the seconds measured.

    Raises RequestError if no sound track decodes, Cancelled if `cancelled` returns True.
    """
    weights = channel_layout_of(path).weights
    collected = _Bins(len(weights))

    def blocks() -> Iterator[NDArray[np.float32]]:
        for block in read_blocks(path, rate=_RATE, layout="source", cancelled=cancelled):
            collected.push(block)
            progress(collected.samples / _RATE)
            yield block

    meter = metered(blocks(), _RATE, weights)
    bins, highest, rms = collected.columns()
    columns = len(highest)
    return TakeLevels(
        step=Fraction(bins * _BIN, _RATE),
        peaks=_of_255(highest),
        rms=_of_255(rms),
        momentary=_at_ends(meter.momentary(), _MOMENTARY_HOPS, bins * _BIN // _HOP, columns),
        short_term=_at_ends(meter.short_term(), _SHORT_TERM_HOPS, bins * _BIN // _HOP, columns),
        loudness=loudness_of(meter),
    )


class _Bins:
    """The peak and the energy of each bin of 1/20 s, from (samples, channels) blocks."""

    def __init__(self, channels: int) -> None:
        self.samples = 0
        self._channels = channels
        self._rest = np.zeros((0, channels), np.float32)
        self._highest: list[NDArray[np.float32]] = []
        self._energies: list[NDArray[np.float64]] = []

    def push(self, block: NDArray[np.float32]) -> None:
        """Adds the next samples."""
        self.samples += len(block)
        held = np.concatenate([self._rest, block])
        whole = len(held) // _BIN * _BIN
        self._note(held[:whole].reshape(-1, self._channels * _BIN))
        self._rest = held[whole:]

    def columns(self) -> tuple[int, NDArray[np.float32], NDArray[np.float64]]:
        """The number of bins in a column, and each column's peak and RMS. Call it once, after the last `push`."""
        if len(self._rest) or not self.samples:
            rest = np.zeros((1, self._channels * _BIN), np.float32)
            rest[0, : self._rest.size] = self._rest.reshape(-1)
            self._note(rest)
        highest, energies = np.concatenate(self._highest), np.concatenate(self._energies)
        bins = -(-len(highest) // _MAX_COLUMNS)
        firsts = np.arange(0, len(highest), bins)
        lengths = np.diff(firsts * _BIN, append=max(self.samples, 1))
        rms = np.sqrt(np.add.reduceat(energies, firsts) / (self._channels * lengths))
        return bins, np.maximum.reduceat(highest, firsts), rms

    def _note(self, bins: NDArray[np.float32]) -> None:
        self._highest.append(np.abs(bins).max(axis=1, initial=0))
        self._energies.append(np.square(bins, dtype=np.float64).sum(axis=1))


def _of_255(values: NDArray[Any]) -> tuple[int, ...]:
    return tuple(np.rint(np.clip(values, 0, 1) * 255).astype(int).tolist())


def _at_ends(windows: NDArray[np.float64], length: int, hops: int, columns: int) -> tuple[float, ...]:
    """The value at the end of each column of `hops` hops, from windows of `length` hops, one ending at each hop.

    It is minus infinity before the first full window.
    """
    ends = np.minimum(np.arange(1, columns + 1) * hops - length, len(windows) - 1)
    found = np.where(ends >= 0, np.append(windows, 0)[np.maximum(ends, 0)], -np.inf)
    return tuple(np.round(found, 1).tolist())
