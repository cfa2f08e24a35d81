"""Gains for channels that are phase-inverted, cancel each other, are dead, or have a constant offset."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.catalog import FrozenModel
from engine.sound.channel_voices import ChannelVoices
from engine.sound.downmix import channel_title, mix_matrix

# A channel this far below the other contains no speech.
_DEAD_DB = 20.0
# Correlation in the speech band: below the first value, one channel is phase-inverted; between the two, summing loses
# more than it gains.
_INVERTED, _OPPOSED = -0.5, -0.3


class ChannelCorrection(FrozenModel):
    """The correction of a track's channels before mixing, measured over the track.

    `offsets` (constant, full scale 1) are subtracted from each channel, which is then multiplied by its `polarity`, 1
    or −1. `mono` are the gains of the mono mix, polarity included, and `why` explains them. `level_dbfs` is the
    speech-band level of the loud parts of that mix, −200 for silence. `notes` are for the receipt. `spread` means that
    several channels with sound of their own are heard, so that the track is stereo or more. `voices` is set if each of
    two channels has its own voice.
    """

    channels: tuple[str, ...]
    offsets: tuple[float, ...]
    polarity: tuple[float, ...]
    mono: tuple[float, ...]
    why: str
    level_dbfs: float = -200.0
    notes: tuple[str, ...] = ()
    spread: bool = False
    ambisonic: bool = False
    voices: ChannelVoices | None = None


def mono_gains(
    layout: str, names: Sequence[str], covariance: NDArray[np.float64], identical: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64], str]:
    """The polarity of each channel, the gains of the mono mix, and the reason for them.

    `covariance` is (channels, channels), of the speech band; `identical` means that all channels are equal sample for
    sample. A phase-inverted channel is flipped. Of two channels, a dead one is left out, and if they partly cancel
    each other only the louder one is used. Everything else is mixed by `mix_matrix`.
    """
    count = len(names)
    polarity = np.ones(count)
    plain = np.asarray(mix_matrix(layout, names, "mono")[0], np.float64)
    power = np.diag(covariance)
    heard = np.flatnonzero((power > power.max(initial=0.0) * 10 ** (-_DEAD_DB / 10)) & (plain != 0))
    if count == 1:
        return polarity, plain, "one channel, unchanged"
    if layout.startswith("ambisonic"):
        return polarity, plain, "AmbiX (ACN, SN3D): W only"
    if count == 2 and identical:
        return polarity, np.array([1.0, 0.0]), "both channels are identical"
    if count == 2 and len(heard) == 1:
        apart = 10 * np.log10(power.max() / max(power.min(), power.max() * 1e-20))
        name, gains = channel_title(names, int(heard[0])), np.eye(2)[heard[0]]
        return polarity, gains, f"{name} channel only: the other is {min(apart, 200):.0f} dB quieter"
    for channel in heard[1:]:
        if _correlation(covariance, int(heard[0]), int(channel)) < _INVERTED:
            polarity[channel] = -1
    if count == 2 and len(heard) == 2 and polarity.min() > 0 and _correlation(covariance, 0, 1) < _OPPOSED:
        louder = int(power[1] > power[0])
        return polarity, np.eye(2)[louder], f"{channel_title(names, louder)} channel only: a mix would cancel"
    if polarity.min() < 0:
        turned = " and ".join(channel_title(names, int(channel)) for channel in np.flatnonzero(polarity < 0))
        plural = np.count_nonzero(polarity < 0) > 1
        why = f"the {turned} channel{'s are' if plural else ' is'} phase-inverted: flipped for listening and analysis"
        return polarity, plain * polarity, why
    return polarity, plain, "average of both channels" if count == 2 else "average of the stereo mix"


def better_microphone(
    names: Sequence[str], powers: NDArray[np.float64], delay_ms: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], str]:
    """As `mono_gains`, for one voice that two microphones have at different times: a sum would be a comb filter.

    `powers` is (frames, 2), of the speech band. The microphone whose loud frames are farthest above its quiet ones is
    used alone.
    """
    loud, quiet = (np.percentile(powers, share, axis=0) for share in (95, 10))
    best = int(np.argmax(loud / np.maximum(quiet, loud * 1e-12)))
    later = f"the {channel_title(names, 1 - best)} one has the same voice {abs(delay_ms):.0f} ms"
    when = "later" if (delay_ms > 0) == (best == 0) else "earlier"
    return np.ones(2), np.eye(2)[best], f"{channel_title(names, best)} channel only: {later} {when}"


def is_spread(layout: str, covariance: NDArray[np.float64], identical: bool) -> bool:
    """Whether a track with this covariance (see `mono_gains`) has several audible channels that differ."""
    if layout.startswith("ambisonic"):
        return len(covariance) > 1
    power = np.diag(covariance)
    heard = np.count_nonzero(power > power.max(initial=0.0) * 10 ** (-_DEAD_DB / 10))
    return bool(heard > 1 and not identical)


def _correlation(covariance: NDArray[np.float64], one: int, other: int) -> float:
    return float(covariance[one, other] / np.sqrt(covariance[one, one] * covariance[other, other]))
