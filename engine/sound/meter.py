"""A streaming loudness meter: momentary, short-term, integrated and range (EBU Tech 3341 and 3342)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.sound.kweighting import KWeighting
from engine.sound.truepeak import TruePeak

Spans = Sequence[tuple[Fraction, Fraction]]
"""Time spans as (start, end) in seconds."""

# Hops per second: windows start every 10 ms, so that no loud 400 ms falls between two of them.
HOPS = 100
_MOMENTARY, _SHORT_TERM, _STEP = 40, 300, 10
_OFFSET = -0.691
_ABSOLUTE_GATE = -70.0
_GATE_LU, _RANGE_GATE_LU = 10.0, 20.0
_BINS_PER_LU = 100
_BINS = 100 * _BINS_PER_LU
# The highest 16-bit sample value, which positive clipping does not exceed.
FULL_SCALE = 1 - 2**-15


@dataclass(frozen=True, slots=True)
class MeterReading:
    """The current values of a meter in LUFS and dBTP, minus infinity for silence.

    `peaks` are those of each channel's last 100 ms.
    """

    momentary: float
    short_term: float
    integrated: float
    true_peak: float
    peaks: tuple[float, ...]


class Meter:
    """Measures (samples, channels) blocks. Channel weights are 1, surrounds 1.41, LFE 0, mono 2.

    Keeps 800 bytes per second for gating. A `detailed` meter also has `peak_frames` (8 kB per second).
    """

    def __init__(self, rate: int, weights: Sequence[float], *, detailed: bool = False) -> None:
        self._rate = rate
        self._weights = np.array(weights, np.float64)
        self._filter = KWeighting(rate, len(weights))
        self._peak = TruePeak(rate, len(weights), detailed=detailed)
        self._samples = 0
        self._rest = np.zeros(0)
        self._energies: list[NDArray[np.float64]] = []
        self.clipped = 0

    def push(self, block: NDArray[np.float32]) -> None:
        """Adds the next block."""
        self.push_peaks(block)
        self.push_loudness(block)

    def push_peaks(self, block: NDArray[np.float32]) -> None:
        """The peak half of `push`; may run concurrently with `push_loudness`, each in block order."""
        if len(block):
            self.clipped += int(np.count_nonzero(np.abs(block) >= FULL_SCALE))
            self._peak.push(block)

    def push_loudness(self, block: NDArray[np.float32]) -> None:
        """The loudness half of `push`; may run concurrently with `push_peaks`, each in block order."""
        if not len(block):
            return
        power = self._weights @ np.square(self._filter.push(block))
        first, held = self._samples - len(self._rest), np.concatenate([self._rest, power])
        self._samples += len(block)
        # Hops start at whole samples: 441 at 44.1 kHz, 110 or 111 at 11.025 kHz.
        hop, last = first * HOPS // self._rate, self._samples * HOPS // self._rate
        edges = -(-np.arange(hop, last + 1) * self._rate // HOPS) - first
        if last > hop:
            sums = np.add.reduceat(held[: edges[-1]], edges[:-1])
            self._energies.append(sums / np.diff(edges))
        self._rest = held[edges[-1] :]

    def finish(self) -> None:
        """Ends the stream and flushes the peak meter."""
        self._peak.finish()

    def reading(self) -> MeterReading:
        """The current values."""
        energies = self._hops()
        tenths = self._peak.tenths()
        peaks = tuple(_decibels(float(value)) for value in tenths[-1]) if len(tenths) else ()
        return MeterReading(
            momentary=_last(energies, _MOMENTARY),
            short_term=_last(energies, _SHORT_TERM),
            integrated=self.integrated(),
            true_peak=self.true_peak,
            peaks=peaks,
        )

    @property
    def true_peak(self) -> float:
        """dBTP of the loudest channel so far."""
        return _decibels(self._peak.highest)

    def peaks(self) -> NDArray[np.float32]:
        """True peaks (tenths of a second, channels), full scale 1."""
        return self._peak.tenths()

    def peak_frames(self) -> NDArray[np.float32]:
        """The true peak of all channels in each millisecond, full scale 1; only of a detailed meter."""
        return self._peak.frames()

    def powers(self) -> NDArray[np.float64]:
        """The weighted mean power (`lufs`) of each 10 ms."""
        return self._hops()

    def momentary(self) -> NDArray[np.float64]:
        """LUFS of the 400 ms that end at each 10 ms, from the first full window on."""
        return np.asarray(lufs(_windows(self._hops(), _MOMENTARY)))

    def short_term(self) -> NDArray[np.float64]:
        """LUFS of the 3 s that end at each 10 ms, from the first full window on."""
        return np.asarray(lufs(_windows(self._hops(), _SHORT_TERM)))

    def integrated(self, speech: Spans | None = None) -> float:
        """Gated LUFS (Rec. ITU-R BS.1770-5); with `speech`, only of the windows within those spans."""
        return gated(self._blocks(speech))

    def integrated_over_time(self) -> NDArray[np.float64]:
        """The value of `integrated` after each 100 ms, from the first full window on; accurate to 0.02 LU."""
        blocks = self._blocks(None)
        levels = lufs(blocks)
        bins = np.clip((levels - _ABSOLUTE_GATE) * _BINS_PER_LU, 0, _BINS - 1).astype(np.int64)
        powers, counts = np.zeros(_BINS), np.zeros(_BINS)
        found = np.full(len(blocks), -math.inf)
        total, number = 0.0, 0
        for place, power in enumerate(blocks):
            if levels[place] > _ABSOLUTE_GATE:
                powers[bins[place]] += power
                counts[bins[place]] += 1
                total, number = total + power, number + 1
            if number:
                gate = float(lufs(total / number)) - _GATE_LU - _ABSOLUTE_GATE
                first = max(0, math.ceil(gate * _BINS_PER_LU))
                found[place] = lufs(powers[first:].sum() / counts[first:].sum())
        return found

    def range(self) -> float:
        """Loudness range in LU (EBU Tech 3342); 0 if the programme is too short or silent."""
        windows = _windows(self._hops(), _SHORT_TERM)[::_STEP]
        loud = windows[lufs(windows) > _ABSOLUTE_GATE]
        if not len(loud):
            return 0.0
        levels = lufs(loud[lufs(loud) >= lufs(loud.mean()) - _RANGE_GATE_LU])
        low, high = np.percentile(levels, (10, 95))
        return float(high - low)

    def _blocks(self, speech: Spans | None) -> NDArray[np.float64]:
        """Mean power of the 400 ms from each 100 ms on."""
        blocks = momentary_powers(self._hops())
        if speech is None:
            return blocks
        begin = np.arange(len(blocks)) / 10
        inside = np.zeros(len(blocks), np.bool_)
        for start, end in speech:
            inside |= (begin >= float(start)) & (begin + _MOMENTARY / HOPS <= float(end))
        return blocks[inside]

    def _hops(self) -> NDArray[np.float64]:
        if len(self._energies) > 1:
            self._energies = [np.concatenate(self._energies)]
        return self._energies[0] if self._energies else np.zeros(0)


def gated(blocks: NDArray[np.float64]) -> float:
    """Gated LUFS of mean powers: drops those below −70 LUFS, then those 10 LU below the mean of the rest."""
    loud = blocks[lufs(blocks) > _ABSOLUTE_GATE]
    if not len(loud):
        return -math.inf
    return float(lufs(loud[lufs(loud) > lufs(loud.mean()) - _GATE_LU].mean()))


def momentary_powers(powers: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean power of the 400 ms from each 100 ms on, from the powers of each 10 ms."""
    return _windows(powers, _MOMENTARY)[::_STEP]


def lufs(power: Any) -> Any:
    """Converts weighted mean power to LUFS."""
    with np.errstate(divide="ignore"):
        return _OFFSET + 10 * np.log10(power)


def _windows(energies: NDArray[np.float64], length: int) -> NDArray[np.float64]:
    if len(energies) < length:
        return energies[:0]
    sums = np.concatenate([[0.0], np.cumsum(energies)])
    # Differences of a running sum have rounding errors, which would make silence slightly positive.
    found = (sums[length:] - sums[:-length]) / length
    return np.where(found > sums[length:] * 1e-15, found, 0.0)


def _last(energies: NDArray[np.float64], length: int) -> float:
    return float(lufs(energies[-length:].mean())) if len(energies) >= length else -math.inf


def _decibels(amplitude: float) -> float:
    return 20 * math.log10(amplitude) if amplitude > 0 else -math.inf
