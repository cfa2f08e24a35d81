"""A frame's alpha channel in display orientation and square pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.catalog import Picture
from engine.picture.planes import Planes
from engine.picture.scaling import Axis, scale_axis


def upright_alpha(planes: Planes, picture: Picture) -> NDArray[np.float32] | None:
    """Returns (display height, display width) float32, 0–1; None if the frame is opaque."""
    if planes.alpha is None:
        return None
    alpha = np.rot90(planes.alpha, picture.rotation // 90)
    alpha = alpha[:, ::-1] if picture.mirrored else alpha
    down = scale_axis(alpha.shape[0], picture.display_height)
    across = scale_axis(alpha.shape[1], picture.display_width)
    return _scaled(_scaled(alpha, down).T, across).T


def _scaled(alpha: NDArray[np.float32], axis: Axis) -> NDArray[np.float32]:
    if axis.keeps and len(axis.first) == len(alpha):
        return alpha
    taken = alpha[axis.first[:, None].astype(np.int64) + np.arange(axis.taps)]
    return np.asarray(np.einsum("it,it...->i...", axis.weights, taken), np.float32)
