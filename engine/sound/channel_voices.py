"""Recognises two channels that have one voice each, and the times at which each of them is speaking."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.catalog import FrozenModel
from engine.sound.downmix import channel_title

# The quietest power: −120 dBFS.
_SILENT = 1e-12
# A channel is active this far above its noise and at most this far below its own voice, in dB.
_ABOVE_NOISE_DB, _BELOW_VOICE_DB = 10.0, 30.0
# A frame belongs to one voice if its channel is this much louder than the other one, each relative to its loudest
# speech. The other voice must be at least as far below in the middle of those frames.
_APART_DB, _CROSSTALK_DB = 10.0, -12.0
# Each voice speaks at least this long, in frames of 0.1 s, and most active frames belong to one voice.
_FEWEST, _MOSTLY = 15, 0.6
# Crosstalk varies by this much, in dB; a voice of its own is above that. It arrives up to two frames of 10 ms later or
# earlier, and fades by this much each frame, as in a room with a reverberation time of half a second.
_SPREAD_DB, _EARLIER, _FADE_DB = 8.0, 2, 1.2
# A voice speaks for at least this many frames.
_SHORTEST = 4

Levels = NDArray[np.float64]


class ChannelVoices(FrozenModel):
    """The voices of two channels: their names for display, and levels of the speech band, each with a value a channel.

    `levels_dbfs` are of the voices in their own channels, `floors_dbfs` of the noise. `crosstalk_db` is the level of
    the other voice in this channel, relative to its level in its own.
    """

    titles: tuple[str, str]
    levels_dbfs: tuple[float, float]
    floors_dbfs: tuple[float, float]
    crosstalk_db: tuple[float, float]

    @property
    def note(self) -> str:
        """The finding for receipts and reports."""
        return f"one voice per channel: {', '.join(self.titles)}"


def find_voices(names: Sequence[str], powers: NDArray[np.float64]) -> ChannelVoices | None:
    """The voices of two channels from their (frames, 2) power in the speech band, every 0.1 s; None if they share one.

    Each channel is the louder one for a while, by far more than the microphones of a stereo pair differ, and most of
    the time only one of the two is active.
    """
    if len(powers) < _FEWEST:
        return None
    levels = decibels(powers)
    floors = np.percentile(levels, 10, axis=0)
    loudest = np.percentile(levels, 98, axis=0)
    relative = levels - loudest
    active = (levels > floors + _ABOVE_NOISE_DB) & (relative > -_BELOW_VOICE_DB)
    apart = relative[:, 0] - relative[:, 1]
    own = np.stack([active[:, 0] & (apart > _APART_DB), active[:, 1] & (apart < -_APART_DB)], axis=1)
    spoken = own.sum(axis=0)
    if spoken.min() < _FEWEST or spoken.sum() < _MOSTLY * active.any(axis=1).sum():
        return None
    voices = [float(np.median(levels[own[:, channel], channel])) for channel in (0, 1)]
    # The level of the other voice in each channel, relative to its own channel.
    difference = levels[:, 0] - levels[:, 1]
    crosstalk = float(np.median(difference[own[:, 1]])), float(np.median(-difference[own[:, 0]]))
    # Channels with different gains: crosstalk counts relative to the channel's own voice.
    heard = crosstalk[0] + voices[1] - voices[0], crosstalk[1] + voices[0] - voices[1]
    if max(heard) > _CROSSTALK_DB:
        return None
    return ChannelVoices(
        titles=(channel_title(names, 0), channel_title(names, 1)),
        levels_dbfs=(round(voices[0], 1), round(voices[1], 1)),
        floors_dbfs=(round(float(floors[0]), 1), round(float(floors[1]), 1)),
        crosstalk_db=(round(crosstalk[0], 1), round(crosstalk[1], 1)),
    )


def speaking_channels(levels: Levels, voices: ChannelVoices) -> NDArray[np.bool_]:
    """Whether each channel has its own voice, from the (frames, 2) levels of the speech band in dBFS."""
    found = np.zeros(levels.shape, np.bool_)
    for one, other in ((0, 1), (1, 0)):
        own, faded = levels[:, one], _faded(levels[:, other])
        quietest = max(voices.floors_dbfs[one] + _ABOVE_NOISE_DB, voices.levels_dbfs[one] - _BELOW_VOICE_DB)
        found[:, one] = _sustained((own > quietest) & (own > faded + voices.crosstalk_db[one] + _SPREAD_DB))
    return found


def _faded(levels: Levels) -> Levels:
    """The levels with the decay of a room after them."""
    early = np.concatenate([levels[_EARLIER:], np.full(min(_EARLIER, len(levels)), -np.inf)])
    slope = _FADE_DB * np.arange(len(levels))
    return np.asarray(np.maximum.accumulate(np.maximum(levels, early) + slope) - slope)


def _sustained(flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The flags without runs that are too short for speech."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8))).reshape(-1, 2)
    for first, stop in edges[edges[:, 1] - edges[:, 0] < _SHORTEST]:
        flags[first:stop] = False
    return flags


def decibels(powers: NDArray[np.float64]) -> Levels:
    """Powers in dB, at least −120."""
    return np.asarray(10 * np.log10(np.maximum(powers, _SILENT)))
