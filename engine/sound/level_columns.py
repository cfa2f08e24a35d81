"""Measures the levels of a take's sound over time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.sound.channel_analysis import channel_correction
from engine.sound.loudness import loudness_of, metered
from engine.sound.take_levels import TakeLevels
from engine.sound.track import channel_layout_of, read_blocks
from engine.sound.waveform import SampleBins

_MAX_COLUMNS = 4096
_RATE = 48_000
# In samples: a column has one or more bins of 1/20 s; loudness is measured every 10 ms, so also at the end of a bin.
_BIN = _RATE // 20
_HOP = _RATE // 100
_MOMENTARY_HOPS, _SHORT_TERM_HOPS = 40, 300


def measure_levels(
    path: Path, *, progress: Callable[[float], None] | None = None, cancelled: Callable[[], bool]
) -> TakeLevels:
    """The levels of a file's first sound track that decodes. `progress` is called with the seconds measured.

    Raises RequestError if no sound track decodes, Cancelled if `cancelled` returns True.
    """
    weights = channel_layout_of(path).weights
    collected = SampleBins(len(weights), _BIN)

    def blocks() -> Iterator[NDArray[np.float32]]:
        for block in read_blocks(path, rate=_RATE, layout="source", cancelled=cancelled):
            collected.push(block)
            if progress:
                progress(collected.samples / _RATE)
            yield block

    meter = metered(blocks(), _RATE, weights)
    lowest, highest, energies = collected.finish()
    bins = -(-len(highest) // _MAX_COLUMNS)
    firsts = np.arange(0, len(highest), bins)
    lengths = np.diff(firsts * _BIN, append=max(collected.samples, 1))
    columns = len(firsts)
    voices = channel_correction(path, cancelled=cancelled).voices if len(weights) == 2 else None
    return TakeLevels(
        step=Fraction(bins * _BIN, _RATE),
        peaks=_of_255(np.maximum.reduceat(np.maximum(-lowest, highest), firsts)),
        rms=_of_255(np.sqrt(np.add.reduceat(energies, firsts) / (len(weights) * lengths))),
        momentary=_at_ends(meter.momentary(), _MOMENTARY_HOPS, bins * _BIN // _HOP, columns),
        short_term=_at_ends(meter.short_term(), _SHORT_TERM_HOPS, bins * _BIN // _HOP, columns),
        loudness=loudness_of(meter),
        voices=voices.titles if voices else (),
    )


def _of_255(values: NDArray[Any]) -> tuple[int, ...]:
    return tuple(np.rint(np.clip(values, 0, 1) * 255).astype(int).tolist())


def _at_ends(windows: NDArray[np.float64], length: int, hops: int, columns: int) -> tuple[float, ...]:
    """The value at the end of each column of `hops` hops, from windows of `length` hops, one ending at each hop.

    It is minus infinity before the first full window.
    """
    ends = np.minimum(np.arange(1, columns + 1) * hops - length, len(windows) - 1)
    found = np.where(ends >= 0, np.append(windows, 0)[np.maximum(ends, 0)], -np.inf)
    return tuple(np.round(found, 1).tolist())
