"""Loudness weights of a track's channels by position: Rec. ITU-R BS.1770-5, annexes 1 and 3."""

from __future__ import annotations

from collections.abc import Sequence

from engine.catalog import FrozenModel
from engine.sound.downmix import UNNAMED

# (azimuth, elevation) in degrees, left of the listener; Rec. ITU-R BS.2051-3, table 2. Right channels mirror them.
_POSITIONS: dict[str, tuple[float, float]] = {
    "FL": (30, 0),
    "FC": (0, 0),
    "FLC": (15, 0),
    "SL": (90, 0),
    "BL": (135, 0),
    "BC": (180, 0),
    "WL": (60, 0),
    "SDL": (90, 0),
    "SSL": (110, 0),
    "TC": (0, 90),
    "TFL": (45, 30),
    "TFC": (0, 30),
    "TSL": (90, 30),
    "TBL": (135, 30),
    "TBC": (180, 30),
    "TTL": (90, 45),
    "BFL": (45, -30),
    "BFC": (0, -30),
    "DL": (30, 0),
    "BIL": (30, 0),
}
_LOW_EFFECTS = {"LFE", "LFE2"}
# In a layout without side channels, the rear pair is the surround pair of Rec. ITU-R BS.775.
_SURROUND = (110.0, 0.0)
# System H (9+10+3, "22.2") has its front pair here, and FLC and FRC where other layouts have FL and FR.
_WIDE_FRONT = (60.0, 0.0)
_SIDE_WEIGHT = 1.41
_DUAL_MONO = 2.0

DUAL_MONO_DB = 3.01
"""Mono on two loudspeakers is this much louder than on one, in LU."""


class ChannelLayout(FrozenModel):
    """A track's channels as measured: layout name, channels, loudness weights, and the rule.

    `rule` is for display; it states if the file does not name its channels.
    """

    layout: str
    channels: tuple[str, ...]
    weights: tuple[float, ...]
    rule: str


def position_weight(azimuth: float, elevation: float) -> float:
    """The loudness weight of a position in degrees (Rec. ITU-R BS.1770-5, annex 3, table 4)."""
    return _SIDE_WEIGHT if abs(elevation) < 30 and 60 <= abs(azimuth) <= 120 else 1.0


def channel_layout(layout: str, names: Sequence[str]) -> ChannelLayout:
    """The loudness weights of a track's channels by their FFmpeg names.

    A single channel counts twice because it plays from two loudspeakers. Unnamed channels are assumed by channel
    count; for an unknown count, each has weight 1. An ambisonic track is measured as its stereo rendering.
    """
    count = len(names)
    if layout.startswith("ambisonic"):
        rule = "ambisonic, measured as its stereo rendering: (W ± Y) / 2"
        return ChannelLayout(layout=layout, channels=("FL", "FR"), weights=(1.0, 1.0), rule=rule)
    if count == 1:
        rule = "mono, measured as played from two loudspeakers"
        return ChannelLayout(layout="mono", channels=tuple(names), weights=(_DUAL_MONO,), rule=rule)
    known = tuple(names) if all(_is_known(name) for name in names) else UNNAMED.get(count)
    if known is None:
        rule = "the file does not name its channels: each has weight 1"
        return ChannelLayout(layout=layout, channels=tuple(names), weights=(1.0,) * count, rule=rule)
    rule = "Rec. ITU-R BS.1770-5"
    if known != tuple(names) and count > 2:
        rule += f"; the file does not name its channels: assumed to be {' '.join(known)}"
    weights = tuple(_weight(name, known) for name in known)
    return ChannelLayout(layout=layout, channels=known, weights=weights, rule=rule)


def _is_known(name: str) -> bool:
    return name in _LOW_EFFECTS or _left_of(name) in _POSITIONS


def _left_of(name: str) -> str:
    return name if name in _POSITIONS else name.replace("R", "L")


def _weight(name: str, names: Sequence[str]) -> float:
    if name in _LOW_EFFECTS:
        return 0.0
    left = _left_of(name)
    position = _POSITIONS[left]
    if left == "BL" and not {"SL", "SR"} & set(names):
        position = _SURROUND
    if left == "FL" and {"FLC", "BFC"} <= set(names):
        position = _WIDE_FRONT
    return position_weight(*position)
