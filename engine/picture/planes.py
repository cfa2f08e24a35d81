"""Frames as planes of samples, between decoder, GPU and encoder."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

# Luma weights of red and blue, by ITU-T H.273 matrix code.
_WEIGHTS = {1: (0.2126, 0.0722), 5: (0.299, 0.114), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}
Siting = Literal["left", "centre", "top-left"]
"""The position of a chroma sample relative to its luma samples: H.273 ChromaLocType 0, 1 and 2."""
Chroma = Literal["420", "422"]

RGB = 0
"""H.273's matrix code for planes of green, blue and red."""


@dataclass(frozen=True, slots=True)
class Planes:
    """One decoded frame.

    `samples` are Y, Cb, Cr (or G, B, R if `matrix` is 0), each (rows, samples per row incl. padding), uint8, uint16,
    float16 or float32, C-contiguous. `subsampling` is log2 of chroma's horizontal and vertical step. Float planes
    contain light or codes directly (an EXR's are scene-linear ACEScg).
    `alpha` is float32 (height, width) 0–1, or None. Integer samples have straight alpha, float samples are
    premultiplied, as in OpenEXR.
    """

    samples: tuple[NDArray[Any], NDArray[Any], NDArray[Any]]
    width: int
    height: int
    bit_depth: int
    subsampling: tuple[int, int] = (0, 0)
    matrix: int = RGB
    full_range: bool = True
    siting: Siting = "left"
    alpha: NDArray[np.float32] | None = None

    @property
    def layout(self) -> tuple[Any, ...]:
        """Everything except the samples: frames of the same layout use the same graph."""
        strides = tuple(plane.shape for plane in self.samples)
        form = (self.width, self.height, self.bit_depth, self.subsampling, self.matrix, self.full_range, self.siting)
        return (*form, self.samples[0].dtype, strides)

    @property
    def is_float(self) -> bool:
        """Whether the samples are floats (light or codes), not integers."""
        return bool(self.samples[0].dtype.kind == "f")

    def over_black(self) -> Planes:
        """The frame composited over black in code values, as editors do; itself if it is opaque or float."""
        if self.alpha is None or self.is_float:
            return self
        _, black = _luma_range(self.bit_depth, self.full_range)
        neutral = black if self.matrix == RGB else float(1 << (self.bit_depth - 1))
        coarse = _block_means(self.alpha, self.subsampling)
        first, second, third = self.samples
        mixed = (_mixed(first, self.alpha, black), _mixed(second, coarse, neutral), _mixed(third, coarse, neutral))
        return replace(self, samples=mixed, alpha=None)


@dataclass(frozen=True, slots=True)
class YuvPlanes:
    """One frame for an encoder: limited range, chroma sited left.

    `y` is (height, width), `u` and `v` (⌈height/2⌉ for 4:2:0, height for 4:2:2; ⌈width/2⌉); uint8, or uint16 at 10
    bits.
    """

    y: NDArray[Any]
    u: NDArray[Any]
    v: NDArray[Any]
    bit_depth: int

    @property
    def chroma(self) -> Chroma:
        """Chroma subsampling."""
        return "422" if self.u.shape[0] == self.y.shape[0] > 1 else "420"


def _block_means(alpha: NDArray[np.float32], subsampling: tuple[int, int]) -> NDArray[np.float32]:
    """Alpha at the size of the chroma planes."""
    across, down = (1 << step for step in subsampling)
    if across == down == 1:
        return alpha
    padded = np.pad(alpha, ((0, -alpha.shape[0] % down), (0, -alpha.shape[1] % across)), mode="edge")
    rows, columns = padded.shape[0] // down, padded.shape[1] // across
    return np.asarray(padded.reshape(rows, down, columns, across).mean((1, 3)), np.float32)


def _mixed(plane: NDArray[Any], alpha: NDArray[np.float32], ground: float) -> NDArray[Any]:
    """Blends samples with `ground` by alpha; the padding is not changed."""
    mixed = plane.copy()
    shown = mixed[: alpha.shape[0], : alpha.shape[1]]
    shown[:] = np.rint(ground + (shown - np.float32(ground)) * alpha[: shown.shape[0], : shown.shape[1]])
    return mixed


def luma_weights(matrix: int) -> tuple[float, float]:
    """Kr and Kb of an H.273 matrix code. Raises KeyError for an unsupported matrix."""
    return _WEIGHTS[matrix]


def settled_matrix(matrix: int, width: int, height: int) -> int:
    """The matrix to use: an unknown one is BT.709 from 720 lines or 1280 columns up, else BT.601, as in players."""
    if matrix == RGB or matrix in _WEIGHTS:
        return matrix
    if matrix == 10:  # BT.2020 constant luminance has the weights of 9; no supported camera writes it
        return 9
    return 1 if width >= 1280 or height >= 720 else 6


def decoding_matrix(planes: Planes) -> NDArray[np.float64]:
    """The 3×4 matrix from stored samples (and 1) to R′G′B′, full scale 0–1 (BT.2100 table 9, BT.709, BT.601)."""
    if planes.matrix == RGB:
        if planes.is_float:
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


def siting_shares(siting: Siting) -> tuple[float, float, float, float]:
    """BEFORE, AFTER, ABOVE and BELOW of shaders/input.wgsl: the weight of the neighbouring chroma sample.

    These are the weights of the sample before (even columns), after (odd columns), above (upper rows) and below (lower
    rows).
    """
    across = (0.25, 0.25) if siting == "centre" else (0.0, 0.5)
    down = (0.0, 0.5) if siting == "top-left" else (0.25, 0.25)
    return (*across, *down)


def _luma_range(bit_depth: int, full_range: bool) -> tuple[float, float]:
    """The number of codes from black to white, and the code of black."""
    if full_range:
        return float((1 << bit_depth) - 1), 0.0
    return float(219 << (bit_depth - 8)), float(16 << (bit_depth - 8))
