"""De-esser: reduces sibilants that are louder than the speaker's median sibilant."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.sound.dialog.band_gain import BandGainStage
from engine.sound.dialog.filters import decibels
from engine.sound.dialog.preset import Sibilance
from engine.sound.dialog.stage import StageOutcome

# A frame is sibilant if its high band is above this level relative to the full band.
_HISSING_DB = -12.0


def sibilance(
    table: Sibilance, power: NDArray[np.float64], sibilants: NDArray[np.float64], speaking: NDArray[np.bool_]
) -> tuple[BandGainStage | None, StageOutcome]:
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
    return BandGainStage(table.from_hz, 255, "high", gains), StageOutcome("sibilance", "applied", why, measured)
