"""Estimates the level of the clean speech in a noisy recording, to which a cleaned version can be compared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.sound.dialog.analysis import Levels, Series
from engine.sound.dialog.filters import decibels

# Frames of 10 ms: a syllable lasts 100 ms or more; a knock or a clink has decayed after 70 ms.
_SHORTEST = 7
# Powers are smoothed over 50 ms, and the noise is their minimum within 1.5 s.
_SMOOTH = 5
_WINDOW = 151
# The minimum of a smoothed power is below its mean.
_BIAS = 1.5
# A frame this much above the noise (6 dB) shows the level of the speech.
_ABOVE_NOISE = 4.0
_TINY = 1e-14
# Up to this reverberation time in seconds, a room is dry.
_DRY_S = 0.2


@dataclass(frozen=True, slots=True)
class SpeechEstimate:
    """The power of the clean speech and of the noise in the speech band, for each 10 ms frame, without short sounds.

    `reliable` marks frames whose power is at least 6 dB above the noise.
    """

    speech: Series
    noise: Series
    reliable: NDArray[np.bool_]


def estimate_speech(levels: Levels) -> SpeechEstimate:
    """Subtracts the noise from the power of the speech band.

    The noise is tracked by minimum statistics: R. Martin, "Noise power spectral density estimation based on optimal
    smoothing and minimum statistics", IEEE Trans. Speech and Audio Processing 9(5), 2001; here for one band.
    """
    from scipy.ndimage import minimum_filter1d, uniform_filter1d

    power = without_short_sounds(levels.speech_band)
    if not len(power):
        return SpeechEstimate(power, power, np.zeros(0, np.bool_))
    smooth = uniform_filter1d(power, _SMOOTH, mode="nearest")
    lowest = minimum_filter1d(smooth, _WINDOW, mode="nearest")
    noise = _BIAS * uniform_filter1d(lowest, _WINDOW, mode="nearest")
    speech = np.maximum(power - noise, _TINY)
    return SpeechEstimate(speech, noise, np.asarray((power > _ABOVE_NOISE * noise) & ~levels.held))


def without_short_sounds(power: Series) -> Series:
    """The powers of 10 ms frames without sounds shorter than 70 ms, such as knocks: their morphological opening."""
    from scipy.ndimage import grey_opening

    return np.asarray(grey_opening(power, _SHORTEST, mode="nearest")) if len(power) else power


def expected_power(after: Series, rt60: float) -> Series:
    """The power that a cleaned voice has in a room, for each 10 ms frame, without short sounds.

    The power decays by 60 dB in `rt60` seconds: J. Polack's model, 1988. 0 is a room without reverberation.
    """
    from scipy.signal import lfilter

    power = without_short_sounds(after)
    if rt60 <= _DRY_S or not len(power):
        return power
    return np.asarray(lfilter([1.0], [1.0, -(10 ** (-0.06 / rt60))], power))


def level_changes(estimate: SpeechEstimate, after: Series, frames: NDArray[np.intp]) -> Series:
    """The change in dB from the estimated speech to `after`, at the frames, relative to the median change.

    `after` is that of `expected_power`.
    """
    changes = decibels(after[frames]) - decibels(estimate.speech[frames])
    return np.asarray(changes - np.median(changes)) if len(frames) else changes
