"""The FLIP difference of two pictures: what a viewer sees who alternates between them.

Andersson, Nilsson, Akenine-Möller, Oskarsson, Åström, Fairchild, "FLIP: A Difference Evaluator for Alternating Images",
Proceedings of the ACM on Computer Graphics and Interactive Techniques 3(2), 2020.
"""

from __future__ import annotations

from math import ceil, pi, sqrt

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]

# A screen of 3840 pixels over 0.7 m, seen from 0.7 m.
_PIXELS_PER_DEGREE = 0.7 * 3840 / 0.7 * pi / 180

# Contrast sensitivity of achromatic, red-green and blue-yellow signals: weights and widths of two Gaussians.
_SENSITIVITY = (
    ((1.0, 0.0047), (0.0, 1e-5)),
    ((1.0, 0.0053), (0.0, 1e-5)),
    ((34.1, 0.04), (13.5, 0.025)),
)
_FEATURE_WIDTH = 0.082
_COLOUR_POWER, _COLOUR_SHARE, _COLOUR_KNEE, _FEATURE_POWER = 0.7, 0.95, 0.4, 0.5

_RGB_TO_XYZ = np.array(
    [
        [10135552 / 24577794, 8788810 / 24577794, 4435075 / 24577794],
        [2613072 / 12288897, 8788810 / 12288897, 887015 / 12288897],
        [1425312 / 73733382, 8788810 / 73733382, 70074185 / 73733382],
    ]
)
_XYZ_TO_RGB = np.linalg.inv(_RGB_TO_XYZ)
_WHITE = _RGB_TO_XYZ.sum(1)


def mean_flip(one: NDArray[np.floating], other: NDArray[np.floating]) -> float:
    """The mean FLIP, 0 to 1, of two pictures of sRGB codes 0 to 1, (height, width, 3)."""
    return float(flip_map(one, other).mean())


def flip_map(one: NDArray[np.floating], other: NDArray[np.floating]) -> Doubles:
    """The FLIP, 0 to 1, of each pixel; as `mean_flip`."""
    opponents = [_opponents(_linear(np.clip(picture, 0, 1).astype(np.float64))) for picture in (one, other)]
    colour = _colour_difference(*(_hunt(_seen(picture)) for picture in opponents))
    feature = _feature_difference(*(((picture[..., 0] + 16) / 116) for picture in opponents))
    difference: Doubles = colour ** (1 - feature)
    return difference


def _linear(code: Doubles) -> Doubles:
    return np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)


def _opponents(rgb: Doubles) -> Doubles:
    """Linear RGB to YyCxCz."""
    x, y, z = np.moveaxis(rgb @ _RGB_TO_XYZ.T / _WHITE, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1)


def _seen(opponents: Doubles) -> Doubles:
    """What remains of a picture at the distance of the viewer, as linear RGB."""
    from scipy.ndimage import convolve1d

    widest = max(width for both in _SENSITIVITY for _, width in both)
    radius = ceil(3 * sqrt(widest / (2 * pi**2)) * _PIXELS_PER_DEGREE)
    at = np.arange(-radius, radius + 1) / _PIXELS_PER_DEGREE
    channels = []
    for number, both in enumerate(_SENSITIVITY):
        total, weights = np.zeros(opponents.shape[:2]), 0.0
        for weight, width in both:
            if weight:
                kernel = np.exp(-(pi**2) * at**2 / width)
                scale = weight * sqrt(pi / width)
                blurred = convolve1d(opponents[..., number], kernel, 0, mode="nearest")
                total += scale * convolve1d(blurred, kernel, 1, mode="nearest")
                weights += scale * kernel.sum() ** 2
        channels.append(total / weights)
    light, red, blue = channels
    y = (light + 16) / 116
    rgb: Doubles = np.stack([red / 500 + y, y, y - blue / 200], -1) * _WHITE @ _XYZ_TO_RGB.T
    return np.clip(rgb, 0, 1)


def _hunt(rgb: Doubles) -> Doubles:
    """Linear RGB to CIE L*a*b* with colours that fade in the dark."""
    relative = rgb @ _RGB_TO_XYZ.T / _WHITE
    f = np.where(relative > (6 / 29) ** 3, np.cbrt(relative), relative / (3 * (6 / 29) ** 2) + 4 / 29)
    light = 116 * f[..., 1] - 16
    green, blue = 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])
    return np.stack([light, 0.01 * light * green, 0.01 * light * blue], -1)


def _hyab(one: Doubles, other: Doubles) -> Doubles:
    apart = one - other
    distance: Doubles = np.abs(apart[..., 0]) + np.hypot(apart[..., 1], apart[..., 2])
    return distance


def _colour_difference(one: Doubles, other: Doubles) -> Doubles:
    green, blue = np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, 1.0])
    most = float(_hyab(_hunt(green), _hunt(blue))) ** _COLOUR_POWER
    found, knee = _hyab(one, other) ** _COLOUR_POWER, _COLOUR_KNEE * most
    difference: Doubles = np.where(
        found < knee,
        _COLOUR_SHARE / knee * found,
        _COLOUR_SHARE + (found - knee) / (most - knee) * (1 - _COLOUR_SHARE),
    )
    return difference


def _feature_difference(one: Doubles, other: Doubles) -> Doubles:
    edges, points = (np.abs(_features(one, order) - _features(other, order)) for order in (1, 2))
    difference: Doubles = np.clip(np.maximum(edges, points) / sqrt(2), 0, 1) ** _FEATURE_POWER
    return difference


def _features(light: Doubles, order: int) -> Doubles:
    """The strength of edges (first derivative) or points (second derivative) of a picture's light, 0 to 1."""
    from scipy.ndimage import convolve1d

    deviation = 0.5 * _FEATURE_WIDTH * _PIXELS_PER_DEGREE
    at = np.arange(-ceil(3 * deviation), ceil(3 * deviation) + 1)
    smooth = np.exp(-(at**2) / (2 * deviation**2))
    kernel = -at * smooth if order == 1 else (at**2 / deviation**2 - 1) * smooth
    # The weights of each sign have the sum 1 in the whole kernel of two dimensions.
    smooth = smooth / smooth.sum()
    kernel = np.where(kernel > 0, kernel / kernel[kernel > 0].sum(), kernel / -kernel[kernel < 0].sum())
    parts = (
        convolve1d(convolve1d(light, kernel, axis, mode="nearest"), smooth, 1 - axis, mode="nearest") for axis in (0, 1)
    )
    strength: Doubles = np.hypot(*parts)
    return strength
