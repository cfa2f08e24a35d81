"""Scaling: filter weights along one axis, and the placement of a picture in a frame."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Fit = Literal["fit", "fill"]


@dataclass(frozen=True, slots=True)
class Axis:
    """Output i is the sum over t of weights[i, t] × source[first[i] + t]; weights are ≥ 0 and add up to 1."""

    first: NDArray[np.uint32]
    weights: NDArray[np.float32]

    @property
    def taps(self) -> int:
        """The number of source samples per output."""
        return int(self.weights.shape[1])

    @property
    def keeps(self) -> bool:
        """Whether output i is source sample i."""
        return self.taps == 1 and bool((self.first == np.arange(len(self.first))).all())


def scale_axis(source: int, target: int, start: Fraction = Fraction(0), span: Fraction | None = None) -> Axis:
    """The weights that scale `span` of `source` samples, from `start`, to `target` samples.

    Downscaling uses the Hermite cubic 2|t|³ − 3t² + 1, widened by the ratio; upscaling is linear. The weights are never
    negative, so a highlight a thousand times brighter than its surroundings has no dark ring in linear light.
    """
    span = Fraction(source) if span is None else span
    ratio = span / target
    if ratio == 1 and start.denominator == 1:
        return Axis((np.arange(target) + int(start)).astype(np.uint32), np.ones((target, 1), np.float32))
    reach = max(1.0, float(ratio))
    centres = float(start) + (np.arange(target) + 0.5) * float(ratio) - 0.5
    taps = min(2 * int(np.ceil(reach)) + 1, source)
    first = np.clip(np.ceil(centres - reach), 0, source - taps).astype(np.int64)
    distance = np.abs(first[:, None] + np.arange(taps) - centres[:, None]) / reach
    near = np.minimum(distance, 1.0)
    weights = (2 * near - 3) * near**2 + 1 if ratio > 1 else 1 - near
    # At an edge with linear weights, the centre may be outside all samples: use the nearest one.
    weights[np.arange(target), distance.argmin(1)] += weights.sum(1) == 0
    used = weights > 0
    begins = used.argmax(1)
    kept = int((taps - used[:, ::-1].argmax(1) - begins).max())
    begins = np.minimum(begins, taps - kept)
    weights = np.take_along_axis(weights, begins[:, None] + np.arange(kept), 1)
    weights /= weights.sum(1, keepdims=True)
    return Axis((first + begins).astype(np.uint32), weights.astype(np.float32))


@dataclass(frozen=True, slots=True)
class Placement:
    """The placement of an upright picture in an output frame.

    The window (start, span) of the picture, in its own pixels, fills the rectangle at (x, y) of width × height output
    pixels; the rest is black.
    """

    start: tuple[Fraction, Fraction]
    span: tuple[Fraction, Fraction]
    x: int
    y: int
    width: int
    height: int


def place(picture: tuple[int, int], output: tuple[int, int], fit: Fit, anchor: Fraction = Fraction(1, 2)) -> Placement:
    """Place a picture of (width, height) square pixels in a frame: whole inside it, or cropped to fill it.

    A crop keeps the part at `anchor`: 0 is the left or upper end, 1 the right or lower one.
    """
    (pw, ph), (ow, oh) = picture, output
    if fit == "fill":
        scale = max(Fraction(ow, pw), Fraction(oh, ph))
        span = (ow / scale, oh / scale)
        return Placement(((pw - span[0]) * anchor, (ph - span[1]) * anchor), span, 0, 0, ow, oh)
    scale = min(Fraction(ow, pw), Fraction(oh, ph))
    width, height = min(ow, max(1, round(pw * scale))), min(oh, max(1, round(ph * scale)))
    # Bars of even size align the picture's edge with a chroma sample.
    x, y = (ow - width) // 4 * 2, (oh - height) // 4 * 2
    return Placement((Fraction(0), Fraction(0)), (Fraction(pw), Fraction(ph)), x, y, width, height)
