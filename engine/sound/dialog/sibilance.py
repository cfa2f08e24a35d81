"""De-esser: reduces sibilants that are louder than the speaker's median sibilant."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.sound.dialog.filters import Mono, Split, decibels
from engine.sound.dialog.preset import Sibilance
from engine.sound.dialog.rumble import per_sample
from engine.sound.dialog.stage import StageOutcome

# A frame is sibilant if its high band is above this level relative to the full band.
_HISSING_DB = -12.0


class SibilanceStage:
    """Applies a gain in dB per 10 ms frame to the band above a frequency."""

    def __init__(self, hertz: float, gains_db: NDArray[np.float64]) -> None:
        self._split = Split(hertz, 255)
        self._gains = gains_db
        self._at = 0

    def process(self, block: Mono) -> Mono:
        """Processes the next samples."""
        return self._softened(*self._split.process(block))

    def finish(self) -> Mono:
        """The remaining samples."""
        return self._softened(*self._split.finish())

    def _softened(self, low: Mono, high: Mono) -> Mono:
        gains = per_sample(self._gains, self._at, len(low))
        self._at += len(low)
        return np.asarray(low + high * 10 ** (gains / 20), np.float32)


def sibilance(
    table: Sibilance, power: NDArray[np.float64], sibilants: NDArray[np.float64], speaking: NDArray[np.bool_]
) -> tuple[SibilanceStage | None, StageOutcome]:
    """The stage, None if it is skipped, and its outcome."""
    level, share = decibels(sibilants), decibels(sibilants) - decibels(power)
    hissing = speaking & (share > _HISSING_DB)
    if hissing.sum() < 10:
        return None, StageOutcome("sibilance", "skipped", "no sibilants")
    # Relative to the whole voice: an s is loud if it is as loud as the vowels.
    voice = float(decibels(power[speaking].mean()))
    usual, loud = (float(value) for value in np.percentile(level[hissing], (50, 95)))
    measured = {"usual_db": round(usual - voice, 1), "loud_db": round(loud - voice, 1)}
    if loud - voice < table.rest_db:
        return None, StageOutcome(
            "sibilance", "skipped", f"loudest sibilants {voice - loud:.0f} dB below the voice", measured
        )
    over = np.where(hissing, np.clip(level - usual - table.above_db, 0, table.most_db), 0.0)
    if over.max() < 0.5:
        return None, StageOutcome("sibilance", "skipped", "all sibilants are equally loud", measured)
    gains = -np.convolve(over, np.array([0.25, 0.5, 0.25]), "same")[: len(over)]
    measured["most_db"] = round(float(-gains.min()), 1)
    why = f"reduced by up to {measured['most_db']:g} dB"
    return SibilanceStage(table.from_hz, gains), StageOutcome("sibilance", "applied", why, measured)
