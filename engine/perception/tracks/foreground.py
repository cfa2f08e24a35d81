"""The colour of a person without the background behind it."""

from __future__ import annotations

from math import ceil, log2

import numpy as np

from engine.perception.provider import AnalysisFrame
from engine.perception.tracks.sampling import Floats

# The regularization of the source, the longest side of levels with many iterations, and the iterations: the source has
# two for large levels.
_SMOOTHNESS, _GRADIENT = 1e-5, 1.0
_SMALL, _MANY, _FEW = 32, 10, 4


def foreground_light(frame: AnalysisFrame, alpha: Floats) -> Floats:
    """The foreground of a frame: light of Rec.709 as a camera records it, in ACEScg, (height, width, 3).

    The view that made the codes is not undone, so the light lies between 0 and 1.
    """
    from engine.color_encoding import Encoding
    from engine.picture import to_acescg

    light = to_acescg(frame.pixels.astype(np.float32) / 255, Encoding.REC709)
    return estimate_foreground(light, alpha)[0]


def estimate_foreground(light: Floats, alpha: Floats) -> tuple[Floats, Floats]:
    """The colours of the foreground and of the background of a picture, each (height, width, 3) as the picture.

    `light` is linear, with alpha × foreground + (1 - alpha) × background = light. `alpha` is (height, width).

    Source: Germer, Uelwer, Conrad, Harmeling: Fast multi-level foreground estimation, ICPR 2020.
    """
    height, width = alpha.shape
    levels = max(1, ceil(log2(max(height, width))))
    foreground = background = np.broadcast_to(light.mean((0, 1)), (1, 1, 3)).astype(np.float32)
    for level in range(levels + 1):
        share = level / levels
        rows, columns = (max(1, round(length**share)) for length in (height, width))
        small_light, small_alpha = _nearest(light, rows, columns), _nearest(alpha, rows, columns)
        foreground, background = (_nearest(layer, rows, columns) for layer in (foreground, background))
        iterations = _MANY if max(rows, columns) <= _SMALL else _FEW
        foreground, background = _solve(small_light, small_alpha, foreground, background, iterations)
    return foreground, background


def _nearest(values: Floats, rows: int, columns: int) -> Floats:
    height, width = values.shape[:2]
    if (height, width) == (rows, columns):
        return values
    down = ((np.arange(rows) + 0.5) * height / rows).astype(np.intp)
    across = ((np.arange(columns) + 0.5) * width / columns).astype(np.intp)
    nearest: Floats = values[down[:, None], across]
    return nearest


def _solve(
    light: Floats, alpha: Floats, foreground: Floats, background: Floats, iterations: int
) -> tuple[Floats, Floats]:
    """Both colours that fit the light of each pixel and the colours of the four pixels around."""
    weights = [_SMOOTHNESS + _GRADIENT * np.abs(alpha - _shifted(alpha, way)) for way in range(4)]
    total = sum(weights)
    own = (alpha * alpha + total)[..., None]
    other = ((1 - alpha) ** 2 + total)[..., None]
    mixed = (alpha * (1 - alpha))[..., None]
    scale = 1 / (own * other - mixed * mixed)
    for _ in range(iterations):
        front, back = alpha[..., None] * light, (1 - alpha)[..., None] * light
        for way, weight in enumerate(weights):
            front += weight[..., None] * _shifted(foreground, way)
            back += weight[..., None] * _shifted(background, way)
        foreground = np.maximum((other * front - mixed * back) * scale, 0)
        background = np.maximum((own * back - mixed * front) * scale, 0)
    return foreground, background


def _shifted(values: Floats, way: int) -> Floats:
    """The neighbour of each pixel on one of four sides; the border continues."""
    moved = values.copy()
    match way:
        case 0:
            moved[1:] = values[:-1]
        case 1:
            moved[:-1] = values[1:]
        case 2:
            moved[:, 1:] = values[:, :-1]
        case _:
            moved[:, :-1] = values[:, 1:]
    return moved
