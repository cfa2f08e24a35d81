"""Measures the time offset and clock drift between two recordings of the same sound."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from engine.catalog import Exact, FrozenModel
from engine.errors import EngineError
from engine.sound.channel_analysis import channel_correction
from engine.sound.dialog.scratch import Scratch
from engine.sound.stacked_correlation import SPAN_S, align, vertex
from engine.sound.track import read_blocks

# Loudness contours give the rough offset: points per second, and points per compared segment. Two clocks that are
# 500 ppm apart lose three points in a minute.
_CONTOUR = 100
_STRETCH = 60 * _CONTOUR
_STRETCHES = 40
_ROUGHLY = 0.06
# Distances over which a point is compared with its surroundings, in points: syllables rise and fall slowly, steady
# noise has only fine structure.
_CHANGES = (_CONTOUR, 5)
# Loudness further below the maximum than this is ignored.
_DEPTH_DB = 60.0
# Waveforms give the exact offset: sample rate, number of windows, longest and shortest window in seconds, and the
# greatest error of the rough offset in seconds.
_RATE = 16_000
_WINDOWS = 120
_LONGEST, _SHORTEST = 4.0, 0.5
_REACH = 0.25
_EXACTLY = 0.002
# Spans aligned by `align`: the greatest number of them, and the tolerance in seconds to a common line.
_PLACES, _NEARLY = 12, 0.004
# If the windows' rate differs from the spans' rate by more than this, it is chance.
_ASTRAY_PPM = 60.0
# Offsets of the whole contour that are tried if its segments give none.
_GUESSES = 4
# Below this band is hum; codecs discard what is above it.
_BAND_HZ = (100.0, 7000.0)
# A correlation peak is significant from this many times the RMS of the rest.
_STANDS_OUT = 8.0
# Agreement of fewer windows than this, or of a smaller share, is chance.
_FEWEST, _SHARE = 3, 0.2
# No recorder's clock deviates by more than this.
_MOST_PPM = 1000.0

Floats = NDArray[np.float64]


class Drift(FrozenModel):
    """The position of the other recording's sound on the first one's clock.

    Sound at `t` seconds in the first is at `t + offset + t × ppm / 1e6` seconds in the other: with a positive `offset`
    the other is late, with a positive `ppm` its clock counts more seconds for the same time. `windows` of the `tried`
    windows agree, with an RMS deviation of `spread_ms`; they span `start` to `end` (seconds) of the first.
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
    """The lag as a linear function of time, in seconds."""

    offset: float = 0.0
    slope: float = 0.0

    def at(self, time: Floats | float) -> Floats:
        return np.asarray(self.offset + self.slope * np.asarray(time), np.float64)


class _Recording:
    """A track in mono at 16 kHz, decoded once into a scratch file: 230 MB per hour."""

    def __init__(self, folder: str, path: Path, index: int | None, cancelled: Callable[[], bool] | None) -> None:
        correction = channel_correction(path, index, cancelled=cancelled)
        blocks = read_blocks(path, index, rate=_RATE, layout="mono", correction=correction, cancelled=cancelled)
        self._scratch = Scratch(Path(folder) / "mono", (block[:, 0] for block in blocks))

    def contour(self) -> Floats:
        """The level of each hundredth of a second, in dB."""
        step = _RATE // _CONTOUR
        powers, rest = [], np.zeros(0, np.float32)
        for block in self._scratch.blocks():
            samples = np.concatenate([rest, block])
            whole = len(samples) // step * step
            powers.append(np.square(samples[:whole]).reshape(-1, step).mean(axis=1))
            rest = samples[whole:]
        level = 10 * np.log10(np.concatenate([np.zeros(0), *powers]) + 1e-12)
        return np.asarray(np.maximum(level, level.max(initial=-120.0) - _DEPTH_DB), np.float64)

    def samples(self, start: float, count: int) -> Floats:
        """`count` mono samples from `start` seconds; silence outside the recording."""
        first = round(start * _RATE)
        if first + count <= 0:
            return np.zeros(count)
        return self._scratch.read(first, first + count).astype(np.float64)


