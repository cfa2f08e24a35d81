"""Masters a programme: applies one gain and limits peaks, encodes, and measures the decoded result."""

from __future__ import annotations

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
from engine.sound.gain import Gain, Target
from engine.sound.limiter import apply_gain
from engine.sound.limiter_values import NO_LIMITER, LimiterBounds, LimiterWork
from engine.sound.loudness import STEREO, measure, metered
from engine.sound.loudness_values import Loudness
from engine.sound.normalization import Normalization
from engine.sound.profile import ProfileRecorder, write_profiles
from engine.sound.track import Block, RepairCount, duration_of, read_blocks


class Master(FrozenModel):
    """The result of mastering: loudness of the source's stereo mix and of the finished file, and the gain.

    `attempts` is the number of encodes; `duration` is the file's length in seconds; `repaired` counts
    source samples that were invalid (see `RepairCount`); `notes` list the channel corrections; `limiter` is the work
    of the limiter.
    """

    before: Loudness
    after: Loudness
    gain: Gain
    attempts: int
    duration: Exact
    repaired: int = 0
    notes: tuple[str, ...] = ()
    limiter: LimiterWork = LimiterWork()


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

    def watch(self, blocks: Iterator[Block], stage: int) -> Iterator[Block]:
        """The blocks; counts samples and reports progress. `stage` is 0, 1 or 2."""
        self.count = 0
        for block in blocks:
            yield block
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
    bounds: LimiterBounds = NO_LIMITER,
    codec: Codec,
    bit_rate: int = 384_000,
    rate: int = 48_000,
    start: Fraction = Fraction(0),
    end: Fraction | None = None,
    duration: Fraction | None = None,
    edit_list: bool = True,
    profiles: Path | None = None,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Master:
    """Writes stereo sound at a target loudness: AAC-LC (.m4a, .mp4, .mov) or 24-bit PCM (.wav).

    Measures, applies one gain, limits peaks within `bounds`, encodes, then decodes and measures the
    file: lossy coding changes loudness and peaks, so gain and limiter are corrected and the encode
    repeated until the integrated loudness is within the tolerance, or the true peak is just below
    the ceiling and the limiter at its bounds (`Normalization`). `duration` trims or pads to
    exactly that many seconds. For `edit_list` see `encode`. `progress` gets 0 to 1.
    First removes a constant offset, which would click where the sound starts, and flips a
    phase-inverted channel, which would cancel in a mono mix (`channel_correction`).

    The profiles of the source and of the file are written to `profiles`, if given.

    The file appears under its name only when it is finished. The same source and settings give the
    same bytes. Raises RequestError for an invalid request, EngineError if the disk or the encoder
    fails, Cancelled.
    """
    container = container_for(codec, out)
    correction = channel_correction(source, index, cancelled=cancelled)
    programme = _Programme(source, index, rate, start, end, duration, correction, cancelled)
    passing = _Passing(progress, float(programme.length() * rate))
    repaired = RepairCount()
    source_profile = ProfileRecorder(rate)
    recorded = source_profile.watch(programme.blocks(repaired))
    meter = metered(passing.watch(recorded, 0), rate, STEREO, detailed=True)
    plan = Normalization(meter, target, bounds)
    try:
        with partial(out) as unfinished:
            while True:
                blocks = apply_gain(passing.watch(programme.blocks(), 1), rate, plan.gain_db, plan.curve)
                encode(blocks, unfinished, container, codec=codec, bit_rate=bit_rate, rate=rate, edit_list=edit_list)
                samples = passing.count
                heard = read_blocks(unfinished, rate=rate, layout="source", cancelled=cancelled)
                profile = ProfileRecorder(rate)
                after = measure(passing.watch(profile.watch(heard), 2), rate)
                if not plan.correct(after):
                    break
            if after.true_peak_dbtp > target.true_peak_ceiling_dbtp:
                raise EngineError(
                    f"{out.name} did not reach {target.lufs:g} LUFS below {target.true_peak_ceiling_dbtp:g} dBTP: "
                    f"after {plan.attempts} encodes it is at {after.integrated_lufs:.2f} LUFS, "
                    f"{after.true_peak_dbtp:.2f} dBTP.",
                    "Increase the bit rate, or lower the true peak ceiling slightly.",
                )
    except av.error.FFmpegError as error:
        hint = "Check the free disk space and the folder's permissions."
        raise EngineError(f"{out} cannot be written: {error.strerror or error}.", hint) from error
    if profiles:
        write_profiles(profiles, source_profile.profile(), profile.profile())
    return Master(
        before=plan.before,
        after=after,
        gain=plan.gain,
        attempts=plan.attempts,
        duration=Fraction(samples, rate),
        repaired=repaired.samples,
        notes=correction.notes,
        limiter=plan.work,
    )
