"""Loudness of a programme (EBU R 128), overall and over time."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.catalog import FrozenModel
from engine.sound.channel_layout import DUAL_MONO_DB, ChannelLayout
from engine.sound.loudness_values import Level, Loudness
from engine.sound.meter import HOPS, Meter, Spans
from engine.sound.profile import ProfileRecorder
from engine.sound.track import Block, channel_layout_of, read_blocks

STEREO = (1.0, 1.0)
"""The loudness weights of two channels."""
MONO = (2.0,)
"""The loudness weight of a single channel, which plays from two loudspeakers."""
# Blocks that may be queued for peak measurement.
_AHEAD = 8


class LoudnessSeries(FrozenModel):
    """Loudness over time, one value per tenth of a second; the first is `start` seconds into the programme.

    Momentary and short-term loudness of the windows that end there and integrated loudness up to there, in LUFS;
    `true_peak_dbtp` per channel within that tenth. Minus infinity (null) before the first full window.
    """

    start: float
    momentary_lufs: tuple[Level, ...]
    short_term_lufs: tuple[Level, ...]
    integrated_lufs: tuple[Level, ...]
    true_peak_dbtp: tuple[tuple[Level, ...], ...]


class MonoLoudness(FrozenModel):
    """A mono track's loudness in LUFS by both conventions, 3.01 LU apart, and the one that targets use.

    `dual_mono_lufs` measures the track as players present it, from two loudspeakers; `single_channel_lufs` measures
    the single channel, as some meters do.
    """

    dual_mono_lufs: Level
    single_channel_lufs: Level
    target_uses: str = "dual_mono_lufs"
    why: str = (
        "a mono file plays from two loudspeakers, and a deliverable is stereo: "
        "its loudness is that of both channels (Rec. ITU-R BS.1770-5)"
    )


class ChannelLoudness(FrozenModel):
    """The channel layout of a measurement, the true peak of each channel, and both conventions for mono."""

    layout: ChannelLayout
    true_peak_dbtp: tuple[Level, ...]
    mono: MonoLoudness | None = None


def measure(
    blocks: Iterable[Block], rate: int, weights: Sequence[float] = STEREO, *, speech: Spans | None = None
) -> Loudness:
    """The loudness of streamed (samples, channels) blocks; `speech` spans are in seconds from the first sample."""
    return loudness_of(metered(blocks, rate, weights), speech)


def metered(blocks: Iterable[Block], rate: int, weights: Sequence[float], *, detailed: bool = False) -> Meter:
    """A finished meter over the blocks, with a weight per channel (Rec. ITU-R BS.1770-5, table 4).

    Peaks are measured on a second thread. `detailed` as in `Meter`.
    """
    meter = Meter(rate, weights, detailed=detailed)
    waiting: deque[Future[None]] = deque()
    with ThreadPoolExecutor(1, "peaks") as beside:
        for block in blocks:
            waiting.append(beside.submit(meter.push_peaks, block))
            meter.push_loudness(block)
            if len(waiting) > _AHEAD:
                waiting.popleft().result()
        for heard in waiting:
            heard.result()
    meter.finish()
    return meter


def loudness_of(meter: Meter, speech: Spans | None = None) -> Loudness:
    """The overall loudness from a finished meter."""
    integrated = meter.integrated()
    return Loudness(
        integrated_lufs=integrated,
        range_lu=meter.range() if math.isfinite(integrated) else 0.0,
        true_peak_dbtp=meter.true_peak,
        max_momentary_lufs=_highest(meter.momentary()),
        max_short_term_lufs=_highest(meter.short_term()),
        dialog_lufs=None if speech is None else meter.integrated(speech),
        clipped=meter.clipped,
        silent=not math.isfinite(meter.true_peak),
    )


def series_of(meter: Meter) -> LoudnessSeries:
    """The loudness over time from a finished meter."""
    peaks = meter.peaks()
    count = len(peaks)
    with np.errstate(divide="ignore"):
        decibels = 20 * np.log10(peaks.astype(np.float64))
    return LoudnessSeries(
        start=0.1,
        momentary_lufs=_tenths(meter.momentary()[:: HOPS // 10], 3, count),
        short_term_lufs=_tenths(meter.short_term()[:: HOPS // 10], 29, count),
        integrated_lufs=_tenths(meter.integrated_over_time(), 3, count),
        true_peak_dbtp=tuple(tuple(row) for row in decibels.round(2).tolist()),
    )


def channels_of(meter: Meter, layout: ChannelLayout) -> ChannelLoudness:
    """The loudness of each channel from a finished meter."""
    peaks = meter.peaks()
    with np.errstate(divide="ignore"):
        levels = 20 * np.log10(peaks.max(axis=0, initial=0.0).astype(np.float64))
    integrated = meter.integrated()
    mono = MonoLoudness(dual_mono_lufs=integrated, single_channel_lufs=integrated - DUAL_MONO_DB)
    return ChannelLoudness(
        layout=layout,
        true_peak_dbtp=tuple(levels.round(2).tolist()),
        mono=mono if layout.weights == MONO else None,
    )


def meter_file(
    path: Path,
    index: int | None = None,
    *,
    start: Fraction = Fraction(0),
    end: Fraction | None = None,
    profile: ProfileRecorder | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Meter:
    """A finished meter over a file's sound track; see `measure_file`."""
    blocks = read_blocks(path, index, layout="source", start=start, end=end, cancelled=cancelled)
    blocks = profile.watch(blocks) if profile else blocks
    return metered(blocks, 48_000, channel_layout_of(path, index).weights)


def measure_file(
    path: Path,
    index: int | None = None,
    *,
    start: Fraction = Fraction(0),
    end: Fraction | None = None,
    speech: Spans | None = None,
    profile: ProfileRecorder | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Loudness:
    """The loudness of a file's source channels at 48 kHz, weighted by `channel_layout_of`; raises as `read_blocks`.

    Used by the command, the reports, the levels of a take, and the checks of deliverables. A mono track is measured
    as played from two loudspeakers, 3.01 LU above a single one. `profile` records the same samples, at 48 kHz.
    """
    return loudness_of(meter_file(path, index, start=start, end=end, profile=profile, cancelled=cancelled), speech)


def _highest(levels: NDArray[np.float64]) -> float:
    return float(levels.max()) if len(levels) else -math.inf


def _tenths(levels: NDArray[np.float64], before: int, count: int) -> tuple[float, ...]:
    """`count` levels, one per tenth of a second: `before` values of minus infinity, then `levels`, then padding."""
    found = np.concatenate([np.full(before, -math.inf), levels])[:count]
    return tuple(np.pad(found, (0, count - len(found)), constant_values=-math.inf).round(2).tolist())
