"""One gain from what was measured to what is wanted: never compression, never a limiter."""

from __future__ import annotations

import math
from typing import Literal

from engine.catalog import FrozenModel
from engine.sound.loudness_values import Loudness

GainLimit = Literal["target", "ceiling", "silence"]


class Target(FrozenModel):
    """How loud a deliverable shall be: integrated loudness, and the true peak it may not pass."""

    lufs: float
    true_peak_ceiling_dbtp: float
    tolerance_lu: float = 0.1


class Gain(FrozenModel):
    """A gain in decibels and what decided it.

    `target`: the loudness asked for is reached. `ceiling`: more would pass the true peak ceiling, so
    the programme stays quieter than asked. `silence`: there is no loudness to bring anywhere, so
    nothing is raised.
    """

    db: float
    held_by: GainLimit


def static_gain(loudness: Loudness, target: Target) -> Gain:
    """The gain that brings a programme to its target, held where its true peak meets the ceiling."""
    headroom = target.true_peak_ceiling_dbtp - loudness.true_peak_dbtp
    if not math.isfinite(loudness.integrated_lufs):
        return Gain(db=min(0.0, headroom), held_by="silence")
    wanted = target.lufs - loudness.integrated_lufs
    return Gain(db=wanted, held_by="target") if wanted <= headroom else Gain(db=headroom, held_by="ceiling")
