"""Levelling: slow gain towards the take's median speech level, for speakers whose distance varies."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.sound.dialog.band_gain import per_sample
from engine.sound.dialog.filters import Mono, decibels
from engine.sound.dialog.preset import Levelling
from engine.sound.dialog.stage import StageOutcome

# A window needs this many frames of speech to measure its level.
_LEAST_FRAMES = 30
_AUDIBLE_DB = 0.5


class GainStage:
    """Applies a gain in dB per 10 ms frame, interpolated linearly."""

    def __init__(self, gains_db: NDArray[np.float64]) -> None:
        self._gains = gains_db
        self._at = 0

    def process(self, block: Mono) -> Mono:
        """Processes the next samples."""
        gains = per_sample(self._gains, self._at, len(block))
        self._at += len(block)
        return np.asarray(block * 10 ** (gains / 20), np.float32)

    def finish(self) -> Mono:
        """Empty: the stage has no delay."""
        return np.zeros(0, np.float32)


def levelling(
    table: Levelling, power: NDArray[np.float64], speaking: NDArray[np.bool_]
) -> tuple[GainStage | None, StageOutcome]:
    """The stage, None if it is skipped, and its outcome; `power` is that of each 10 ms input frame."""
    width = round(table.seconds * 100)
    levels, heard = _spoken_levels(power, speaking, width)
    if not heard.any():
        return None, StageOutcome("levelling", "skipped", "too little speech")
    off = np.median(levels[heard]) - levels
    wanted = np.sign(off) * np.clip(np.abs(off) - table.within_db, 0, table.most_db)
    places = np.flatnonzero(heard)
    gains = np.interp(np.arange(len(power)), places, wanted[places])
    window = np.hanning(min(width, len(power)) + 2)[1:-1]
    weights = np.convolve(np.ones(len(gains)), window, "same")
    gains = np.convolve(gains, window, "same") / weights
    measured = {
        "range_db": round(float(np.ptp(np.percentile(levels[heard], (5, 95)))), 1),
        "most_up_db": round(max(0.0, float(gains.max())), 1),
        "most_down_db": round(max(0.0, -float(gains.min())), 1),
    }
    if np.abs(gains).max() < _AUDIBLE_DB:
        return None, StageOutcome("levelling", "skipped", "the level is already even", measured)
    why = f"raised by up to {measured['most_up_db']:g} dB, lowered by up to {measured['most_down_db']:g} dB"
    return GainStage(gains), StageOutcome("levelling", "applied", why, measured)


def _spoken_levels(
    power: NDArray[np.float64], speaking: NDArray[np.bool_], width: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The speech level in dB around each frame, and the speech frames whose window has enough speech."""
    energy = np.concatenate([[0.0], np.cumsum(np.where(speaking, power, 0.0))])
    count = np.concatenate([[0], np.cumsum(speaking)])
    middle = np.arange(len(power))
    first, last = np.maximum(middle - width // 2, 0), np.minimum(middle + width // 2 + 1, len(power))
    frames = count[last] - count[first]
    return decibels((energy[last] - energy[first]) / np.maximum(frames, 1)), (frames >= _LEAST_FRAMES) & speaking
