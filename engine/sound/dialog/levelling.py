"""A speaker who comes nearer and goes away is brought to one distance: slowly, towards the take's own median."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.sound.dialog.filters import Mono, decibels
from engine.sound.dialog.preset import Levelling
from engine.sound.dialog.rumble import per_sample
from engine.sound.dialog.stage import StageOutcome

# Less than this of speech in a window says nothing about its level.
_LEAST_FRAMES = 30
_AUDIBLE_DB = 0.5


class GainStage:
    """A gain known for every 10 ms frame."""

    def __init__(self, gains_db: NDArray[np.float64]) -> None:
        self._gains = gains_db
        self._at = 0

    def process(self, block: Mono) -> Mono:
        """The next samples."""
        gains = per_sample(self._gains, self._at, len(block))
        self._at += len(block)
        return np.asarray(block * 10 ** (gains / 20), np.float32)

    def finish(self) -> Mono:
        """Nothing is still to come."""
        return np.zeros(0, np.float32)


def levelling(
    table: Levelling, power: NDArray[np.float64], speaking: NDArray[np.bool_]
) -> tuple[GainStage | None, StageOutcome]:
    """The stage this recording needs, None where it rests; `power` of each 10 ms frame as it comes in here."""
    width = round(table.seconds * 100)
    levels, heard = _spoken_levels(power, speaking, width)
    if not heard.any():
        return None, StageOutcome("levelling", "rested", "nobody speaks long enough")
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
        return None, StageOutcome("levelling", "rested", "the speaker keeps their level", measured)
    why = f"up by {measured['most_up_db']:g} dB at most, down by {measured['most_down_db']:g} dB"
    return GainStage(gains), StageOutcome("levelling", "worked", why, measured)


def _spoken_levels(
    power: NDArray[np.float64], speaking: NDArray[np.bool_], width: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """dB of the speech in the window around each frame, and the frames whose window holds enough of it."""
    energy = np.concatenate([[0.0], np.cumsum(np.where(speaking, power, 0.0))])
    count = np.concatenate([[0], np.cumsum(speaking)])
    middle = np.arange(len(power))
    first, last = np.maximum(middle - width // 2, 0), np.minimum(middle + width // 2 + 1, len(power))
    frames = count[last] - count[first]
    return decibels((energy[last] - energy[first]) / np.maximum(frames, 1)), (frames >= _LEAST_FRAMES) & speaking
