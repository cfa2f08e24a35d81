"""Mix matrices from any channel layout to stereo or mono, by channel name."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from engine.catalog import FrozenModel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

OutputLayout = Literal["mono", "stereo"]
ReadLayout = Literal["mono", "stereo", "source"]

_M3DB = math.sqrt(0.5)

# Rec. ITU-R BS.775-4, table 2: centre and surrounds at -3 dB, no low-frequency effects. A single
# rear centre is first halved in power between two surrounds. Heights follow the surrounds.
_TO_STEREO: dict[str, tuple[float, float]] = {
    "FL": (1.0, 0.0),
    "FR": (0.0, 1.0),
    "FC": (_M3DB, _M3DB),
    "LFE": (0.0, 0.0),
    "LFE2": (0.0, 0.0),
    "BL": (_M3DB, 0.0),
    "BR": (0.0, _M3DB),
    "SL": (_M3DB, 0.0),
    "SR": (0.0, _M3DB),
    "WL": (_M3DB, 0.0),
    "WR": (0.0, _M3DB),
    "FLC": (1.0, 0.0),
    "FRC": (0.0, 1.0),
    "BC": (0.5, 0.5),
    "TC": (0.5, 0.5),
    "TFL": (_M3DB, 0.0),
    "TFC": (0.5, 0.5),
    "TFR": (0.0, _M3DB),
    "TBL": (_M3DB, 0.0),
    "TBC": (0.5, 0.5),
    "TBR": (0.0, _M3DB),
    "TSL": (_M3DB, 0.0),
    "TSR": (0.0, _M3DB),
    "DL": (1.0, 0.0),
    "DR": (0.0, 1.0),
}

UNNAMED: dict[int, tuple[str, ...]] = {
    2: ("FL", "FR"),
    3: ("FL", "FR", "FC"),
    4: ("FL", "FR", "BL", "BR"),
    5: ("FL", "FR", "FC", "BL", "BR"),
    6: ("FL", "FR", "FC", "LFE", "BL", "BR"),
    7: ("FL", "FR", "FC", "LFE", "BC", "SL", "SR"),
    8: ("FL", "FR", "FC", "LFE", "BL", "BR", "SL", "SR"),
}
"""Assumed names of unnamed channels, by channel count: the usual order of WAV files."""


_TITLES = {"FL": "left", "FR": "right", "DL": "left", "DR": "right"}


class Downmix(FrozenModel):
    """The downmix of a track: the rule, the input channels, and linear gains with a row for each output."""

    rule: str
    channels: tuple[str, ...]
    gains: tuple[tuple[float, ...], ...]


def channel_title(names: Sequence[str], place: int) -> str:
    """A channel's display name: left, right, FC; its number if the name is unknown."""
    known = UNNAMED.get(len(names)) if names[place] == "NONE" else tuple(names)
    return _TITLES.get(known[place], known[place]) if known else f"number {place + 1}"


def mix_matrix(layout: str, names: Sequence[str], to: OutputLayout) -> NDArray[np.float32]:
    """The (outputs, inputs) matrix from a track's channels to mono or stereo, in linear gain; see `downmix`."""
    return _mix(layout, tuple(names), to)[1]


def downmix(layout: str, names: Sequence[str], to: OutputLayout, polarity: Sequence[float] = ()) -> Downmix:
    """The rule and the gains for mixing a track's channels to mono or stereo.

    One channel is copied to both outputs; two are averaged for mono. An ambisonic layout is read as
    AmbiX (ACN order, SN3D): stereo is a pair of virtual cardioids facing left and right, (W ± Y) / 2;
    mono is W; additional head-locked channels are added by name. Everything else follows
    Rec. ITU-R BS.775-4, with unnamed channels in their usual order; mono is the average of the two
    outputs. Gains are not normalised: a downmix may exceed full scale, which float samples preserve
    until the loudness gain. A `polarity` of −1 flips a channel before mixing.
    """
    import numpy as np

    rule, matrix = _mix(layout, tuple(names), to)
    if min(polarity, default=1.0) < 0:
        # Adding zero turns −0 into 0.
        matrix = matrix * np.asarray(polarity, np.float32) + np.float32(0)
        turned = " ".join(channel_title(names, place) for place, sign in enumerate(polarity) if sign < 0)
        rule += f"; phase-inverted and flipped: {turned}"
    gains = tuple(tuple(round(float(gain), 6) for gain in row) for row in matrix)
    return Downmix(rule=rule, channels=tuple(names), gains=gains)


@lru_cache(maxsize=64)
def _mix(layout: str, names: tuple[str, ...], to: OutputLayout) -> tuple[str, NDArray[np.float32]]:
    import numpy as np

    count = len(names)
    sides = np.zeros((2, count), np.float64)
    mono = None
    if layout.startswith("ambisonic"):
        rule = (
            "AmbiX (ACN, SN3D): W only" if to == "mono" else "AmbiX (ACN, SN3D): cardioids left and right, (W ± Y) / 2"
        )
        sides[:, 0] = 0.5
        if count > 1:
            sides[:, 1] = (0.5, -0.5)
        mono = np.eye(1, count)
        for channel, name in enumerate(names):
            if name in _TO_STEREO:
                sides[:, channel] = _TO_STEREO[name]
                mono[:, channel] = np.mean(_TO_STEREO[name])
    elif count == 1:
        rule = "unchanged" if to == "mono" else "mono on both channels"
        sides[:, 0] = 1.0
    elif count == 2:
        rule = "unchanged" if to == "stereo" else "average of both channels"
        sides[:] = np.eye(2)
    else:
        known = names if all(name in _TO_STEREO for name in names) else UNNAMED.get(count)
        rule = "Rec. ITU-R BS.775-4"
        if known is None:
            rule = "unknown channel positions: all in the centre at −3 dB"
        elif known is not names:
            rule += f", unnamed channels assumed to be {' '.join(known)}"
        if to == "mono":
            rule += ", average of both channels"
        for channel in range(count):
            sides[:, channel] = _TO_STEREO[known[channel]] if known else (_M3DB, _M3DB)
    if to == "mono":
        sides = sides.mean(axis=0, keepdims=True) if mono is None else mono
    matrix = np.asarray(sides, np.float32)
    matrix.setflags(write=False)
    return rule, matrix
