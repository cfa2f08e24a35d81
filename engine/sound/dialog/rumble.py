"""Removes rumble below the voice and reduces gusts of wind."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.sound.dialog.analysis import Levels, VoiceLevels
from engine.sound.dialog.band_gain import BandGainStage
from engine.sound.dialog.filters import Mono, decibels
from engine.sound.dialog.preset import Rumble
from engine.sound.dialog.stage import StageOutcome

# A gust is this much above the voice's own low-frequency level.
_GUST_DB = 8.0
_HANN = 31
# Powers are smoothed over 150 ms; rumble is their minimum within 1.5 s, which is below its mean by this factor.
_SMOOTH, _WINDOW, _BIAS = 15, 151, 2.0
_LEAST_GAIN_DB = -40.0


class RumbleStage:
    """Gains on the bands below the cut-off and below the wind frequency, the latter if there are gusts."""

    def __init__(self, table: Rumble, rumble_db: NDArray[np.float64], gusts_db: NDArray[np.float64] | None) -> None:
        self._low = BandGainStage(table.cutoff_hz, 8191, "low", rumble_db)
        self._wind = BandGainStage(table.wind_hz, 4095, "low", gusts_db) if gusts_db is not None else None

    def process(self, block: Mono) -> Mono:
        """Processes the next samples."""
        return self._low.process(self._wind.process(block) if self._wind else block)

    def finish(self) -> Mono:
        """The remaining samples."""
        last = self._low.process(self._wind.finish()) if self._wind else np.zeros(0, np.float32)
        return np.concatenate([last, self._low.finish()])


def rumble(table: Rumble, levels: Levels, voice: VoiceLevels) -> tuple[RumbleStage | None, StageOutcome]:
    """The stage, None if it is skipped, and its outcome."""
    if not voice.speaking.any():
        return None, StageOutcome("rumble", "skipped", "no speech")
    power, noise = _low_band(levels)
    below = float(decibels(np.minimum(noise, power)[~levels.held].mean()) - voice.level_db)
    gusts = _gusts(table, levels, voice)
    deepest = float(gusts.min()) if len(gusts) else 0.0
    windy = deepest < -1.0
    measured = {"below_db": round(below, 1), "wind_db": round(-deepest, 1)}
    why = f"rumble is {-below:.0f} dB below the voice"
    if below < table.rest_db and not windy:
        return None, StageOutcome("rumble", "skipped", why, measured)
    if windy:
        why += f"; wind reduced by up to {-deepest:.0f} dB"
    # What a voice has below the cut-off stays: N. Wiener's filter for one band.
    share = np.clip(1 - noise / np.maximum(power, 1e-20), 0, 1) if below >= table.rest_db else np.ones(len(power))
    gains = np.maximum(2 * decibels(share), _LEAST_GAIN_DB)
    return RumbleStage(table, gains, gusts if windy else None), StageOutcome("rumble", "applied", why, measured)


def _low_band(levels: Levels) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The smoothed power of each frame below the cut-off, and that of the rumble in it.

    A voice leaves its lowest band from sound to sound, and rumble does not: R. Martin's minimum statistics, as in
    `estimate_speech`.
    """
    from scipy.ndimage import minimum_filter1d, uniform_filter1d

    power = uniform_filter1d(levels.low, _SMOOTH, mode="nearest")
    lowest = minimum_filter1d(power, _WINDOW, mode="nearest")
    return power, _BIAS * uniform_filter1d(lowest, _WINDOW, mode="nearest")


def _gusts(table: Rumble, levels: Levels, voice: VoiceLevels) -> NDArray[np.float64]:
    """The gain in dB per frame that reduces gusts in the low band to its usual level during speech."""
    low = decibels(levels.gusts)
    usual = float(np.median(low[voice.speaking]))
    # Low notes of a voice are not wind: they follow its speech band.
    loud = np.maximum(usual, decibels(levels.speech_band))
    window = np.hanning(_HANN + 2)[1:-1]
    window /= window.sum()
    over = np.maximum(low - loud - _GUST_DB, 0.0)
    return -np.minimum(np.convolve(over, window, "same")[: len(over)], table.wind_db)
