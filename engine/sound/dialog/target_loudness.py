"""The last step of the dialog chain: sets the loudness of the finished dialog and writes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.sound.dialog.filters import RATE, Mono
from engine.sound.dialog.preset import LoudnessTarget
from engine.sound.dialog.scratch import Scratch
from engine.sound.encode import encode
from engine.sound.gain import Gain, Target
from engine.sound.limiter import apply_gain
from engine.sound.limiter_values import LimiterBounds, LimiterWork
from engine.sound.loudness import MONO, STEREO, measure, metered
from engine.sound.loudness_values import Loudness
from engine.sound.normalization import Normalization
from engine.sound.track import Block

# Gating does not follow a gain exactly: it is corrected until the loudness is within this of the target.
_NEAR_LU = 0.02


@dataclass(frozen=True, slots=True)
class LoudnessOutcome:
    """The loudness of the written dialog, its gain, and the work of the limiter."""

    loudness: Loudness
    gain: Gain
    limiter: LimiterWork

    def shortfall(self, wanted: LoudnessTarget) -> str:
        """A clause for the verdict if the dialog is quieter than its target; else empty."""
        reason = self.gain.shortfall_reason(self.limiter)
        missing = wanted.lufs - self.loudness.integrated_lufs
        return f"; {missing:.1f} LU quieter than its target: {reason}" if reason else ""


def write_at_loudness(
    made: Scratch, wanted: LoudnessTarget, out: Path, watch: Callable[[Iterator[Mono]], Iterator[Mono]]
) -> LoudnessOutcome:
    """Writes the dialog at its target loudness to `out`, limited within the preset's bounds; `watch` reports progress.

    Beyond the bounds the dialog stays quieter. Both channels of a stereo dialog get the same gain.
    """
    target = Target(lufs=wanted.lufs, true_peak_ceiling_dbtp=wanted.true_peak_dbtp, tolerance_lu=wanted.tolerance_lu)
    bounds = LimiterBounds(most_db=wanted.limiter_db, share=wanted.limiter_share)
    first = next(made.blocks(), None)
    stereo = first is not None and first.ndim == 2 and first.shape[1] == 2
    weights = STEREO if stereo else MONO
    plan = Normalization(
        metered(_columns(made.blocks()), RATE, weights, detailed=True), target, bounds, near_lu=_NEAR_LU
    )

    def finished() -> Iterator[Block]:
        return apply_gain(_columns(watch(made.blocks())), RATE, plan.gain_db, plan.curve)

    while plan.correct(after := measure(finished(), RATE, weights)):
        pass
    encode(
        finished(),
        out,
        "wav",
        codec="wav",
        bit_rate=0,
        rate=RATE,
        edit_list=True,
        layout="stereo" if stereo else "mono",
    )
    return LoudnessOutcome(after, plan.gain, plan.work)


def _columns(blocks: Iterable[Mono]) -> Iterator[Block]:
    """(samples,) blocks as (samples, 1); (samples, channels) blocks as they are."""
    return (block if block.ndim == 2 else block[:, None] for block in blocks)
