"""Places the starts and ends of turns by the sound: the networks bridge short pauses and blur changes of speakers."""

from __future__ import annotations

import numpy as np

from engine.speech.diarize.audible_frames import Flags, runs_of
from engine.speech.diarize.pyannet import FRAMES
from engine.speech.diarize.windows import WindowedSpeech

# Audible speech goes on for this long, in seconds, down to this probability.
_REACH_S, _FAINT = 0.3, 0.1
# A speaker with less than this, in seconds, between two pauses of that many frames is part of the other one there.
_SLIP_S, _BREAK = 0.3, 4
# Speech lasts this many frames before and after its sound. Shorter pauses of one speaker, in seconds, are speech, as in
# NIST's evaluations (RT-09).
_EDGE, _PAUSE_S = 1, 0.3


def at_sound_edges(speaking: Flags, heard: WindowedSpeech, audible: Flags) -> Flags:
    """(frames, speakers) with turns that begin and end with their sound, which `audible` marks by frame.

    Turns go on while speech is likely, change at pauses if there is one nearby, and end where the sound is silent.
    Pauses of one speaker below 0.3 s stay in the turn.
    """
    if not speaking.any():
        return speaking
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
    for first, stop in runs_of(~audible):
        sound[first:stop] |= stop - first < _BREAK
    for first, stop in runs_of(sound):
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
        for first, stop in runs_of(~found[:, speaker]):
            within = first > 0 and stop < len(found) and stop - first < _PAUSE_S * FRAMES
            if within and not others[first:stop].any():
                found[first:stop, speaker] = True
    return found
