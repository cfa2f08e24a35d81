"""How many channels become two, or one: the mix matrices, by channel name."""

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
"""The channels of a track that does not name them, by their number: the usual order of WAV files."""


_TITLES = {"FL": "left", "FR": "right", "DL": "left", "DR": "right"}


class Downmix(FrozenModel):
    """How a track's channels became what is heard: the rule, and its gains, a row for each output, linear."""

    rule: str
    channels: tuple[str, ...]
    gains: tuple[tuple[float, ...], ...]


def channel_title(names: Sequence[str], place: int) -> str:
    """A channel by a name for people: left, right, FC; by its number where the file does not name it."""
    known = UNNAMED.get(len(names)) if names[place] == "NONE" else tuple(names)
    return _TITLES.get(known[place], known[place]) if known else f"number {place + 1}"


def mix_matrix(layout: str, names: Sequence[str], to: OutputLayout) -> NDArray[np.float32]:
    """The (outputs, inputs) matrix from a track's channels to mono or stereo, in linear gain; see `downmix`."""
    return _mix(layout, tuple(names), to)[1]


def downmix(layout: str, names: Sequence[str], to: OutputLayout, polarity: Sequence[float] = ()) -> Downmix:
    """What is done with a track's channels, said in words and numbers.

    One channel is copied to both sides; two are averaged for mono. An ambisonic layout is read as
    AmbiX (ACN order, SN3D): stereo is a pair of virtual cardioids to the sides, (W ± Y) / 2, mono
    is W; channels that lie beside it, a head-locked pair, are added by their names. Everything else
    follows Rec. ITU-R BS.775-4, unnamed channels by their usual order; mono is then the average of
    the two sides. Gains are not normalised: a downmix may pass full scale, which float holds and the
    loudness gain afterwards brings down. A `polarity` of −1 turns a channel over before it is mixed.
    """
    import numpy as np

    rule, matrix = _mix(layout, tuple(names), to)
    if min(polarity, default=1.0) < 0:
        # Adding zero makes 0 of −0.
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
            "AmbiX (ACN, SN3D): W alone" if to == "mono" else "AmbiX (ACN, SN3D): cardioids to the sides, (W ± Y) / 2"
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
        rule = "as it is" if to == "mono" else "mono on both sides"
        sides[:, 0] = 1.0
    elif count == 2:
        rule = "as it is" if to == "stereo" else "the average of both sides"
        sides[:] = np.eye(2)
    else:
        known = names if all(name in _TO_STEREO for name in names) else UNNAMED.get(count)
        rule = "Rec. ITU-R BS.775-4"
        if known is None:
            rule = "nothing says where the channels are: all in the middle, at −3 dB"
        elif known is not names:
            rule += f", the unnamed channels taken for {' '.join(known)}"
        if to == "mono":
            rule += ", the average of both sides"
        for channel in range(count):
            sides[:, channel] = _TO_STEREO[known[channel]] if known else (_M3DB, _M3DB)
    if to == "mono":
        sides = sides.mean(axis=0, keepdims=True) if mono is None else mono
    matrix = np.asarray(sides, np.float32)
    matrix.setflags(write=False)
    return rule, matrix
