"""A loudness target, and the single gain from measured to target loudness without limiting."""

from __future__ import annotations

import math
from typing import Literal

from engine.catalog import FrozenModel
from engine.sound.limiter_values import LimiterWork
from engine.sound.loudness_values import Loudness

GainLimit = Literal["target", "ceiling", "limiter", "silence"]

HoldingBound = Literal["reduction", "time", "encoding"]
"""What keeps a limited programme below its target: how much the limiter may reduce peaks, for how much of the time, or
a lossy encoder, which raises peaks again."""


class Target(FrozenModel):
    """A loudness target: integrated loudness in LUFS, and the true peak ceiling in dBTP."""

    lufs: float
    true_peak_ceiling_dbtp: float
    tolerance_lu: float = 0.1


class Gain(FrozenModel):
    """A gain in decibels and what determined it.

    `target`: the target loudness is reached. `ceiling`: more gain would exceed the true peak ceiling,
    so the programme stays below the target. `limiter`: so it does, although a limiter does as much as `bound` allows,
    which is None in reports of earlier versions. `silence`: the programme has no loudness, so it is not amplified.
    """

    db: float
    held_by: GainLimit
    bound: HoldingBound | None = None

    def shortfall_reason(self, work: LimiterWork) -> str:
        """Why a programme is below its target, as a clause; empty if it is not. `work` is that of its limiter."""
        if self.held_by == "ceiling":
            return "the peaks are at the ceiling"
        if self.held_by != "limiter":
            return ""
        if self.bound == "reduction":
            return f"the limiter reduces peaks by {work.most_db:.1f} dB, as much as it may"
        if self.bound == "time":
            return f"the limiter works for {100 * work.share:.1f} % of the time, as much as it may"
        return "encoding raises the peaks" if self.bound == "encoding" else "the limiter is at its bounds"


def static_gain(loudness: Loudness, target: Target) -> Gain:
    """The gain that brings a programme to its target, limited so that the true peak stays within the ceiling."""
    headroom = target.true_peak_ceiling_dbtp - loudness.true_peak_dbtp
    if not math.isfinite(loudness.integrated_lufs):
        return Gain(db=min(0.0, headroom), held_by="silence")
    wanted = target.lufs - loudness.integrated_lufs
    return Gain(db=wanted, held_by="target") if wanted <= headroom else Gain(db=headroom, held_by="ceiling")
