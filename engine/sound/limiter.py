"""A look-ahead true-peak limiter whose whole work is known before it runs.

M. Hämäläinen, "Smoothing of the control signal without clipped output in digital peak limiters" (DAFx-02): the gain
that each millisecond needs is spread over a window, then smoothed over the same window, so it is in place before a peak
and never above what the peak allows. No library offers this: pedalboard's limiter (JUCE) has no look-ahead and bends
waveforms, FFmpeg's `alimiter` looks at samples and not between them, and neither reports or bounds its work.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from engine.sound.limiter_values import AUDIBLE_DB, LimiterWork
from engine.sound.track import Block
from engine.sound.truepeak import FRAMES

Curve = NDArray[np.float64]
"""Gain reduction in dB, 0 or more, at the beginning of each millisecond and at the end of the last."""

# Milliseconds. The attack, 6 ms, is about as long as backward masking is effective (Zwicker and Fastl,
# "Psychoacoustics"): a longer one changes more of the sound. Bridges join the peaks of a voice of 50 Hz, which has one
# in a period, and of a tone of 25 Hz, which has two; in between, the gain would follow the waveform and distort it.
_REACH = 3
_BRIDGE = 20
# A reduction that lasted this long is released over the same time.
_RELEASE = 30
# Samples that are processed at once.
_CHUNK = 1 << 16


def reduction_curve(peaks_db: NDArray[np.float64], over_db: float) -> Curve:
    """The reduction that keeps peaks, in dBTP of each millisecond, at or below -`over_db` (ceiling minus gain).

    It is 0 exactly where no peak is near, so samples there are not changed. It stays at or above a mean of the last
    30 ms (of the roots, squared): it is released at once after a single peak, and slowly after a longer reduction.
    """
    from scipy.ndimage import convolve1d, grey_closing, maximum_filter1d, uniform_filter1d

    need = np.maximum(np.asarray(peaks_db, np.float64) + over_db, 0.0)
    if not need.any():
        return np.zeros(len(need) + 1)
    # A peak counts for the beginning and the end of its millisecond.
    edges = np.maximum(np.append(need, 0.0), np.insert(need, 0, 0.0))
    # A closing fills the gaps between peaks, and does not last longer than they do.
    joined = grey_closing(edges, _BRIDGE + 1, mode="nearest")
    spread = maximum_filter1d(joined, 2 * _REACH + 1, mode="constant")
    mean = uniform_filter1d(np.sqrt(spread), _RELEASE, mode="constant", origin=(_RELEASE - 1) // 2)
    # Rounding in the running mean would otherwise leave a trace for the rest of the programme.
    slow = np.where(maximum_filter1d(spread, _RELEASE + 2, origin=_RELEASE // 2) > 0, mean**2, 0.0)
    kernel = np.hanning(2 * _REACH + 3)[1:-1]
    return np.asarray(convolve1d(np.maximum(spread, slow), kernel / kernel.sum(), mode="nearest"), np.float64)


def work_of(curve: Curve) -> LimiterWork:
    """The figures of a reduction."""
    most = float(curve.max(initial=0.0))
    if not most:
        return LimiterWork()
    frames = np.maximum(curve[:-1], curve[1:])
    seconds = _windows(frames, FRAMES).mean(axis=1)
    tenths = _windows(frames, FRAMES // 10).max(axis=1)
    return LimiterWork(
        most_db=round(most, 3),
        share=working_share(curve),
        worst_second=float(seconds.argmax()),
        curve=tuple((0.0 - tenths).round(2).tolist()),
    )


def working_share(curve: Curve) -> float:
    """The share of the time with a reduction over `AUDIBLE_DB`."""
    return float(np.count_nonzero(curve > AUDIBLE_DB) / len(curve))


def apply_gain(blocks: Iterable[Block], rate: int, gain_db: float, curve: Curve) -> Iterator[Block]:
    """(samples, channels) blocks with a gain in dB and a reduction, the same for all channels.

    The bytes do not depend on the sizes of the blocks. Without a reduction, a sample is only multiplied by the gain.
    """
    factor = np.float32(10 ** (gain_db / 20))
    gains = 10 ** (-curve / 20)
    position = 0
    for block in blocks:
        for start in range(0, len(block), _CHUNK):
            part = block[start : start + _CHUNK]
            made = part * factor
            begin, position = position, position + len(part)
            first, last = begin * FRAMES // rate, (position - 1) * FRAMES // rate + 1
            if curve[first : last + 1].any():
                places = np.arange(begin, position, dtype=np.int64) * FRAMES
                frame = places // rate
                share = (places - frame * rate) / rate
                lower, upper = (gains[np.minimum(frame + n, len(gains) - 1)] for n in (0, 1))
                made *= (lower + (upper - lower) * share).astype(np.float32)[:, None]
            yield made


def most_gain(peaks_db: NDArray[np.float64], low: float, high: float, ceiling_dbtp: float, share: float) -> float:
    """The largest gain from `low` to `high`, to 0.01 dB, with which a limiter works for a share of the time at most."""

    def within(gain_db: float) -> bool:
        return working_share(reduction_curve(peaks_db, gain_db - ceiling_dbtp)) <= share

    if within(high):
        return high
    while high - low > 0.01:
        middle = (low + high) / 2
        low, high = (middle, high) if within(middle) else (low, middle)
    return low


def _windows(frames: Curve, size: int) -> NDArray[np.float64]:
    """Frames as (windows, size), padded with 0."""
    count = -(-len(frames) // size)
    return np.pad(frames, (0, count * size - len(frames))).reshape(count, size)
