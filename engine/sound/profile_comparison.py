"""Compares the profiles of a finished file and of its source: time offset, missing sound, and the channels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.sound.profile import ENVELOPE_RATE, HOP_RATE, SoundProfile
from engine.sound.stacked_correlation import vertex

Floats = NDArray[np.float64]

MISSING_DB = 30.0
"""Sound is missing where the finished file is this far below its source, gain considered."""
MISSING_S = 0.5
"""Shorter losses are not counted, in seconds."""

# The largest offset that is searched, in milliseconds; less in a short stretch, of which at least so much is compared.
_REACH, _SHORTEST = 600, 500
# A correlation below this is no match. The envelope of cleaned dialog correlates with that of its noisy recording.
_ENOUGH = 0.5
# Another peak as high as this share of the highest makes the offset ambiguous, as with a tone or a regular beat.
_RIVAL = 0.75
# A rival is at least this far from the peak, in milliseconds.
_APART = 40
# Slower changes of an envelope, over this many milliseconds, say little about its place.
_SLOW = 100
# An envelope whose standard deviation is below this share of its mean has nothing to correlate.
_STEADY = 0.05
# Quieter sound of the source does not count, in dB of full scale.
_HEARD_DBFS = -50.0
# Sound of the source counts as heard within this of its loud parts, in dB.
_LOUD_DB = 30.0
# The same for one channel against both: a codec may drop what the other channel masks.
_MASKED_DB = 20.0
_FLOOR = 1e-12
# Levels are those of 0.2 s around a hop, so that the pauses between words do not count.
_WINDOW = HOP_RATE // 5


@dataclass(frozen=True, slots=True)
class SoundStretch:
    """A part of a programme, in seconds."""

    start: float
    end: float


def sound_offset(source: SoundProfile, result: SoundProfile, start: float, end: float) -> float | None:
    """The seconds by which the result is later than the source from `start` to `end` seconds, to about 0.5 ms.

    It is the peak of the normalized cross-correlation of both envelopes, without their slow changes, within ±0.6 s or
    a quarter of a short stretch. None if there is no distinct one: the sound is silent or steady, or repeats itself.
    """
    first, last = (round(time * ENVELOPE_RATE) for time in (start, end))
    last = min(last, len(source.envelope), len(result.envelope))
    there, heard = (one.envelope[first:last].astype(np.float64) for one in (source, result))
    reach = min(_REACH, len(there) // 4)
    if len(there) < _SHORTEST + 2 * reach:
        return None
    level = there.mean()
    there, heard = (one - _moving_mean(one[:, None], _SLOW)[:, 0] for one in (there, heard))
    template = there[reach:-reach]
    if template.std() <= max(_STEADY * level, 10 ** (_HEARD_DBFS / 20) / 10):
        return None
    found = _normalized(template, heard)
    peak = int(np.argmax(found))
    if found[peak] < _ENOUGH or not 0 < peak < len(found) - 1:
        return None
    others = found.copy()
    others[max(0, peak - _APART) : peak + _APART + 1] = 0
    if others.max() > _RIVAL * found[peak]:
        return None
    return (peak + vertex(found[peak - 1 : peak + 2]) - reach) / ENVELOPE_RATE


def _normalized(template: Floats, heard: Floats) -> Floats:
    """Pearson's correlation of the template with each part of `heard` of its length."""
    count = len(template)
    centred = template - template.mean()
    size = 1 << len(heard).bit_length()
    spectrum = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(centred, size))
    products = np.fft.irfft(spectrum, size)[: len(heard) - count + 1]
    sums, squares = (np.concatenate([[0.0], np.cumsum(part)]) for part in (heard, heard**2))
    total = sums[count:] - sums[:-count]
    power = squares[count:] - squares[:-count] - total**2 / count
    scale = np.sqrt(np.maximum(power, 0) * np.sum(centred**2))
    return np.asarray(np.where(power > 1e-9 * squares[-1], products / np.maximum(scale, _FLOOR), 0.0), np.float64)


def _moving_mean(values: Floats, width: int) -> Floats:
    """The mean of `width` rows around each of the rows (rows, columns); the first and the last one continue."""
    before = width // 2
    padded = np.pad(values, ((before + 1, width - before - 1), (0, 0)), "edge")
    sums = np.cumsum(padded, axis=0)
    return np.asarray((sums[width:] - sums[:-width]) / width, np.float64)


def missing_sound(source: SoundProfile, result: SoundProfile) -> list[SoundStretch]:
    """Where the result is silent in all channels for at least `MISSING_S` and the source is not."""
    lost, heard = _lost(source.stereo, result.stereo)
    anywhere = np.any(heard, axis=1, keepdims=True)[:, 0]
    return _stretches(np.all(~heard | lost, axis=1, keepdims=True)[:, 0] & anywhere, anywhere)


