"""Frames as they are between a decoder or an encoder and the GPU: planes of samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Luma's weights of red and blue, by ITU-T H.273 matrix code.
_WEIGHTS = {1: (0.2126, 0.0722), 5: (0.299, 0.114), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}
RGB = 0
"""H.273's matrix code for planes that hold green, blue and red themselves."""


@dataclass(frozen=True, slots=True)
class Planes:
    """One decoded frame.

    `samples` are Y, Cb, Cr (or G, B, R where `matrix` is 0), each (rows, samples a row incl. padding),
    uint8, uint16 or float32, C-contiguous. `subsampling` is log2 of chroma's horizontal and vertical
    step; chroma is sited left (H.273 ChromaLocType 0). Float planes are scene-linear ACEScg.
    """

    samples: tuple[NDArray[Any], NDArray[Any], NDArray[Any]]
    width: int
    height: int
    bit_depth: int
    subsampling: tuple[int, int] = (0, 0)
    matrix: int = RGB
    full_range: bool = True

    @property
    def layout(self) -> tuple[Any, ...]:
        """Everything but the samples: frames of the same layout are decoded alike."""
        strides = tuple(plane.shape for plane in self.samples)
        form = (self.width, self.height, self.bit_depth, self.subsampling, self.matrix, self.full_range)
        return (*form, self.samples[0].dtype.itemsize, strides)


@dataclass(frozen=True, slots=True)
class YuvPlanes:
    """One frame for an encoder: limited range 4:2:0, left-sited chroma.

    `y` is (height, width), `u` and `v` (⌈height/2⌉, ⌈width/2⌉); uint8, or uint16 at 10 bits.
    """

    y: NDArray[Any]
    u: NDArray[Any]
    v: NDArray[Any]
    bit_depth: int


def luma_weights(matrix: int) -> tuple[float, float]:
    """Kr and Kb of an H.273 matrix code. KeyError where it is not a constant-weight YCbCr."""
    return _WEIGHTS[matrix]


def settled_matrix(matrix: int, width: int, height: int) -> int:
    """The matrix to use: an unknown one is BT.709 from 720 lines up (or 1280 columns), BT.601 below, as players do."""
    if matrix == RGB or matrix in _WEIGHTS:
        return matrix
    if matrix == 10:  # BT.2020 constant luminance shares its weights with 9; no camera here writes it
        return 9
    return 1 if width >= 1280 or height >= 720 else 6


def decoding_matrix(planes: Planes) -> NDArray[np.float64]:
    """3×4: stored sample values (and 1) to R′G′B′ at full scale 0–1 (ITU-R BT.2100 table 9, BT.709, BT.601)."""
    if planes.matrix == RGB:
        if planes.samples[0].dtype == np.float32:
            scale, black = 1.0, 0.0
        else:
            scale, black = _luma_range(planes.bit_depth, planes.full_range)
        order = np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0]], np.float64) / scale
        return np.column_stack([order, order @ np.full(3, -black)])
    luma, black = _luma_range(planes.bit_depth, planes.full_range)
    chroma = float((1 << planes.bit_depth) - 1) if planes.full_range else float(224 << (planes.bit_depth - 8))
    red, blue = luma_weights(planes.matrix)
    green = 1 - red - blue
    to_rgb = np.array(
        [
            [1, 0, 2 * (1 - red)],
            [1, -2 * (1 - blue) * blue / green, -2 * (1 - red) * red / green],
            [1, 2 * (1 - blue), 0],
        ]
    ) / [luma, chroma, chroma]
    middle = float(1 << (planes.bit_depth - 1))
    return np.column_stack([to_rgb, to_rgb @ [-black, -middle, -middle]])


def _luma_range(bit_depth: int, full_range: bool) -> tuple[float, float]:
    """How many codes span black to white, and black's code."""
    if full_range:
        return float((1 << bit_depth) - 1), 0.0
    return float(219 << (bit_depth - 8)), float(16 << (bit_depth - 8))