def measure_drift(
    first: Path,
    index: int | None,
    other: Path,
    other_index: int | None,
    *,
    cancelled: Callable[[], bool] | None = None,
) -> Drift:
    """The offset and drift between two sound tracks, of one file or of two, independent of level and tone.

    Loudness contours give the rough offset. From there, spans of 20 s are aligned by the sum of many short windows
    (`align`), for clocks up to 700 ppm apart; then longer windows are compared one by one by cross-correlation of
    the whitened spectra (GCC-PHAT), and a line is fitted to those that agree. On ten minutes of common sound the
    result is accurate to 1 ms and 2 ppm.

    Raises EngineError if the tracks have no sound in common; RequestError as `read_blocks`; Cancelled.
    """
    with ExitStack() as stack:
        one, two = (
            _Recording(stack.enter_context(TemporaryDirectory(prefix="cleanwater-")), path, track, cancelled)
            for path, track in ((first, index), (other, other_index))
        )
        contours = one.contour(), two.contour()
        for rough in _rough_lines(*contours):
            # The common range, on the first recording's clock.
            begin = max(0.0, -rough.offset)
            end = min(len(contours[0]), len(contours[1]) - rough.offset * _CONTOUR) / _CONTOUR
            line = _aligned(one, two, begin, end, rough) if end - begin >= _FEWEST * _SHORTEST else None
            if line is not None:
                return _measured(one, two, begin, end, line)
    raise _nothing_common(first, other)


def _aligned(one: _Recording, two: _Recording, begin: float, end: float, rough: _Line) -> _Line | None:
    """The line through the spans that align in both recordings; None if too few do."""
    length = min(SPAN_S, end - begin)
    count = int(np.clip((end - begin) / SPAN_S, 1, _PLACES))
    found = [
        align(one.samples, two.samples, middle - length / 2, middle + length / 2, lambda time: float(rough.at(time)))
        for middle in np.linspace(begin + length / 2, end - length / 2, count)
    ]
    places = [place for place in found if place is not None]
    if not places or len(places) < _SHARE * count:
        return None
    best = max(places, key=lambda place: place.score)
    times, lags = np.array([place.time for place in places]), np.array([place.lag for place in places])
    agreed, line = _line_through(times, lags, _NEARLY)
    if agreed.sum() < 2:
        return _Line(best.lag - best.slope * best.time, best.slope)
    return line


def _measured(one: _Recording, two: _Recording, begin: float, end: float, line: _Line) -> Drift:
    """The line to a fraction of a sample, from windows that are compared individually.

    If too few windows are significant, as in noise, the line of the 20 s spans is used.
    """
    window = min(_LONGEST, max(_SHORTEST, (end - begin) / (2 * _FEWEST)))
    count = min(_WINDOWS, max(_FEWEST, int((end - begin) / window * 2) - 1))
    middles = np.linspace(begin + window / 2, end - window / 2, count)
    heard = [one.samples(middle - window / 2, round(window * _RATE)) for middle in middles]
    exact = line
    # First a quarter of the windows refines the rate, then all of them use it.
    for chosen in (slice(None, None, 4 if count > 12 else 1), slice(None)):
        lags, tried = _exact_lags(two, middles[chosen], heard[chosen], exact)
        found = np.isfinite(lags)
        times, lags = middles[chosen][found], lags[found]
        agreed, closer = _line_through(times, lags, _EXACTLY)
        if agreed.sum() < max(_FEWEST, _SHARE * tried) or abs(closer.slope - line.slope) * 1e6 > _ASTRAY_PPM:
            times, lags, exact = middles, line.at(middles), line
        else:
            times, lags, exact = times[agreed], lags[agreed], closer
    return Drift(
        offset=Fraction(round(exact.offset * 1e6), 1_000_000),
        ppm=round(exact.slope * 1e6, 3),
        spread_ms=round(float(np.sqrt(np.mean(np.square(lags - exact.at(times))))) * 1e3, 4),
        windows=len(times),
        tried=tried,
        start=Fraction(round((times[0] - window / 2) * 1000), 1000),
        end=Fraction(round((times[-1] + window / 2) * 1000), 1000),
    )


