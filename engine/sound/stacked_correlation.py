"""Offset and rate between two recordings from the sum of many short windows, none of which suffices alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RATE = 16_000
"""Sample rate of the compared sound, in Hz."""

SPAN_S = 20.0
"""Length in seconds of the span whose windows are summed."""

# Within a window, clocks 600 ppm apart diverge by 0.15 ms: half a period of the highest compared frequency.
_WINDOW = RATE // 4
_HOP = _WINDOW // 2
_BAND_HZ = (100.0, 3000.0)
# Greatest error of the expected lag, in seconds.
_REACH = 0.25
# The tried rates. Half a step shifts the ends of the span by 0.2 ms.
_MOST_PPM, _STEP_PPM = 700.0, 40.0
# The highest of some 200,000 correlations of noise is 5 times their RMS.
_STANDS_OUT = 9.0
_NEAR, _AROUND = RATE // 200, RATE // 20
# Windows this far below the loudest are pauses.
_DEPTH_DB = 30.0
_FEWEST = 4
# The other frequencies of a tone are leakage: those this far below the strongest are not whitened.
_FAINT = 1e-5
# More than clocks gain or lose over a span, in seconds.
_MARGIN_S = 0.1

Read = Callable[[float, int], Floats]
"""Reads a recording: (start in seconds, count) to mono samples, with silence outside the recording."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """The position of the sound at `time` in the other recording: `lag` seconds later, its clock fast by `slope`.

    `score` is the ratio of the summed correlation's peak to the RMS of its surroundings.
    """

    time: float
    lag: float
    slope: float
    score: float


def align(first: Read, other: Read, begin: float, end: float, expected: Callable[[float], float]) -> Alignment | None:
    """The alignment of the first recording from `begin` to `end` seconds; None if no peak is significant.

    `expected` gives the lag to search around, by the first recording's time. The windows' whitened cross spectra
    (GCC-PHAT; C. Knapp, G. Carter, "The generalized correlation method for estimation of time delay", 1976) are summed
    for each rate, with each window shifted by its drift from the middle.
    """
    middle = (begin + end) / 2
    at = round(begin * RATE)
    heard = first(at / RATE, round((end - begin) * RATE))
    if len(heard) < _FEWEST * _WINDOW:
        return None
    heard = np.lib.stride_tricks.sliding_window_view(heard, _WINDOW)[::_HOP] * np.hanning(_WINDOW)
    powers = np.square(heard).mean(axis=1)
    # Read the range of the other recording that covers all windows at their expected lags.
    earliest = round(min(begin + expected(begin), end + expected(end) - (end - begin)) * RATE)
    earliest -= round((_REACH + _MARGIN_S) * RATE)
    there = other(earliest / RATE, round((end - begin + 2 * (_REACH + _MARGIN_S)) * RATE))
    wide = _WINDOW + round(2 * _REACH * RATE)
    # Fade the ends: a hard cut is a click with energy at all frequencies.
    fade = np.minimum(1, np.minimum(np.arange(wide), np.arange(wide)[::-1]) / _HOP)
    size = 1 << (wide + _WINDOW - 1).bit_length()
    hertz = np.fft.rfftfreq(size, 1 / RATE)
    band = (hertz >= _BAND_HZ[0]) & (hertz <= _BAND_HZ[1])
    turns = 2j * np.pi * hertz[band]
    times, spectra = [], []
    for number, (window, power) in enumerate(zip(heard, powers, strict=True)):
        if power <= powers.max() * 10 ** (-_DEPTH_DB / 10):
            continue
        time = (at + number * _HOP) / RATE
        place = time + expected(time) - _REACH
        read = round(place * RATE)
        wider = there[read - earliest :][:wide] * fade
        cross = (np.fft.rfft(wider, size) * np.conj(np.fft.rfft(window, size)))[band]
        size_of = np.abs(cross)
        if size_of.max(initial=0.0) <= 0:
            continue
        spectra.append(cross / np.maximum(size_of, size_of.max() * _FAINT) * np.exp(-turns * (read / RATE - place)))
        times.append(time + _WINDOW / 2 / RATE - middle)
    if len(spectra) < _FEWEST:
        return None
    expected_slope = (expected(end) - expected(begin)) / max(end - begin, 1e-9)
    slopes = np.arange(-_MOST_PPM, _MOST_PPM + 1, _STEP_PPM) * 1e-6
    drift = np.outer(times, turns)
    shifted, step = np.stack(spectra) * np.exp(drift * (slopes[0] - expected_slope)), np.exp(drift * _STEP_PPM * 1e-6)
    found = []
    for _ in slopes:
        whole = np.zeros(len(hertz), np.complex128)
        whole[band] = shifted.sum(axis=0)
        found.append(_peak(np.abs(np.fft.irfft(whole, size)[: wide - _WINDOW + 1])))
        shifted *= step
    return _best(found, slopes, middle, expected(middle))


def _peak(correlation: Floats) -> tuple[float, float]:
    """The score of one rate, and its lag in seconds from the expected place."""
    peak = int(np.argmax(correlation))
    if not 0 < peak < len(correlation) - 1:
        return 0.0, 0.0
    squares = np.square(correlation)
    squares[max(0, peak - _NEAR) : peak + _NEAR + 1] = np.nan
    # Noise may be louder at one end than at the other: the peak must also exceed its neighbourhood.
    nearby = squares[max(0, peak - _AROUND) : peak + _AROUND + 1]
    score = float(correlation[peak] / np.sqrt(max(float(np.nanmean(squares)), float(np.nanmean(nearby)), 1e-30)))
    return score, (peak + vertex(correlation[peak - 1 : peak + 2])) / RATE - _REACH


def _best(found: Sequence[tuple[float, float]], slopes: Floats, middle: float, expected: float) -> Alignment | None:
    scores = np.array([score for score, _ in found])
    best = int(np.argmax(scores))
    if scores[best] < _STANDS_OUT:
        return None
    slope = float(slopes[best])
    if 0 < best < len(slopes) - 1:
        slope += vertex(scores[best - 1 : best + 2]) * _STEP_PPM * 1e-6
    return Alignment(middle, expected + found[best][1], slope, float(scores[best]))


def vertex(around: Floats) -> float:
    """The vertex of the parabola through three points, in steps from the middle one."""
    before, at, after = (float(value) for value in around)
    bend = before - 2 * at + after
    return (before - after) / (2 * bend) if bend else 0.0
