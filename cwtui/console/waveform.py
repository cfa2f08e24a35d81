"""The waveform of a sound and its loudness over time, as it is plotted and metered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.tasks import TakeLevels


@dataclass(frozen=True, slots=True)
class Waveform:
    """Peaks of equal parts of a sound, 0 to 255 of full scale, and its loudness every `step` seconds."""

    peaks: Sequence[int]
    momentary: Sequence[float]
    short_term: Sequence[float]
    step: Fraction

    @classmethod
    def from_levels(cls, levels: TakeLevels) -> Waveform:
        """Returns the waveform of a take."""
        return cls(levels.peaks, levels.momentary, levels.short_term, levels.step)

    def at(self, moment: Fraction) -> tuple[float, float]:
        """Returns momentary and short-term loudness at a time, in LUFS."""
        n = min(max(int(moment / self.step), 0), len(self.momentary) - 1)
        return (self.momentary[n], self.short_term[n]) if n >= 0 else (-inf, -inf)
