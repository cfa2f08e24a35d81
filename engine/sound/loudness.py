"""How loud a programme is: EBU R 128 by FFmpeg's `ebur128`, true peak by oversampling."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import av
import numpy as np
import soxr
from av.filter import Graph
from numpy.typing import NDArray
from pydantic import BeforeValidator, PlainSerializer

from engine.catalog import Row
from engine.sound.track import Block, read_blocks

Level = Annotated[
    float,
    BeforeValidator(lambda value: -math.inf if value is None else value),
    PlainSerializer(lambda value: value if math.isfinite(value) else None, when_used="json"),
]
"""A level in decibels; minus infinity (nothing there to measure) is null in JSON."""

# `ebur128` answers with its gate or its histogram's floor where there is nothing to measure.
_ABSOLUTE_GATE = -70.0
_FLOOR = -120.0
_TRUE_PEAK_RATE = 192_000


class Loudness(Row):
    """A programme's loudness (EBU R 128, Rec. ITU-R BS.1770-5, EBU Tech 3341 and 3342).

    `integrated_lufs` is gated; it is minus infinity for silence and for anything shorter than the
    first gating block of 400 ms. `range_lu` is 0 where there is too little to tell. The momentary
    (400 ms) and short-term (3 s) maxima are read every 100 ms from the first full window on, minus
    infinity where there is none. `true_peak_dbtp` is the highest of all channels.
    """

    integrated_lufs: Level
    range_lu: float
    true_peak_dbtp: Level
    max_momentary_lufs: Level
    max_short_term_lufs: Level


def measure(blocks: Iterable[Block], rate: int, channels: int) -> Loudness:
    """The loudness of (samples, channels) blocks, mono or stereo, read as a stream.

    True peak is the largest sample of the signal oversampled to 192 kHz (BS.1770-5, annex 2), because
    `ebur128` reports its own to three decimals of amplitude, which is 0.5 dB at -45 dBTP.
    """
    meter = _Meter(rate, channels)
    peak = _TruePeak(rate, channels)
    for block in blocks:
        if len(block):
            meter.push(block)
            peak.push(block)
    meter.finish()
    integrated = -math.inf if meter.integrated <= _ABSOLUTE_GATE else meter.integrated
    return Loudness(
        integrated_lufs=integrated,
        range_lu=meter.range if math.isfinite(integrated) else 0.0,
        true_peak_dbtp=peak.finish(),
        max_momentary_lufs=meter.momentary if meter.momentary > _FLOOR else -math.inf,
        max_short_term_lufs=meter.short_term if meter.short_term > _FLOOR else -math.inf,
    )


def measure_file(
    path: Path,
    index: int | None = None,
    *,
    start: Fraction = Fraction(0),
    end: Fraction | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Loudness:
    """The loudness of a file's sound track as it is heard in stereo at 48 kHz; errors as `read_blocks`.

    A mono track is measured as what it plays as: the same on both sides, 3 LU above one side alone.
    """
    blocks = read_blocks(path, index, start=start, end=end, cancelled=cancelled)
    return measure(blocks, 48_000, 2)


class _Meter:
    """FFmpeg's `ebur128`, fed block by block; keeps the last integrated figure and the maxima."""

    def __init__(self, rate: int, channels: int) -> None:
        self.integrated = self.momentary = self.short_term = -math.inf
        self.range = 0.0
        self._rate = rate
        self._layout = "mono" if channels == 1 else "stereo"
        self._samples = 0
        self._graph = Graph()
        source = self._graph.add_abuffer(
            format="flt", sample_rate=rate, layout=self._layout, time_base=Fraction(1, rate)
        )
        meter = self._graph.add("ebur128", "metadata=1")
        sink = self._graph.add("abuffersink")
        source.link_to(meter)
        meter.link_to(sink)
        self._graph.configure()

    def push(self, block: Block) -> None:
        packed = np.ascontiguousarray(block, np.float32).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(packed, format="flt", layout=self._layout)
        frame.sample_rate = self._rate
        frame.pts = self._samples
        frame.time_base = Fraction(1, self._rate)
        self._samples += len(block)
        self._graph.push(frame)
        self._pull()

    def finish(self) -> None:
        self._graph.push(None)
        self._pull()

    def _pull(self) -> None:
        while True:
            try:
                read: dict[str, Any] = self._graph.pull().metadata
            except (BlockingIOError, av.EOFError):
                return
            if "lavfi.r128.I" not in read:
                continue
            self.integrated = float(read["lavfi.r128.I"])
            self.range = float(read["lavfi.r128.LRA"])
            self.momentary = max(self.momentary, float(read["lavfi.r128.M"]))
            self.short_term = max(self.short_term, float(read["lavfi.r128.S"]))


class _TruePeak:
    def __init__(self, rate: int, channels: int) -> None:
        self._highest = 0.0
        self._channels = channels
        self._finer = (
            soxr.ResampleStream(rate, _TRUE_PEAK_RATE, channels, dtype="float32", quality="HQ")
            if rate < _TRUE_PEAK_RATE
            else None
        )

    def push(self, block: Block) -> None:
        self._take(block)
        if self._finer:
            self._take(self._finer.resample_chunk(np.ascontiguousarray(block)))

    def finish(self) -> float:
        """Decibels relative to full scale; minus infinity for digital silence."""
        if self._finer:
            self._take(self._finer.resample_chunk(np.zeros((0, self._channels), np.float32), last=True))
        return 20 * math.log10(self._highest) if self._highest > 0 else -math.inf

    def _take(self, samples: NDArray[np.float32]) -> None:
        if samples.size:
            self._highest = max(self._highest, float(np.abs(samples).max()))
