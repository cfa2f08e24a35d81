"""Places the starts and ends of turns by the sound: the networks bridge short pauses and blur changes of speakers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.speech.diarize.pyannet import RATE, REACH, STEP
from engine.speech.diarize.stretches import FRAMES
from engine.speech.diarize.windows import WindowedSpeech

_BAND_HZ = (100.0, 4000.0)
# Around each moment, in seconds: the noise is the 5th percentile of the levels, speech the 95th.
_NOISE_S, _SPEECH_S, _EVERY_S = 10.0, 5.0, 0.5
_NOISE_SHARE, _SPEECH_SHARE = 5, 95
# A frame is silent below this share of the way from noise to speech in dB, and at most this far above the noise.
_SILENT_SHARE, _LEAST_DB = 0.2, 6.0
# Audible speech goes on for this long, in seconds, down to this probability.
_REACH_S, _FAINT = 0.3, 0.1
# A speaker with less than this, in seconds, between two pauses of that many frames is part of the other one there.
_SLIP_S, _BREAK = 0.3, 4
# Speech lasts this many frames before and after its sound. Shorter pauses of one speaker, in seconds, are speech, as in
# NIST's evaluations (RT-09).
_EDGE, _PAUSE_S = 1, 0.3
_QUIETEST = 1e-12
# Frames that are filtered at once.
_AT_ONCE = 4000

Flags = NDArray[np.bool_]


def at_sound_edges(speaking: Flags, heard: WindowedSpeech, samples: NDArray[np.float32]) -> Flags:
    """(frames, speakers) with turns that begin and end with their sound, in 16 kHz mono.

    Turns go on while speech is likely, change at pauses if there is one nearby, and end where the sound is silent.
    Pauses of one speaker below 0.3 s stay in the turn.
    """
    if not speaking.any():
        return speaking
    audible = _audible(samples, len(speaking))
    likely = heard.mean(lambda active: np.minimum(active.sum(axis=1), 1)) > _FAINT
    found = _changed_at_pauses(_continued(speaking, audible & likely), audible)
    return _without_pauses(found, audible)


def _continued(speaking: Flags, likely: Flags) -> Flags:
    """Adds the likely frames without a speaker to the nearest turn."""
    from scipy.ndimage import distance_transform_edt

    nobody = ~speaking.any(axis=1)
    away, (nearest,) = distance_transform_edt(nobody, return_indices=True)
    added = nobody & likely & (away <= _REACH_S * FRAMES)
    found = speaking.copy()
    found[added] = speaking[nearest[added]]
    return found


def _changed_at_pauses(speaking: Flags, audible: Flags) -> Flags:
    """Moves changes of speakers to a pause that is so near that only a slip of speech is between."""
    found, sound = speaking.copy(), audible.copy()
    for first, stop in _runs(~audible):
        sound[first:stop] |= stop - first < _BREAK
    for first, stop in _runs(sound):
        part = found[max(0, first - _EDGE) : stop + _EDGE]
        alone = part.sum(axis=1) == 1
        spoken = (part & alone[:, None]).sum(axis=0)
        most = int(spoken.argmax())
        for speaker in np.flatnonzero((spoken > 0) & (spoken < _SLIP_S * FRAMES)):
            if speaker != most:
                slip = alone & part[:, speaker]
                part[slip, speaker], part[slip, most] = False, True
    return found


def _without_pauses(speaking: Flags, audible: Flags) -> Flags:
    """Removes the silent frames, and then fills the short pauses of a speaker in which nobody speaks."""
    from scipy.ndimage import maximum_filter1d

    sound = np.asarray(maximum_filter1d(audible, 2 * _EDGE + 1), np.bool_)
    found = speaking & sound[:, None]
    others = found.sum(axis=1)
    for speaker in range(found.shape[1]):
        for first, stop in _runs(~found[:, speaker]):
            within = first > 0 and stop < len(found) and stop - first < _PAUSE_S * FRAMES
            if within and not others[first:stop].any():
                found[first:stop, speaker] = True
    return found


def _audible(samples: NDArray[np.float32], count: int) -> Flags:
    """Whether each frame is above the noise around it."""
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


def _runs(flags: Flags) -> NDArray[Any]:
    """The (first, stop) of each run of set flags."""
    return np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8))).reshape(-1, 2)
