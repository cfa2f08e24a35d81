"""Values that loudness measurements return and files store."""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer

from engine.catalog import FrozenModel

Level = Annotated[
    float,
    BeforeValidator(lambda value: -math.inf if value is None else value),
    PlainSerializer(lambda value: value if math.isfinite(value) else None, when_used="json"),
]
"""A level in decibels; minus infinity (nothing to measure) is null in JSON."""


class Loudness(FrozenModel):
    """A programme's loudness (EBU R 128, Rec. ITU-R BS.1770-5, EBU Tech 3341 and 3342).

    `integrated_lufs` is gated; it is minus infinity for silence and for anything shorter than the
    first gating block of 400 ms. `range_lu` is 0 if the programme is too short. The momentary
    (400 ms) and short-term (3 s) maxima are taken every 10 ms from the first full window on, minus
    infinity if there is none. `true_peak_dbtp` is the maximum over all channels. `dialog_lufs` is
    the loudness of speech only, None if the speech spans are unknown. `clipped` counts the samples
    at full scale; `silent` means that all samples are zero.
    """

    integrated_lufs: Level
    range_lu: float
    true_peak_dbtp: Level
    max_momentary_lufs: Level
    max_short_term_lufs: Level
    dialog_lufs: Level | None = None
    clipped: int = 0
    silent: bool = False

    def missed(self, lufs: float | None, tolerance_lu: float, ceiling_dbtp: float | None) -> list[str]:
        """Messages for the parts of a target that are not met; empty if all are met or the target is None."""
        found = []
        if lufs is not None and not abs(self.integrated_lufs - lufs) <= tolerance_lu:
            heard = f"{self.integrated_lufs:.1f} LUFS" if math.isfinite(self.integrated_lufs) else "silent"
            found.append(f"{heard}, target {lufs:g} ±{tolerance_lu:g} LUFS")
        if ceiling_dbtp is not None and self.true_peak_dbtp > ceiling_dbtp:
            found.append(f"true peak {self.true_peak_dbtp:.1f} dBTP, maximum {ceiling_dbtp:g}")
        return found
