"""Restores clipped peaks in the source's own channels and at its own rate, before they are mixed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.sound.channel_gains import ChannelCorrection
from engine.sound.dialog.clipping import Ceiling, Clipping, chunks, find_clipping
from engine.sound.dialog.consistent_ar import restore
from engine.sound.dialog.filters import RATE, Mono
from engine.sound.dialog.preset import Declip
from engine.sound.dialog.stage import StageOutcome
from engine.sound.downmix import mix_matrix
from engine.sound.track import Block, RepairCount, named_channels, open_sound, read_blocks

# Windows of about 43 ms, by half.
_WINDOW_S = 0.0427


class ClippedSource:
    """A recording with clipped samples; its blocks are those of `read_blocks` at 48 kHz, with the peaks restored."""

    def __init__(
        self, path: Path, index: int | None, start: Fraction, end: Fraction | None, correction: ChannelCorrection
    ) -> None:
        self._path, self._index, self._start, self._end = path, index, start, end
        self._correction = correction
        self.rate = _rate_of(path, index)
        self.clipping: Clipping | None = None

    def detect(self, table: Declip, cancelled: Callable[[], bool] | None) -> StageOutcome:
        """Detects the ceilings of the channels and returns the outcome of the stage."""
        self.clipping = find_clipping(lambda: self._read(cancelled=cancelled))
        if self.clipping is None:
            return StageOutcome("declip", "skipped", "nothing is clipped", {"clipped": 0.0})
        clipped, share = self.clipping.clipped, self.clipping.share
        measured = {
            "clipped": float(clipped),
            "percent": round(100 * share, 3),
            "ceiling_dbfs": round(self.clipping.lowest_dbfs(), 2),
        }
        if 100 * share > table.most_percent:
            self.clipping = None
            return StageOutcome(
                "declip", "skipped", f"{share:.0%} of the samples are clipped: part of the sound", measured
            )
        return StageOutcome("declip", "applied", f"{clipped} clipped samples restored", measured)

    def blocks(self, layout: Literal["mono", "stereo"], repaired: RepairCount) -> Iterator[Block]:
        """The restored sound, mixed; (samples, channels). `detect` was called before."""
        assert self.clipping
        made = declipped(self._read(repaired), self.clipping, self.rate)
        gains = self._gains(layout).T
        yield from _resampled((np.ascontiguousarray(block @ gains) for block in made), self.rate, gains.shape[1])

    def _read(
        self, repaired: RepairCount | None = None, cancelled: Callable[[], bool] | None = None
    ) -> Iterator[Block]:
        blocks = read_blocks(
            self._path,
            self._index,
            rate=self.rate,
            layout="source",
            start=self._start,
            end=self._end,
            repaired=repaired,
            cancelled=cancelled,
        )
        offsets = np.asarray(self._correction.offsets, np.float32)
        for block in blocks:
            yield block - offsets if len(offsets) == block.shape[1] else block

    def _gains(self, layout: Literal["mono", "stereo"]) -> NDArray[np.float32]:
        """The gains of the mix, (channels of the mix, channels of the source)."""
        name, names = named_channels(self._path, self._index)
        corrected = len(self._correction.mono) == len(names)
        if corrected and layout == "mono":
            return np.asarray([self._correction.mono], np.float32)
        matrix = np.asarray(mix_matrix(name, names, layout), np.float32)
        return matrix * np.asarray(self._correction.polarity, np.float32) if corrected else matrix


def declipped(blocks: Iterable[Block], clipping: Clipping, rate: int) -> Iterator[Block]:
    """Blocks of (samples, channels) with the clipped samples restored; all others are the same, bit for bit.

    The result does not depend on the sizes of the blocks: windows begin at multiples of their half.
    """
    window = 1 << max(9, round(np.log2(rate * _WINDOW_S)))
    hop = window // 2
    channels = [_Channel(sides, window) for sides in clipping.channels]
    done = 0
    for chunk in chunks(blocks, 16 * hop):
        done += len(chunk)
        made = [one.process(chunk[:, number]) for number, one in enumerate(channels)]
        yield np.stack(made, axis=1)
    yield np.stack([one.finish() for one in channels], axis=1) if done else np.zeros((0, len(channels)), np.float32)


class _Channel:
    """Restores one channel by overlapping windows; the output is half a window late."""

    def __init__(self, sides: tuple[Ceiling | None, Ceiling | None], window: int) -> None:
        positive, negative = sides
        self._positive = positive.level if positive else np.inf
        self._negative = negative.level if negative else np.inf
        self._window, self._hop = window, window // 2
        # Both overlapping windows sum to 1.
        self._weights = np.sin(np.pi * (np.arange(window) + 0.5) / window) ** 2
        self._waiting = np.zeros(self._hop, np.float32)
        self._sum = np.zeros(self._hop)
        self._skip = self._hop
        self._given = self._made = 0

    def process(self, samples: Mono) -> Mono:
        self._given += len(samples)
        self._waiting = np.concatenate([self._waiting, samples])
        made = []
        while len(self._waiting) >= self._window:
            made.append(self._next(self._waiting[: self._window]))
            self._waiting = self._waiting[self._hop :]
        whole = np.concatenate(made) if made else np.zeros(0, np.float32)
        skipped = min(self._skip, len(whole))
        self._skip -= skipped
        self._made += len(whole) - skipped
        return whole[skipped:]

    def finish(self) -> Mono:
        left = self._given - self._made
        return self.process(np.zeros(2 * self._window, np.float32))[:left]

    def _next(self, samples: Mono) -> Mono:
        """The first half of the window, complete."""
        clipped = (samples >= self._positive) | (samples <= -self._negative)
        restored = samples.astype(np.float64)
        if clipped.any():
            restored = restore(restored, clipped)
        weighted = self._weights * restored
        mixed = self._sum + weighted[: self._hop]
        self._sum = weighted[self._hop :]
        first, at = samples[: self._hop], clipped[: self._hop]
        # Rounding may not move a restored sample below its ceiling.
        beyond = np.sign(first) * np.maximum(np.abs(mixed).astype(np.float32), np.abs(first))
        return np.where(at, beyond, first).astype(np.float32)


def _rate_of(path: Path, index: int | None) -> int:
    with open_sound(path) as container:
        tracks = [stream for stream in container.streams if stream.type == "audio"]
        chosen = [stream for stream in tracks if stream.index == index] or tracks
        return int(chosen[0].codec_context.sample_rate) if chosen else RATE


def _resampled(blocks: Iterator[Block], rate: int, channels: int) -> Iterator[Block]:
    if rate == RATE:
        yield from blocks
        return
    import soxr

    stream = soxr.ResampleStream(rate, RATE, channels, dtype="float32", quality="HQ")
    for block in blocks:
        yield stream.resample_chunk(block)
    yield stream.resample_chunk(np.zeros((0, channels), np.float32), last=True)
