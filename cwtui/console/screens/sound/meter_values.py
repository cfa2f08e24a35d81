"""The values of the Sound screen's meters."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from cwtui.console.waveform import Waveform
from cwtui.console.widgets.level_meters import METER_SCALES, MeterValue

if TYPE_CHECKING:
    from engine.sound import Loudness

# Loudness range needs short-term loudness: takes of at least this many seconds.
_RANGE_MIN_S = 3


def meter_values(
    whole: Loudness | None, side: Waveform | None, at: Fraction | None, duration: Fraction, ceiling: float | None
) -> list[MeterValue]:
    """Returns M, S, I, LRA and TP: with a time `at`, M and S at that time; all others of the whole take."""
    if whole is None:
        return [MeterValue()] * len(METER_SCALES)
    most = (whole.max_momentary_lufs, whole.max_short_term_lufs)
    now = side.at(at) if side and at is not None else most
    peak = whole.true_peak_dbtp
    over = ceiling is not None and peak > ceiling + 0.05
    return [
        *(MeterValue(value, "accent", top) for value, top in zip(now, most, strict=True)),
        MeterValue(whole.integrated_lufs),
        MeterValue(whole.range_lu if duration >= _RANGE_MIN_S else None),
        MeterValue(peak, "red" if peak > 0 else "amber" if over else "accent"),
    ]
