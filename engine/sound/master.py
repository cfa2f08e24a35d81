"""Masters a programme: applies one gain to reach the target loudness, encodes, and measures the decoded result."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import av.error
import numpy as np

from engine.atomic_files import partial
from engine.catalog import Exact, FrozenModel
from engine.errors import Cancelled, EngineError
from engine.sound.channel_analysis import channel_correction
from engine.sound.channel_gains import ChannelCorrection
from engine.sound.encode import Codec, container_for, encode
from engine.sound.gain import Gain, GainLimit, Target, static_gain
from engine.sound.loudness import measure
from engine.sound.loudness_values import Loudness
from engine.sound.track import Block, RepairCount, duration_of, read_blocks

# Lossy coding changes peaks by hundredths of a decibel, and occasionally by tenths that do not follow
# the gain; a margin that doubles each time eventually suffices.
_ATTEMPTS = 8
_CHASES = 4
# Close enough to the ceiling: the difference is inaudible.
_CLOSE_DB = 0.2
_MARGIN_DB = 0.03


class Master(FrozenModel):
    """The result of mastering: loudness of the source's stereo mix and of the finished file, and the gain.

    `attempts` is the number of encodes; `duration` is the file's length in seconds; `repaired` counts
    source samples that were invalid (see `RepairCount`); `notes` list the channel corrections.
    """

    before: Loudness
    after: Loudness
    gain: Gain
    attempts: int
    duration: Exact
    repaired: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Programme:
    """The source, which is read again for every measurement and every encode."""

    source: Path
    index: int | None
    rate: int
    start: Fraction
    end: Fraction | None
    duration: Fraction | None
    correction: ChannelCorrection
    cancelled: Callable[[], bool] | None

    def blocks(self, repaired: RepairCount | None = None) -> Iterator[Block]:
        """Stereo blocks, cut or padded with silence to exactly `duration`."""
        end = self.end
        if self.duration is not None:
            whole = self.start + self.duration
            end = whole if end is None else min(end, whole)
        left = None if self.duration is None else round(self.duration * self.rate)
        for block in read_blocks(
            self.source,
            self.index,
            rate=self.rate,
            correction=self.correction,
            start=self.start,
            end=end,
            repaired=repaired,
            cancelled=self.cancelled,
        ):
            kept = block[:left]
            yield kept
            if left is not None:
                left -= len(kept)
        while left:
            if self.cancelled and self.cancelled():
                raise Cancelled(f"Mastering the sound of {self.source.name} was cancelled.")
            silence = np.zeros((min(left, self.rate), 2), np.float32)
            yield silence
            left -= len(silence)

    def length(self) -> Fraction:
        """The expected length in seconds, for progress; 60 s if the file does not declare its duration."""
        declared = self.end or duration_of(self.source, self.index) or Fraction(60)
        return max(self.duration or declared - self.start, Fraction(1, 100))


class _Passing:
    """Reports progress: measuring, encoding and measuring again count a third each.

    Repeated encodes never move it backwards.
    """

    def __init__(self, progress: Callable[[float], None] | None, samples: float) -> None:
        self._progress = progress
        self._samples = samples
        self._furthest = 0.0
        self.count = 0

    def watch(self, blocks: Iterator[Block], stage: int, db: float = 0.0) -> Iterator[Block]:
        """The blocks with a gain of `db`; counts samples and reports progress. `stage` is 0, 1 or 2."""
        factor = np.float32(10 ** (db / 20))
        self.count = 0
        for block in blocks:
            yield block * factor
            self.count += len(block)
            self._report((stage + min(1.0, self.count / self._samples)) / 3)

    def _report(self, share: float) -> None:
        if self._progress and share > self._furthest:
            self._furthest = share
            self._progress(share)


def write_master(
    source: Path,
    index: int | None,
    out: Path,
    *,
    target: Target,
    codec: Codec,
    bit_rate: int = 384_000,
    rate: int = 48_000,
    start: Fraction = Fraction(0),
    end: Fraction | None = None,
    duration: Fraction | None = None,
    edit_list: bool = True,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Master:
    """Writes stereo sound at a target loudness: AAC-LC (.m4a, .mp4, .mov) or 24-bit PCM (.wav).

    Measures, applies one gain, encodes, then decodes and measures the file: lossy coding changes
    loudness and peaks, so the gain is corrected and the encode repeated until the integrated
    loudness is within the tolerance, or the true peak is just below the ceiling. `duration` trims
    or pads to exactly that many seconds. For `edit_list` see `encode`. `progress` gets 0 to 1.
    First removes a constant offset, which would click where the sound starts, and flips a
    phase-inverted channel, which would cancel in a mono mix (`channel_correction`).

    The file appears under its name only when it is finished. The same source and settings give the
    same bytes. Raises RequestError for an invalid request, EngineError if the disk or the encoder
    fails, Cancelled.
    """
    container = container_for(codec, out)
    correction = channel_correction(source, index, cancelled=cancelled)
    programme = _Programme(source, index, rate, start, end, duration, correction, cancelled)
    passing = _Passing(progress, float(programme.length() * rate))
    repaired = RepairCount()
    before = measure(passing.watch(programme.blocks(repaired), 0), rate)
    first = static_gain(before, target)
    db = first.db - _MARGIN_DB if first.held_by == "ceiling" else first.db
    pressed = False
    try:
        with partial(out) as unfinished:
            for attempt in range(1, _ATTEMPTS + 1):
                blocks = passing.watch(programme.blocks(), 1, db)
                encode(blocks, unfinished, container, codec=codec, bit_rate=bit_rate, rate=rate, edit_list=edit_list)
                samples = passing.count
                heard = read_blocks(unfinished, rate=rate, layout="source", cancelled=cancelled)
                after = measure(passing.watch(heard, 2), rate)
                step = _correction(after, target, attempt, pressed)
                if not step:
                    break
                pressed = pressed or after.true_peak_dbtp > target.true_peak_ceiling_dbtp
                db += step
            else:
                raise EngineError(
                    f"{out.name} did not reach {target.lufs:g} LUFS below {target.true_peak_ceiling_dbtp:g} dBTP: "
                    f"after {attempt} encodes it is at {after.integrated_lufs:.2f} LUFS, "
                    f"{after.true_peak_dbtp:.2f} dBTP.",
                    "Increase the bit rate, or lower the true peak ceiling slightly.",
                )
    except av.error.FFmpegError as error:
        hint = "Check the free disk space and the folder's permissions."
        raise EngineError(f"{out} cannot be written: {error.strerror or error}.", hint) from error
    held_by: GainLimit = "target" if abs(target.lufs - after.integrated_lufs) <= target.tolerance_lu else "ceiling"
    gain = Gain(db=db, held_by="silence" if first.held_by == "silence" else held_by)
    return Master(
        before=before,
        after=after,
        gain=gain,
        attempts=attempt,
        duration=Fraction(samples, rate),
        repaired=repaired.samples,
        notes=correction.notes,
    )


def _correction(after: Loudness, target: Target, attempt: int, pressed: bool) -> float:
    """The gain change in dB before the next encode; 0 if the result is accepted.

    The margin below the ceiling doubles with each attempt, because peaks do not follow the gain
    exactly. If an attempt exceeded the ceiling (`pressed`), a later result below it is accepted from
    the fourth attempt on: more gain would exceed the ceiling again.
    """
    margin = _MARGIN_DB * 2.0 ** (attempt - 1)
    headroom = target.true_peak_ceiling_dbtp - after.true_peak_dbtp
    if headroom < 0:
        return headroom - margin
    short = target.lufs - after.integrated_lufs
    if not math.isfinite(short) or abs(short) <= target.tolerance_lu:
        return 0.0
    if short < 0:
        return short
    if pressed and attempt >= _CHASES:
        return 0.0
    if short < headroom - margin:
        return short
    return 0.0 if headroom <= _CLOSE_DB else headroom - margin
