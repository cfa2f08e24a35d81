"""A loudness target, and the single gain from measured to target loudness without limiting."""

from __future__ import annotations

import math
from typing import Literal

from engine.catalog import FrozenModel
from engine.sound.loudness_values import Loudness

GainLimit = Literal["target", "ceiling", "limiter", "silence"]


class Target(FrozenModel):
    """A loudness target: integrated loudness in LUFS, and the true peak ceiling in dBTP."""

    lufs: float
    true_peak_ceiling_dbtp: float
    tolerance_lu: float = 0.1


class Gain(FrozenModel):
    """A gain in decibels and what determined it.

    `target`: the target loudness is reached. `ceiling`: more gain would exceed the true peak ceiling,
    so the programme stays below the target. `limiter`: so it does, although a limiter does as much as its bounds
    allow. `silence`: the programme has no loudness, so it is not
    amplified.
    """

    db: float
    held_by: GainLimit


def static_gain(loudness: Loudness, target: Target) -> Gain:
    """The gain that brings a programme to its target, limited so that the true peak stays within the ceiling."""
    headroom = target.true_peak_ceiling_dbtp - loudness.true_peak_dbtp
    if not math.isfinite(loudness.integrated_lufs):
        return Gain(db=min(0.0, headroom), held_by="silence")
    wanted = target.lufs - loudness.integrated_lufs
    return Gain(db=wanted, held_by="target") if wanted <= headroom else Gain(db=headroom, held_by="ceiling")
