"""Detects flat-topped samples at a sound's own ceiling, whatever the ceiling is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.sound.track import Block, read_blocks

# Levels are counted in logarithmic bins of 0.25 %, from −100 dB to +24 dB of full scale.
_RATIO = 1.0025
_LOWEST = 1e-5
_BINS = 5800
# Bins of a ceiling: exact; after a change of the sample rate; after lossy coding.
_WIDTHS = (2, 6, 14)
# A ceiling has this many times the samples of the levels below it, and at most this share of them above it.
_PILE = 3.0
_ABOVE = 0.1
_LEAST_SAMPLES = 16
_LEAST_RUNS = 3
# A smooth peak rises as its slope and width predict; a clipped one by less than this share of it.
_FLAT = 0.5
_LONGEST_RUN = 4096
# A gain moves samples across the edges of the bins: counts of one sound differ by less than this.
_COUNTS_MATCH = 1.25
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The level at which samples of one polarity are clipped: all from `level` on, a magnitude."""

    level: float
    samples: int


@dataclass(frozen=True, slots=True)
class Clipping:
    """The ceilings of each channel, for positive and negative samples; None where nothing is clipped."""

    channels: tuple[tuple[Ceiling | None, Ceiling | None], ...]
    samples: int

    @property
    def clipped(self) -> int:
        """The clipped samples of the channel with the most."""
        return max((sum(one.samples for one in sides if one) for sides in self.channels), default=0)

    @property
    def share(self) -> float:
        """The share of samples that are clipped, 0 to 1, in the channel with the most."""
        return self.clipped / max(self.samples, 1)

    def lowest_dbfs(self) -> float:
        """The lowest ceiling in dBFS."""
        levels = [one.level for sides in self.channels for one in sides if one]
        return float(20 * np.log10(min(levels))) if levels else 0.0


def find_clipping(read: Callable[[], Iterable[Block]]) -> Clipping | None:
    """The ceilings of a sound, None if nothing is clipped. `read` returns blocks of (samples, channels), twice at most.

    Clipped samples pile up at one level, and their peaks are flatter than the slopes beside them predict. Both must
    hold: a sine wave piles up as well, and a loud vowel has flat moments. The result does not depend on the gain or on
    the sizes of the blocks.
    """
    histogram = _Histogram()
    for block in read():
        histogram.add(block)
    levels = [tuple(_pile(counts) for counts in sides) for sides in histogram.counts]
    if not any(level for sides in levels for level in sides):
        return None
    checks = [[_FlatTops(level) if level else None for level in sides] for sides in levels]
    for chunk in chunks(read(), _CHUNK):
        for channel, sides in enumerate(checks):
            for sign, check in zip((1, -1), sides, strict=True):
                if check:
                    check.add(sign * chunk[:, channel].astype(np.float64))
    found = tuple((_ceiling(positive), _ceiling(negative)) for positive, negative in checks)
    clipping = Clipping(found, histogram.samples)
    return clipping if clipping.clipped else None


def chunks(blocks: Iterable[Block], size: int) -> Iterator[Block]:
    """The same samples in blocks of `size`; the last one may be shorter."""
    waiting: list[Block] = []
    count = 0
    for block in blocks:
        waiting.append(block)
        count += len(block)
        if count >= size:
            whole = np.concatenate(waiting)
            for start in range(0, count - size + 1, size):
                yield whole[start : start + size]
            waiting = [whole[count - count % size :]]
            count %= size
    if count:
        yield np.concatenate(waiting)