def _nothing_common(first: Path, other: Path) -> EngineError:
    names = f"these tracks of {first.name}" if first == other else f"{first.name} and {other.name}"
    return EngineError(
        f"No common sound was found in {names}.", "Choose two recordings of the same moment, or other tracks of them."
    )


def _rough_lines(first: Floats, other: Floats) -> list[_Line]:
    """Candidate lines between the contours, the likeliest first; empty if a contour is shorter than a second."""
    if min(len(first), len(other)) < _CONTOUR:
        return []
    lines = []
    for reach in _CHANGES:
        changes = _changes(first, reach), _changes(other, reach)
        times, lags = _rough_lags(*changes)
        agreed, line = _line_through(times, lags, _ROUGHLY)
        # A few segments give the offset, but not the rate.
        if agreed.sum() <= _FEWEST:
            line = _Line(float(np.median(lags[agreed])))
        lines.append((int(agreed.sum()), line))
        lines += [(0, _Line(lag)) for lag in _whole_lags(*changes)]
    return [line for _, line in sorted(lines, key=lambda found: -found[0])]


def _whole_lags(first: Floats, other: Floats) -> list[float]:
    """The lags, in seconds and at least 0.25 s apart, at which the whole contours correlate best."""
    size = 1 << (len(first) + len(other) - 1).bit_length()
    correlation = np.fft.irfft(np.fft.rfft(other, size) * np.conj(np.fft.rfft(first, size)), size)
    correlation = np.concatenate([correlation[-len(first) :], correlation[: len(other)]])
    found = []
    for _ in range(_GUESSES):
        peak = int(np.argmax(correlation))
        found.append((peak - len(first)) / _CONTOUR)
        correlation[max(0, peak - _CONTOUR // 4) : peak + _CONTOUR // 4] = -np.inf
    return found


def _rough_lags(first: Floats, other: Floats) -> tuple[Floats, Floats]:
    """The middle of each segment of the first contour, and its best lag in the other; both in seconds."""
    length = min(_STRETCH, len(first))
    count = min(_STRETCHES, -(-2 * len(first) // length) - 1)
    starts = np.linspace(0, len(first) - length, count).astype(int)
    size = 1 << (len(other) + length - 1).bit_length()
    spectrum = np.fft.rfft(other, size)
    lags = []
    for start in starts:
        correlation = np.fft.irfft(spectrum * np.conj(np.fft.rfft(first[start : start + length], size)), size)
        # The segment may start before the other recording.
        peak = int(np.argmax(np.concatenate([correlation[-length:], correlation[: len(other)]])))
        lags.append((peak - length - start) / _CONTOUR)
    return (starts + length / 2) / _CONTOUR, np.array(lags)


def _changes(contour: Floats, reach: int) -> Floats:
    """The difference of each point to the mean of the points within `reach`."""
    sums = np.concatenate([[0.0], np.cumsum(contour)])
    places = np.arange(len(contour))
    before, after = np.maximum(places - reach, 0), np.minimum(places + reach, len(contour))
    return np.asarray(contour - (sums[after] - sums[before]) / (after - before), np.float64)


def _exact_lags(other: _Recording, middles: Floats, heard: list[Floats], line: _Line) -> tuple[Floats, int]:
    """The lag of each window in seconds, NaN if no peak is significant; and the number of windows with sound."""
    lags = np.full(len(middles), np.nan)
    tried = 0
    for number, (middle, window) in enumerate(zip(middles, heard, strict=True)):
        half = len(window) / 2 / _RATE + _REACH
        expected = middle + float(line.at(middle))
        count = round(2 * half * _RATE)
        begin = round((expected - half * (1 + abs(line.slope))) * _RATE) - 1
        read = other.samples(begin / _RATE, count + 4 + round(2 * half * abs(line.slope) * _RATE))
        # Resample to the first recording's clock.
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
    """The position of the window in `wider`, in fractional samples; None if no peak is significant."""
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
    return peak + vertex(correlation[peak - 1 : peak + 2])


def _line_through(times: Floats, lags: Floats, near: float) -> tuple[NDArray[np.bool_], _Line]:
    """A mask of the largest set of points within `near` of one line, and its least-squares fit."""
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
