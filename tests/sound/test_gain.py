"""The static gain reaches the target or is limited by the ceiling, and reports which."""

from __future__ import annotations

import math

import pytest

from engine.sound import Loudness, Target, static_gain

TARGET = Target(lufs=-14, true_peak_ceiling_dbtp=-1)


def programme(lufs: float, peak: float) -> Loudness:
    return Loudness(
        integrated_lufs=lufs, range_lu=5, true_peak_dbtp=peak, max_momentary_lufs=lufs, max_short_term_lufs=lufs
    )


@pytest.mark.parametrize(
    ("lufs", "peak", "db", "held_by"),
    [
        (-20, -10, 6, "target"),
        (-8, 0.5, -6, "target"),
        (-20, -3, 2, "ceiling"),
        (-14, 0.5, -1.5, "ceiling"),
        (-math.inf, -math.inf, 0, "silence"),
        (-math.inf, -30, 0, "silence"),
        (-math.inf, 0, -1, "silence"),
    ],
)
def test_the_gain_is_held_by_target_ceiling_or_silence(lufs: float, peak: float, db: float, held_by: str) -> None:
    gain = static_gain(programme(lufs, peak), TARGET)
    assert (gain.db, gain.held_by) == (pytest.approx(db), held_by)
