"""How many channels become two, or one: the mix matrices, by channel name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Layout = Literal["mono", "stereo"]

_M3DB = float(np.sqrt(0.5))

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

# What a track without a layout most often is, by its number of channels.
_UNNAMED: dict[int, tuple[str, ...]] = {
    3: ("FL", "FR", "FC"),
    4: ("FL", "FR", "BL", "BR"),
    5: ("FL", "FR", "FC", "BL", "BR"),
    6: ("FL", "FR", "FC", "LFE", "BL", "BR"),
    8: ("FL", "FR", "FC", "LFE", "BL", "BR", "SL", "SR"),
}


def mix_matrix(layout: str, names: Sequence[str], to: Layout) -> NDArray[np.float32]:
    """The (outputs, inputs) matrix from a track's channels to mono or stereo, in linear gain.

    One channel is copied to both sides; two are averaged for mono. An ambisonic layout is read as
    AmbiX (ACN order, SN3D): stereo is a pair of virtual cardioids to the sides, (W ± Y) / 2, mono
    is W. Everything else follows Rec. ITU-R BS.775-4, unnamed channels by their usual order; mono
    is then the average of the two sides. Gains are not normalised: a downmix may pass full scale,
    which float holds and the loudness gain afterwards brings down.
    """
    count = len(names)
    sides = np.zeros((2, count), np.float64)
    if layout.startswith("ambisonic"):
        sides[:, 0] = 0.5
        if count > 1:
            sides[:, 1] = (0.5, -0.5)
        return np.asarray(np.eye(1, count) if to == "mono" else sides, np.float32)
    if count == 1:
        sides[:, 0] = 1.0
    elif count == 2:
        sides[:] = np.eye(2)
    else:
        known = names if all(name in _TO_STEREO for name in names) else _UNNAMED.get(count)
        for channel in range(count):
            # With nothing known of its place a channel is heard in the middle.
            sides[:, channel] = _TO_STEREO[known[channel]] if known else (_M3DB, _M3DB)
    return np.asarray(sides.mean(axis=0, keepdims=True) if to == "mono" else sides, np.float32)
