"""Whether the sound of each frame is above the noise around it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.speech.diarize.pyannet import FRAMES, RATE, REACH, STEP

_BAND_HZ = (100.0, 4000.0)
# Around each moment, in seconds: the noise is the 5th percentile of the levels, speech the 95th.
_NOISE_S, _SPEECH_S, _EVERY_S = 10.0, 5.0, 0.5
_NOISE_SHARE, _SPEECH_SHARE = 5, 95
# A frame is silent below this share of the way from noise to speech in dB, and at most this far above the noise.
_SILENT_SHARE, _LEAST_DB = 0.2, 6.0
_QUIETEST = 1e-12
# Frames that are filtered at once.
_AT_ONCE = 4000

Flags = NDArray[np.bool_]


def audible_frames(samples: NDArray[np.float32], count: int) -> Flags:
    """Whether each of `count` frames of 16 kHz mono is above the noise around it."""
    if not len(samples):
        return np.zeros(count, np.bool_)
    levels = _levels(samples, count)
    noise = _around(levels, round(_NOISE_S * FRAMES), _NOISE_SHARE)
    speech = _around(levels, round(_SPEECH_S * FRAMES), _SPEECH_SHARE)
    return np.asarray(levels > noise + np.maximum(_SILENT_SHARE * (speech - noise), _LEAST_DB))


def _around(levels: NDArray[np.float64], reach: int, share: int) -> NDArray[np.float64]:
    """A percentile of the levels up to `reach` frames before and after each frame."""
    places = np.arange(0, len(levels), round(_EVERY_S * FRAMES))
    found = [np.percentile(levels[max(0, at - reach) : at + reach], share) for at in places]
    return np.interp(np.arange(len(levels)), places, found) if found else levels


def _levels(samples: NDArray[np.float32], count: int) -> NDArray[np.float64]:
    """The level of each frame in dB, over one step in the middle of its receptive field."""
    from scipy.signal import butter, sosfilt

    band = butter(2, _BAND_HZ, "bandpass", fs=RATE, output="sos")
    lead = (REACH - STEP) // 2
    _, state = sosfilt(band, samples[:lead].astype(np.float64), zi=np.zeros((len(band), 2)))
    powers = []
    for first in range(lead, lead + count * STEP, _AT_ONCE * STEP):
        part = samples[first : min(first + _AT_ONCE * STEP, lead + count * STEP)].astype(np.float64)
        passed, state = sosfilt(band, part, zi=state) if len(part) else (part, state)
        powers.append(np.square(np.pad(passed, (0, -len(passed) % STEP)).reshape(-1, STEP)).mean(axis=1))
    found = np.concatenate([*powers, np.zeros(count)])[:count]
    return np.asarray(10 * np.log10(np.maximum(found, _QUIETEST)))


def runs_of(flags: Flags) -> NDArray[Any]:
    """The (first, stop) of each run of set flags."""
    return np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8))).reshape(-1, 2)
