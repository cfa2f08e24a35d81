"""How two recordings of the same sound lie in time: how much later the one is, and how much slower its clock runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.catalog import Exact, Row
from engine.errors import EngineError
from engine.sound.track import read_blocks

# Contours of loudness say roughly where to look: points a second, and how many of them are looked for at a time. Two
# clocks that are 500 ppm apart lose three of them in a minute.
_CONTOUR = 100
_STRETCH = 60 * _CONTOUR
_STRETCHES = 40
_ROUGHLY = 0.06
# How far around, in points: syllables are known by their slow rise and fall, an even noise by its grain alone.
_CHANGES = (_CONTOUR, 5)
# Loudness further below the loudest than this tells nothing.
_DEPTH_DB = 60.0
# Waveforms then say where exactly: samples a second, how many windows of how many seconds, and how far off the rough
# place is at most.
_RATE = 16_000
_WINDOWS = 120
_LONGEST, _SHORTEST = 4.0, 0.5
_REACH = 0.25
_EXACTLY = 0.002
# Below there is hum, above what codecs leave out.
_BAND_HZ = (100.0, 7000.0)
# A peak of a correlation stands out where it is so many times as high as the rest is on average.
_STANDS_OUT = 8.0
# Fewer windows than this that agree, or a smaller part of all, are chance.
_FEWEST, _SHARE = 3, 0.2
# No recorder's clock is further off.
_MOST_PPM = 1000.0

Floats = NDArray[np.float64]


class Drift(Row):
    """Where the other recording's sound lies, by the first one's clock.

    What is heard at `t` seconds in the first is heard at `t + offset + t × ppm / 1e6` in the other: with a positive
    `offset` the other comes late, with a positive `ppm` its clock counts more seconds for the same time. `windows` of
    the `tried` agree on that, and lie `spread_ms` around it (RMS); they reach from `start` to `end` of the first.
    """

    offset: Exact
    ppm: float
    spread_ms: float
    windows: int
    tried: int
    start: Exact
    end: Exact


@dataclass(frozen=True, slots=True)
class _Line:
    """Lags over time, in seconds."""

    offset: float = 0.0
    slope: float = 0.0

    def at(self, time: Floats | float) -> Floats:
        return np.asarray(self.offset + self.slope * np.asarray(time), np.float64)


@dataclass(frozen=True, slots=True)
class _Recording:
    path: Path
    index: int | None
    cancelled: Callable[[], bool] | None

    def contour(self) -> Floats:
        """How loud each hundredth of a second is, in decibels."""
        step = _RATE // _CONTOUR
        powers, rest = [], np.zeros(0, np.float32)
        for block in read_blocks(self.path, self.index, rate=_RATE, layout="mono", cancelled=self.cancelled):
            samples = np.concatenate([rest, block[:, 0]])
            whole = len(samples) // step * step
            powers.append(np.square(samples[:whole]).reshape(-1, step).mean(axis=1))
            rest = samples[whole:]
        level = 10 * np.log10(np.concatenate([np.zeros(0), *powers]) + 1e-12)
        return np.asarray(np.maximum(level, level.max(initial=-120.0) - _DEPTH_DB), np.float64)

    def samples(self, start: float, count: int) -> Floats:
        """Mono from a time on, silence where there is nothing."""
        found = np.zeros(count)
        first = round(start * _RATE)
        at = max(0, -first)
        if first + count <= 0:
            return found
        begin, end = Fraction(max(first, 0), _RATE), Fraction(first + count, _RATE)
        blocks = read_blocks(
            self.path, self.index, rate=_RATE, layout="mono", start=begin, end=end, cancelled=self.cancelled
        )
        for block in blocks:
            found[at : at + len(block)] = block[:, 0]
            at += len(block)
        return found


def measure_drift(
    first: Path,
    index: int | None,
    other: Path,
    other_index: int | None,
    *,
    cancelled: Callable[[], bool] | None = None,
) -> Drift:
    """Offset and drift of one sound track against another's, of the same file or of two, whatever their level and tone.

    Contours of loudness say roughly where the one lies in the other. There, windows of both are
    compared by cross-correlation of the whitened spectra (GCC-PHAT), each for itself, and a line is
    laid through those that agree. On ten minutes of common sound: to 1 ms and 2 ppm.

    Raises EngineError where the two have no sound in common; RequestError as `read_blocks`; Cancelled.
    """
    one, two = _Recording(first, index, cancelled), _Recording(other, other_index, cancelled)
    contours = one.contour(), two.contour()
    line = _rough_line(*contours)
    # What both have, on the first one's clock.
    begin = max(0.0, -line.offset) if line else 0.0
    end = min(len(contours[0]), len(contours[1]) - (line.offset if line else 0) * _CONTOUR) / _CONTOUR
    if line is None or end - begin < _FEWEST * _SHORTEST:
        raise _nothing_common(first, other)
    window = min(_LONGEST, max(_SHORTEST, (end - begin) / (2 * _FEWEST)))
    count = min(_WINDOWS, max(_FEWEST, int((end - begin) / window * 2) - 1))
    middles = np.linspace(begin + window / 2, end - window / 2, count)
    heard = [one.samples(middle - window / 2, round(window * _RATE)) for middle in middles]
    # A part of them tells how fast the clocks part, then all go along with it.
    for chosen in (slice(None, None, 4 if count > 12 else 1), slice(None)):
        times = middles[chosen]
        lags, tried = _exact_lags(two, times, heard[chosen], line)
        found = np.isfinite(lags)
        times, lags = times[found], lags[found]
        agreed, line = _line_through(times, lags, _EXACTLY)
        if agreed.sum() < max(_FEWEST, _SHARE * tried):
            raise _nothing_common(first, other)
    times, lags = times[agreed], lags[agreed]
    return Drift(
        offset=Fraction(round(line.offset * 1e6), 1_000_000),
        ppm=round(line.slope * 1e6, 3),
        spread_ms=round(float(np.sqrt(np.mean(np.square(lags - line.at(times))))) * 1e3, 4),
        windows=len(times),
        tried=tried,
        start=Fraction(round((times[0] - window / 2) * 1000), 1000),
        end=Fraction(round((times[-1] + window / 2) * 1000), 1000),
    )


def _nothing_common(first: Path, other: Path) -> EngineError:
    names = f"these tracks of {first.name}" if first == other else f"{first.name} and {other.name}"
    return EngineError(
        f"There is no common sound in {names}.", "Name two recordings of the same moment, or other tracks of them."
    )


def _rough_line(first: Floats, other: Floats) -> _Line | None:
    """Where stretches of one contour most likely lie in the other; None where there is too little of them."""
    if min(len(first), len(other)) < _CONTOUR:
        return None
    lines = []
    for reach in _CHANGES:
        times, lags = _rough_lags(_changes(first, reach), _changes(other, reach))
        agreed, line = _line_through(times, lags, _ROUGHLY)
        # A few places tell where, but not how fast it changes.
        if agreed.sum() <= _FEWEST:
            line = _Line(float(np.median(lags[agreed])))
        lines.append((int(agreed.sum()), line))
    return max(lines, key=lambda found: found[0])[1]


def _rough_lags(first: Floats, other: Floats) -> tuple[Floats, Floats]:
    """For stretches of the first, the middle of each, and how much later the other has what is most like it."""
    length = min(_STRETCH, len(first))
    count = min(_STRETCHES, -(-2 * len(first) // length) - 1)
    starts = np.linspace(0, len(first) - length, count).astype(int)
    size = 1 << (len(other) + length - 1).bit_length()
    spectrum = np.fft.rfft(other, size)
    lags = []
    for start in starts:
        correlation = np.fft.irfft(spectrum * np.conj(np.fft.rfft(first[start : start + length], size)), size)
        # The stretch may begin before the other does.
        peak = int(np.argmax(np.concatenate([correlation[-length:], correlation[: len(other)]])))
        lags.append((peak - length - start) / _CONTOUR)
    return (starts + length / 2) / _CONTOUR, np.array(lags)


def _changes(contour: Floats, reach: int) -> Floats:
    """How far each point lies above those around it."""
    sums = np.concatenate([[0.0], np.cumsum(contour)])
    places = np.arange(len(contour))
    before, after = np.maximum(places - reach, 0), np.minimum(places + reach, len(contour))
    return np.asarray(contour - (sums[after] - sums[before]) / (after - before), np.float64)


def _exact_lags(other: _Recording, middles: Floats, heard: list[Floats], line: _Line) -> tuple[Floats, int]:
    """The lag of each window by itself, NaN where none stands out; and how many had any sound to compare."""
    lags = np.full(len(middles), np.nan)
    tried = 0
    for number, (middle, window) in enumerate(zip(middles, heard, strict=True)):
        half = len(window) / 2 / _RATE + _REACH
        expected = middle + float(line.at(middle))
        count = round(2 * half * _RATE)
        begin = round((expected - half * (1 + abs(line.slope))) * _RATE) - 1
        read = other.samples(begin / _RATE, count + 4 + round(2 * half * abs(line.slope) * _RATE))
        # By the first one's clock.
        places = expected * _RATE - begin + (np.arange(count) - half * _RATE) * (1 + line.slope)
        wider = np.interp(places, np.arange(len(read)), read)
        if not window.any() or not wider.any():
            continue
        tried += 1
        lag = _lag(window, wider)
        if lag is not None:
            lags[number] = float(line.at(middle)) + lag / _RATE - _REACH
    return lags, tried


def _lag(window: Floats, wider: Floats) -> float | None:
    """How many samples into `wider` the window lies, to a fraction of one; None where no place stands out."""
    size = 1 << (len(wider) + len(window) - 1).bit_length()
    cross = np.fft.rfft(wider, size) * np.conj(np.fft.rfft(window, size))
    hertz = np.fft.rfftfreq(size, 1 / _RATE)
    cross[(hertz < _BAND_HZ[0]) | (hertz > _BAND_HZ[1])] = 0
    whitened = cross / np.maximum(np.abs(cross), 1e-12)
    correlation = np.abs(np.fft.irfft(whitened, size)[: len(wider) - len(window) + 1])
    peak = int(np.argmax(correlation))
    if not 0 < peak < len(correlation) - 1:
        return None
    rest = np.delete(correlation, slice(max(0, peak - 40), peak + 41))
    if correlation[peak] < _STANDS_OUT * np.sqrt(np.mean(np.square(rest))):
        return None
    before, at, after = correlation[peak - 1 : peak + 2]
    return peak + float((before - after) / (2 * (before - 2 * at + after)))


def _line_through(times: Floats, lags: Floats, near: float) -> tuple[NDArray[np.bool_], _Line]:
    """The line that most points lie `near` to, fitted to those by least squares; and which they are."""
    best = np.zeros(len(times), bool)
    pairs = [(lags[n], 0.0) for n in range(len(times))]
    for one, two in combinations(range(len(times)), 2):
        slope = (lags[two] - lags[one]) / (times[two] - times[one])
        if abs(slope) * 1e6 <= _MOST_PPM:
            pairs.append((lags[one] - slope * times[one], slope))
    for offset, slope in pairs:
        agreed = np.abs(lags - offset - slope * times) <= near
        if agreed.sum() > best.sum():
            best = agreed
    if best.sum() < 2:
        return best, _Line(float(lags[best][0]) if best.any() else 0.0)
    slope, offset = np.polyfit(times[best], lags[best], 1)
    return best, _Line(float(offset), float(slope))
