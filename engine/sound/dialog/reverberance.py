"""Estimates the reverberation time of a room from a voice recorded in it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from engine.sound.dialog.clipping import chunks
from engine.sound.dialog.filters import RATE, Mono, decibels

_FRAME, _HOP = 1024, RATE // 100
_EDGES_HZ = (250, 400, 630, 1000, 1600, 2500, 4000)
# A decay is this many frames long, straight to this many dB, and ends this far above the noise.
_LENGTH = 12
_STRAIGHT_DB = 2.5
_ABOVE_FLOOR_DB = 6.0
_SLOWEST_S = 1.5
_FASTEST_SHARE = 10
_LEAST_DECAYS = 20
# In a dry recording fewer of the sounds above the noise decay freely, and their estimate is at most this, in seconds.
_LEAST_SHARE = 0.125
_DRY_S = 0.2
# The tenth percentile of the decays of voices in rooms of known reverberation time, in seconds.
_MEASURED_S = (0.15, 0.29, 0.375, 0.5, 0.62, 0.75)
_ROOM_S = (0.05, 0.2, 0.3, 0.5, 0.8, 1.2)


def reverberation_time(blocks: Iterable[Mono]) -> float | None:
    """The reverberation time (RT60) in seconds, 0.05 to 1.2; None if too few sounds decay freely.

    No sound decays faster than the room does. So the fastest decays of six bands from 250 Hz to 4 kHz give it, as in
    J. Wen, E. Habets, P. Naylor: "Blind estimation of reverberation time based on the distribution of signal decay
    rates", ICASSP 2008.
    """
    levels = _band_levels(blocks)
    if len(levels) < _LENGTH:
        return None
    bands = [_decays(band) for band in levels.T]
    found = np.concatenate([decays for decays, _ in bands])
    if len(found) < _LEAST_DECAYS:
        return None
    estimate = float(np.interp(np.percentile(found, _FASTEST_SHARE), _MEASURED_S, _ROOM_S))
    dry = len(found) < _LEAST_SHARE * sum(count for _, count in bands)
    return min(estimate, _DRY_S) if dry else estimate


def _band_levels(blocks: Iterable[Mono]) -> NDArray[np.float64]:
    """(frames, bands) in dB, every 10 ms."""
    window = np.hanning(_FRAME).astype(np.float32)
    hertz = np.fft.rfftfreq(_FRAME, 1 / RATE)
    firsts = np.searchsorted(hertz, _EDGES_HZ)
    rows: list[NDArray[np.float64]] = []
    tail = np.zeros(0, np.float32)
    for chunk in chunks((block[:, None] for block in blocks), 10 * RATE):
        samples = np.concatenate([tail, chunk[:, 0]])
        count = (len(samples) - _FRAME) // _HOP + 1
        if count < 1:
            tail = samples
            continue
        frames = np.lib.stride_tricks.sliding_window_view(samples, _FRAME)[::_HOP][:count]
        power = np.square(np.abs(np.fft.rfft(frames * window, axis=1)))
        rows.append(np.add.reduceat(power[:, : firsts[-1]], firsts[:-1], axis=1))
        tail = samples[count * _HOP :]
    return np.asarray(decibels(np.concatenate(rows))) if rows else np.zeros((0, len(_EDGES_HZ) - 1))


def _decays(levels: NDArray[np.float64]) -> tuple[NDArray[np.float64], int]:
    """The reverberation times in seconds of a band's straight decays, and the number of windows above the noise."""
    floor = np.percentile(levels, 10)
    windows = np.lib.stride_tricks.sliding_window_view(levels, _LENGTH)[::2]
    time = np.arange(_LENGTH) - (_LENGTH - 1) / 2
    slopes = windows @ time / (time @ time)
    spread = np.square(windows - windows.mean(axis=1, keepdims=True)).mean(axis=1)
    residual = np.sqrt(np.maximum(spread - slopes**2 * (time @ time) / _LENGTH, 0))
    falling = slopes < -60 / (100 * _SLOWEST_S)
    above = windows[:, -1] > floor + _ABOVE_FLOOR_DB
    decays = falling & (residual < _STRAIGHT_DB) & above
    return np.asarray(-0.6 / slopes[decays]), int(np.count_nonzero(above))
