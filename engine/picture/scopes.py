"""Counts the codes of a displayed picture: waveforms, the vectorscope, and histograms of light.

Pictures are display code values 0–1 of a view, (height, width, 3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.picture.choices import View

Counts = NDArray[np.int64]

# Luma of BT.709 and of BT.2020.
_LUMA = {"sdr": (0.2126, 0.7152, 0.0722), "hlg": (0.2627, 0.6780, 0.0593), "pq": (0.2627, 0.6780, 0.0593)}
PEAK_NITS: dict[View, float] = {"sdr": 100.0, "hlg": 1000.0, "pq": 10_000.0}
"""The light of the code 1 on a reference display, in cd/m²: BT.1886 at 100, BT.2100 HLG at 1000, PQ."""

LOWEST_NITS = 0.01
"""The first edge of a histogram; darker light is counted in its first bin."""


@dataclass(frozen=True, slots=True)
class LightHistogram:
    """The number of samples of luminance, red, green and blue, (4, bins), between `edges` in nits, (bins + 1)."""

    edges: NDArray[np.float64]
    counts: Counts


@dataclass(frozen=True, slots=True)
class ScopeNumbers:
    """Luma in % of the code range: its 1st and 99th percentile and its mean; light in nits.

    `black` and `white` are the shares of pixels with a channel at the lowest or the highest code.
    """

    low: float
    mean: float
    high: float
    mean_nits: float
    highest_nits: float
    black: float
    white: float


def luma(codes: NDArray[Any], view: View) -> NDArray[np.float32]:
    """The luma of code values, (height, width)."""
    weighted: NDArray[np.float32] = codes.astype(np.float32) @ np.asarray(_LUMA[view], np.float32)
    return weighted


def waveform(channel: NDArray[Any], columns: int, levels: int) -> Counts:
    """How often each level is in each column of a channel (height, width): (levels, columns), the lowest level first.

    A pixel is in the column of its centre. Codes are rounded to the nearest level and clipped to 0–1.
    """
    width = channel.shape[1]
    column = (2 * np.arange(width) + 1) * columns // (2 * width)
    places = _levels(channel, levels) * columns + column[None, :]
    return np.bincount(places.ravel(), minlength=levels * columns).reshape(levels, columns)


def vectorscope(codes: NDArray[Any], view: View, size: int) -> Counts:
    """How often each colour difference occurs, (size, size): −0.5 to 0.5, Cr by row (lowest first), Cb by column."""
    red, _, blue = _LUMA[view]
    light = luma(codes, view)
    cb = (codes[..., 2] - light) / (2 * (1 - blue))
    cr = (codes[..., 0] - light) / (2 * (1 - red))
    places = _levels(cr + 0.5, size) * size + _levels(cb + 0.5, size)
    return np.bincount(places.ravel(), minlength=size * size).reshape(size, size)


def light_histogram(codes: NDArray[Any], view: View, bins: int) -> LightHistogram:
    """The light of a picture on a reference display, in bins of equal ratio from `LOWEST_NITS` to the peak."""
    edges = np.geomspace(LOWEST_NITS, PEAK_NITS[view], bins + 1)
    light = to_nits(codes, view)
    channels = (light @ np.asarray(_LUMA[view]), *np.moveaxis(light, 2, 0))
    counted = [np.histogram(np.clip(one, edges[0], edges[-1]), edges)[0] for one in channels]
    return LightHistogram(edges, np.stack(counted))


def scope_numbers(codes: NDArray[Any], view: View) -> ScopeNumbers:
    """The numbers of a picture."""
    level = luma(codes, view)
    low, high = np.percentile(level, (1, 99))
    light = to_nits(codes, view) @ np.asarray(_LUMA[view])
    step = 0.5 / 255
    return ScopeNumbers(
        low=100 * float(low),
        mean=100 * float(level.mean()),
        high=100 * float(high),
        mean_nits=float(light.mean()),
        highest_nits=float(light.max()),
        black=float((codes <= step).any(axis=2).mean()),
        white=float((codes >= 1 - step).any(axis=2).mean()),
    )


def to_nits(codes: NDArray[Any], view: View) -> NDArray[np.float64]:
    """The light of codes on the reference display of a view, in cd/m², for each channel (BT.1886, BT.2100)."""
    code = np.clip(codes, 0, 1).astype(np.float64)
    if view == "sdr":
        shown: NDArray[np.float64] = PEAK_NITS["sdr"] * code**2.4
        return shown
    if view == "pq":
        root = code ** (32 / 2523)
        linear = (np.maximum(root - 3424 / 4096, 0) / (2413 / 128 - 2392 / 128 * root)) ** (16384 / 2610)
        shown = PEAK_NITS["pq"] * linear
        return shown
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(code <= 0.5, code**2 / 3, (np.exp((code - c) / a) + b) / 12)
    # The system gamma of a display of 1000 cd/m² is 1.2.
    luminance = scene @ np.asarray(_LUMA["hlg"])
    light: NDArray[np.float64] = PEAK_NITS["hlg"] * np.minimum(scene * luminance[..., None] ** 0.2, 1.0)
    return light


def _levels(values: NDArray[Any], levels: int) -> NDArray[np.int64]:
    places: NDArray[np.int64] = np.rint(np.clip(values, 0, 1) * (levels - 1)).astype(np.int64)
    return places