class _Histogram:
    """Counts the magnitudes of each channel and polarity."""

    def __init__(self) -> None:
        self.counts: list[list[NDArray[np.int64]]] = []
        self.samples = 0

    def add(self, block: Block) -> None:
        if not self.counts:
            self.counts = [[np.zeros(_BINS, np.int64) for _ in (1, -1)] for _ in range(block.shape[1])]
        self.samples += len(block)
        for channel, sides in enumerate(self.counts):
            samples = block[:, channel]
            for sign, counts in zip((1, -1), sides, strict=True):
                heights = sign * samples[sign * samples > _LOWEST]
                bins = (np.log(heights / np.float32(_LOWEST)) / np.log(_RATIO)).astype(np.int64)
                counts += np.bincount(np.minimum(bins, _BINS - 1), minlength=_BINS)


def _pile(counts: NDArray[np.int64]) -> float:
    """The level from which on samples pile up at a ceiling; 0 if they do not."""
    total = np.concatenate([[0], np.cumsum(counts)])
    for width in _WIDTHS:
        first = np.arange(4 * width, _BINS - width)
        pile = total[first + width] - total[first]
        below = (total[first] - total[first - 4 * width]) / 4
        above = total[-1] - total[first + width]
        fits = (pile >= _LEAST_SAMPLES) & (pile >= _PILE * below) & (above <= _ABOVE * pile)
        if fits.any():
            best = int(first[fits][np.argmax(pile[fits])])
            # The lowest bin with samples, so that an exact ceiling takes in nothing below it.
            best += int(np.argmax(counts[best : best + width] > 0))
            return float(_LOWEST * _RATIO**best)
    return 0.0


class _FlatTops:
    """Counts the runs of samples from a level on, and those that are flatter than a smooth peak."""

    def __init__(self, level: float) -> None:
        self.level = level
        self.samples = self.runs = self.flat = 0
        self._tail = np.zeros(0)

    def add(self, samples: NDArray[np.float64]) -> None:
        """Adds samples of which those of this polarity are positive. Runs across two chunks are complete in one."""
        fresh = samples
        samples = np.concatenate([self._tail, samples])
        high = samples >= self.level
        self.samples += int(np.count_nonzero(fresh >= self.level))
        edges = np.flatnonzero(np.diff(np.concatenate([[False], high, [False]]).astype(np.int8)))
        starts, stops = edges[::2], edges[1::2]
        inside = (starts >= 2) & (stops <= len(samples) - 2) & (stops > len(self._tail) - 2)
        self._tail = samples[max(0, len(samples) - _LONGEST_RUN) :]
        starts, stops = starts[inside], stops[inside]
        width = stops - starts
        starts, stops, width = (one[width >= 3] for one in (starts, stops, width))
        if not len(starts):
            return
        slope = (samples[starts - 1] - samples[starts - 2] + samples[stops] - samples[stops + 1]) / 2
        curvature = slope / ((width - 1) / 2 + 1.5)
        beside = (samples[starts - 1] + samples[stops]) / 2
        padded = np.append(samples, 0.0)
        limits = np.stack([starts, stops], axis=1).ravel()
        most = np.maximum.reduceat(padded, limits)[::2]
        least = np.minimum.reduceat(padded, limits)[::2]
        within = curvature * ((width - 1) / 2) ** 2 / 2
        rise = curvature * ((width + 1) / 2) ** 2 / 2
        flat = (most - beside < _FLAT * rise) | (most - least < _FLAT * within)
        self.runs += len(starts)
        self.flat += int(np.count_nonzero(flat))


def _ceiling(check: _FlatTops | None) -> Ceiling | None:
    if check is None or check.flat < max(_LEAST_RUNS, check.runs / 2):
        return None
    return Ceiling(check.level, check.samples)


def newly_clipped(out: Path, recording: Path, index: int | None) -> int:
    """The samples at 48 kHz that are clipped in a finished file and not in its recording.

    Both are measured at their own ceiling, so that neither a gain nor a limiter counts.
    """

    def count(path: Path, track: int | None) -> int:
        found = find_clipping(lambda: read_blocks(path, track, layout="source"))
        return found.clipped if found else 0

    after = count(out, None)
    before = count(recording, index) if after else 0
    return after - before if after > _COUNTS_MATCH * before else 0
