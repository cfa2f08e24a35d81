"""Mixes two channels with one voice each by who speaks, as a gain-sharing automatic microphone mixer does.

D. Dugan, "Automatic Microphone Mixing", Journal of the Audio Engineering Society, 1975.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from engine.sound.channel_voices import ChannelVoices, decibels, speaking_channels
from engine.sound.track import Block

FRAMES = 100
"""Frames per second of levels and gains."""

_BAND_HZ = (300.0, 3400.0)
# The channel of a voice that is silent is lowered by this much, in dB.
_LOWERED_DB = 15.0
# In frames: a voice's gaps up to this length belong to it; a channel opens this long before its voice; gains change
# over this long, by a raised cosine.
_GAP, _AHEAD, _RAMP = 15, 8, 15
# For speech models, a channel stays open this long after its voice.
_AFTER = 25

Gains = NDArray[np.float64]


class FrameLevels:
    """The levels of two channels in the speech band, every 10 ms; blocks may have any length."""

    def __init__(self, rate: int) -> None:
        from scipy.signal import butter

        self._frame = rate // FRAMES
        self._band = butter(2, _BAND_HZ, "bandpass", fs=rate, output="sos")
        self._state = np.zeros((len(self._band), 2, 2))
        self._rest = np.zeros((0, 2), np.float32)
        self._powers: list[NDArray[np.float64]] = []

    def push(self, pairs: Block) -> None:
        """Adds the next (samples, 2)."""
        whole = np.concatenate([self._rest, pairs])
        count = len(whole) // self._frame
        self._rest = whole[count * self._frame :]
        if count:
            self._measure(whole[: count * self._frame])

    def levels(self) -> NDArray[np.float64]:
        """The (frames, 2) levels in dBFS; an incomplete last frame ends with silence."""
        if len(self._rest):
            self._measure(np.pad(self._rest, ((0, self._frame - len(self._rest)), (0, 0))))
            self._rest = self._rest[:0]
        return decibels(np.concatenate(self._powers)) if self._powers else np.zeros((0, 2))

    def _measure(self, pairs: Block) -> None:
        from scipy.signal import sosfilt

        passed, self._state = sosfilt(self._band, pairs.astype(np.float64), axis=0, zi=self._state)
        self._powers.append(np.square(passed.reshape(-1, self._frame, 2)).mean(axis=1))


def mix_gains(levels: NDArray[np.float64], voices: ChannelVoices) -> Gains:
    """The (frames, 2) linear gains of the mix; the sum of their squares is always 1.

    The channel of the voice that speaks is open and the other one is 15 dB lower; if both speak, both have −3 dB. In
    pauses, the last voice keeps its channel.
    """
    speaking = _widened(_closed(speaking_channels(levels, voices)), _AHEAD, 0)
    least = math.asin(10 ** (-_LOWERED_DB / 20))
    # The angle is 0 for the first channel alone, π/2 for the second.
    angle = np.select(
        [speaking.all(axis=1), speaking[:, 0], speaking[:, 1]], [math.pi / 4, least, math.pi / 2 - least], np.nan
    )
    angle = _smoothed(_filled(angle))
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def mixed(pairs: Iterable[Block], gains: Gains, rate: int) -> Iterator[Block]:
    """The (samples,) mix of blocks of (samples, 2)."""
    return (block.sum(axis=1) for block in separate(pairs, gains, rate))


def separate(pairs: Iterable[Block], gains: Gains, rate: int) -> Iterator[Block]:
    """Blocks of (samples, 2) with a gain for each channel, such as those of `open_gains`."""
    at = 0
    for block in pairs:
        yield np.asarray(block * _per_sample(gains, at, len(block), rate), np.float32)
        at += len(block)


def open_gains(speaking: NDArray[np.bool_]) -> Gains:
    """The (frames, 2) gains that mute each channel where only the other voice is heard, for speech models."""
    heard = _widened(_closed(speaking), _AHEAD, _AFTER)
    return np.stack([_smoothed(heard[:, channel].astype(np.float64)) for channel in (0, 1)], axis=1)


def _closed(flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The (frames, 2) flags with short gaps filled."""
    from scipy.ndimage import binary_closing

    if not len(flags):
        return flags
    structure = np.ones((2 * (_GAP // 2) + 1, 1), np.bool_)
    return np.asarray(binary_closing(np.pad(flags, ((_GAP, _GAP), (0, 0))), structure)[_GAP:-_GAP])


def _widened(flags: NDArray[np.bool_], before: int, after: int) -> NDArray[np.bool_]:
    """The (frames, 2) flags, set that many frames earlier and later too."""
    count = len(flags)
    sums = np.concatenate([np.zeros((1, flags.shape[1])), np.cumsum(flags, axis=0)])
    first, last = (np.clip(np.arange(count) + step, 0, count) for step in (-after, before + 1))
    return np.asarray(sums[last] > sums[first])


def _filled(angle: Gains) -> Gains:
    """The angles, with the last known one in pauses and the first one before it; equal gains if nobody speaks."""
    known = np.flatnonzero(~np.isnan(angle))
    if not len(known):
        return np.full(len(angle), math.pi / 4)
    last = np.searchsorted(known, np.arange(len(angle)), "right") - 1
    return np.asarray(angle[known[np.maximum(last, 0)]])


def _smoothed(values: Gains) -> Gains:
    from scipy.ndimage import convolve1d

    if not len(values):
        return values
    window = np.hanning(_RAMP + 2)[1:-1]
    return np.asarray(convolve1d(values, window / window.sum(), mode="nearest"))


def _per_sample(values: Gains, at: int, count: int, rate: int) -> Gains:
    """The (frames, 2) values, interpolated for `count` samples from `at`; each frame's value is in its middle."""
    step = rate // FRAMES
    place = np.clip((at + np.arange(count) + 0.5) / step - 0.5, 0, max(len(values) - 1, 0))
    first = place.astype(np.int64)
    share = (place - first)[:, None]
    return np.asarray(values[first] * (1 - share) + values[np.minimum(first + 1, len(values) - 1)] * share)
