"""Softens plosives: short bursts of breath at p and b that hit the microphone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.sound.dialog.analysis import Levels, VoiceLevels
from engine.sound.dialog.band_gain import BandGainStage
from engine.sound.dialog.filters import decibels
from engine.sound.dialog.preset import Plosives
from engine.sound.dialog.stage import StageOutcome

# A burst is shorter than this; what lasts longer is wind or a low voice.
_LONGEST_FRAMES = 20
_NEIGHBOURS = 30
# A burst's low band exceeds its speech band by this much; a vowel's does not.
_DEEP_DB = 3.0


def plosives(table: Plosives, levels: Levels, voice: VoiceLevels) -> tuple[BandGainStage | None, StageOutcome]:
    """The stage, None if it is skipped, and its outcome."""
    if not voice.speaking.any():
        return None, StageOutcome("plosives", "skipped", "no speech")
    low, speech = decibels(levels.gusts), decibels(levels.speech_band)
    usual = float(np.percentile(low[voice.speaking], 75))
    over = np.where(low > speech + _DEEP_DB, low - usual - table.above_db, 0.0)
    burst = over > 0
    for start, stop in _runs(burst):
        if stop - start > _LONGEST_FRAMES or not voice.speaking[max(0, start - 5) : stop + _NEIGHBOURS].any():
            burst[start:stop] = False
    count = len(_runs(burst))
    if not count:
        return None, StageOutcome("plosives", "skipped", "no plosive bursts", {"plosives": 0.0})
    wanted = np.where(burst, np.minimum(over, table.most_db), 0.0)
    # One frame before and after fades in and out.
    widened = np.maximum(wanted, 0.5 * np.maximum(np.roll(wanted, 1), np.roll(wanted, -1)))
    measured = {"plosives": float(count), "most_db": round(float(widened.max()), 1)}
    why = f"{count} burst{'s' if count > 1 else ''} reduced by up to {measured['most_db']:g} dB"
    return BandGainStage(table.below_hz, 2047, "low", -widened), StageOutcome("plosives", "applied", why, measured)


def _runs(frames: NDArray[np.bool_]) -> NDArray[np.intp]:
    """(start, stop) of each run of frames."""
    return np.flatnonzero(np.diff(np.concatenate([[False], frames, [False]]).astype(np.int8))).reshape(-1, 2)
