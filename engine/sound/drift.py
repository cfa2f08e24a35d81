"""How two recordings of the same sound lie in time: how much later the one is, and how much slower its clock runs."""

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
# Stretches that are aligned as a whole: so many at most, and how near they lie to one line.
_PLACES, _NEARLY = 12, 0.004
# Further from the rate that the stretches tell, the windows' own is chance.
_ASTRAY_PPM = 60.0
# Places of the whole contour that are tried where its stretches tell none.
_GUESSES = 4
# Below there is hum, above what codecs leave out.
_BAND_HZ = (100.0, 7000.0)
# A peak of a correlation stands out where it is so many times as high as the rest is on average.
_STANDS_OUT = 8.0
# Fewer windows than this that agree, or a smaller part of all, are chance.
_FEWEST, _SHARE = 3, 0.2
# No recorder's clock is further off.
_MOST_PPM = 1000.0

Floats = NDArray[np.float64]


class Drift(FrozenModel):
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


class _Recording:
    """A track in mono at 16 kHz, decoded once into a scratch file: 230 MB an hour."""

    def __init__(self, folder: str, path: Path, index: int | None, cancelled: Callable[[], bool] | None) -> None:
        correction = channel_correction(path, index, cancelled=cancelled)
        blocks = read_blocks(path, index, rate=_RATE, layout="mono", correction=correction, cancelled=cancelled)
        self._scratch = Scratch(Path(folder) / "mono", (block[:, 0] for block in blocks))

    def contour(self) -> Floats:
        """How loud each hundredth of a second is, in decibels."""
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
        """Mono from a time on, silence where there is nothing."""
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
    """Offset and drift of one sound track against another's, of the same file or of two, whatever their level and tone.

    Contours of loudness say roughly where the one lies in the other. There, stretches of 20 s are aligned by many
    short windows added up (`align`), for clocks up to 700 ppm apart; then longer windows are compared by
    cross-correlation of the whitened spectra (GCC-PHAT), each for itself, and a line is laid through those that agree.
    On ten minutes of common sound: to 1 ms and 2 ppm.

    Raises EngineError where the two have no sound in common; RequestError as `read_blocks`; Cancelled.
    """
    with ExitStack() as stack:
        one, two = (
            _Recording(stack.enter_context(TemporaryDirectory(prefix="cleanwater-")), path, track, cancelled)
            for path, track in ((first, index), (other, other_index))
        )
        contours = one.contour(), two.contour()
        for rough in _rough_lines(*contours):
            # What both have, on the first one's clock.
            begin = max(0.0, -rough.offset)
            end = min(len(contours[0]), len(contours[1]) - rough.offset * _CONTOUR) / _CONTOUR
            line = _aligned(one, two, begin, end, rough) if end - begin >= _FEWEST * _SHORTEST else None
            if line is not None:
                return _measured(one, two, begin, end, line)
    raise _nothing_common(first, other)


def _aligned(one: _Recording, two: _Recording, begin: float, end: float, rough: _Line) -> _Line | None:
    """The line through the stretches that lie alike in both; None where there are none."""
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
    """The line to a fraction of a sample, from windows that are compared each by itself.

    In noise no single window may stand out; the line is then what the stretches as a whole say.
    """
    window = min(_LONGEST, max(_SHORTEST, (end - begin) / (2 * _FEWEST)))
    count = min(_WINDOWS, max(_FEWEST, int((end - begin) / window * 2) - 1))
    middles = np.linspace(begin + window / 2, end - window / 2, count)
    heard = [one.samples(middle - window / 2, round(window * _RATE)) for middle in middles]
    exact = line
    # A part of them tells the rate more closely, then all go along with it.
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
        f"There is no common sound in {names}.", "Name two recordings of the same moment, or other tracks of them."
    )


def _rough_lines(first: Floats, other: Floats) -> list[_Line]:
    """Where stretches of one contour may lie in the other, the likeliest first; none where there is too little."""
    if min(len(first), len(other)) < _CONTOUR:
        return []
    lines = []
    for reach in _CHANGES:
        changes = _changes(first, reach), _changes(other, reach)
        times, lags = _rough_lags(*changes)
        agreed, line = _line_through(times, lags, _ROUGHLY)
        # A few places tell where, but not how fast it changes.
        if agreed.sum() <= _FEWEST:
            line = _Line(float(np.median(lags[agreed])))
        lines.append((int(agreed.sum()), line))
        lines += [(0, _Line(lag)) for lag in _whole_lags(*changes)]
    return [line for _, line in sorted(lines, key=lambda found: -found[0])]


def _whole_lags(first: Floats, other: Floats) -> list[float]:
    """The lags, in seconds, at which the whole contours are most alike, apart from each other."""
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
    return peak + vertex(correlation[peak - 1 : peak + 2])


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