def missing_channels(source: SoundProfile, result: SoundProfile) -> list[tuple[int, SoundStretch]]:
    """The number of a channel, and where it alone is missing for at least `MISSING_S`."""
    lost, heard = _lost(source.stereo, result.stereo)
    all_lost = (~heard | lost).all(1)
    return [
        (channel, one)
        for channel in range(lost.shape[1])
        for one in _stretches(lost[:, channel] & ~all_lost, heard[:, channel])
    ]


@dataclass(frozen=True, slots=True)
class ChannelFigures:
    """How the two channels of a result relate to those of its source; each value is from -1 to 1.

    `source_correlation` and `result_correlation` are those of left and right: 1 is mono, -1 mono with one channel
    inverted. `sides` is the correlation of the level differences between left and right of result and source: 1 where
    the same sides are louder, -1 where the other ones are. It is None if both sides are about as loud throughout, as
    `source_correlation` if a channel is silent.
    """

    source_correlation: float | None
    result_correlation: float | None
    sides: float | None


def channel_figures(source: SoundProfile, result: SoundProfile) -> ChannelFigures | None:
    """The figures of two stereo profiles; None if one is not stereo or is nearly silent."""
    if result.channels != 2 or source.channels > 2:
        return None
    source = source.stereo
    count = min(len(source.powers), len(result.powers))
    faint = 10 ** (_HEARD_DBFS / 10)
    if not count or any(np.percentile(one.powers[:count].max(1), 99) <= faint for one in (source, result)):
        return None
    return ChannelFigures(
        source_correlation=_correlation(source),
        result_correlation=_correlation(result),
        sides=_sides(source.powers[:count], result.powers[:count]),
    )


def _correlation(profile: SoundProfile) -> float | None:
    left, right = profile.powers.astype(np.float64).sum(0)
    # A channel this far below the other says nothing about their phase.
    if min(left, right) <= max(left, right) * 1e-4:
        return None
    return float(profile.cross.astype(np.float64).sum() / np.sqrt(left * right))


def _sides(source: NDArray[np.float32], result: NDArray[np.float32]) -> float | None:
    """The correlation, weighted by the source's power, of the level differences of left and right in dB."""
    one, other = (_differences(powers) for powers in (source, result))
    weights = source.mean(1, dtype=np.float64)
    weights /= weights.sum()
    first, second = np.sum(weights * one**2), np.sum(weights * other**2)
    # Less than 2 dB between the sides is hardly heard, and a codec may change it.
    if first < 4.0 or second < _FLOOR:
        return None
    return float(np.sum(weights * one * other) / np.sqrt(first * second))


def _differences(powers: NDArray[np.float32]) -> Floats:
    levels = 10 * np.log10(np.maximum(powers.astype(np.float64), _FLOOR))
    return np.asarray(np.clip(levels[:, 0] - levels[:, 1], -40, 40), np.float64)


def _lost(source: SoundProfile, result: SoundProfile) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Of each hop and channel: whether it is lost, and whether the source has sound there. Both (hops, channels)."""
    count, channels = len(source.powers), min(source.channels, result.channels)
    here = source.powers[:, :channels].astype(np.float64)
    there = np.zeros_like(here)
    there[: min(count, len(result.powers))] = result.powers[:count, :channels]
    if not count:
        return np.zeros((0, channels), np.bool_), np.zeros((0, channels), np.bool_)
    levels = [10 * np.log10(np.maximum(_moving_mean(part, _WINDOW), _FLOOR)) for part in (here, there)]
    loudest = float(np.percentile(levels[0].max(1), 95))
    gain = _gain(levels[0], levels[1], loudest)
    floor = max(loudest - _LOUD_DB, _HEARD_DBFS)
    heard = (levels[0] > floor) & (levels[0] > levels[0].max(1, keepdims=True) - _MASKED_DB)
    return heard & (levels[1] < levels[0] + gain - MISSING_DB), heard


def _gain(source: Floats, result: Floats, loudest: float) -> float:
    """The gain in dB from source to result, of the loud hops that the result has.

    The upper quartile, because a lost channel is half of them.
    """
    loud = (source > loudest - 10) & (result > -100)
    return float(np.percentile((result - source)[loud], 75)) if loud.any() else 0.0


def _stretches(lost: NDArray[np.bool_], heard: NDArray[np.bool_]) -> list[SoundStretch]:
    """The runs with at least `MISSING_S` of lost hops and no other ones in which the source is heard."""
    run = lost | ~heard
    edges = np.flatnonzero(np.diff(np.concatenate([[False], run, [False]]).astype(np.int8)))
    # The level of a lost stretch falls within half of the window at either end.
    fewest = MISSING_S * HOP_RATE - _WINDOW
    found = []
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        places = first + np.flatnonzero(lost[first:last])
        if len(places) >= fewest:
            begin, end = max(0, places[0] - _WINDOW // 2), places[-1] + 1 + _WINDOW // 2
            found.append(SoundStretch(float(begin / HOP_RATE), float(end / HOP_RATE)))
    return found
