"""Perceptual false-colour palettes: lightness grows evenly from black to white, so that steps look equal."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from engine.errors import RequestError
from engine.suggestion import hint_with_suggestion

_Axis = NDArray[np.float64]
_STEPS = 256
_ROUNDS = 24


@dataclass(frozen=True, slots=True)
class _Path:
    """Hues in degrees at the dark and the light end, and the highest chroma, in Oklab."""

    dark: float
    light: float
    chroma: float


_PALETTES = {
    "ember": _Path(-20.0, 95.0, 0.19),
    "grey": _Path(0.0, 0.0, 0.0),
    "ice": _Path(290.0, 195.0, 0.16),
    "nebula": _Path(300.0, 75.0, 0.17),
}
# The matrices of Oklab. Source: Ottosson, A perceptual color space for image processing (2020).
_TO_CONES = np.array(
    [[1.0, 0.3963377774, 0.2158037573], [1.0, -0.1055613458, -0.0638541728], [1.0, -0.0894841775, -1.2914855480]]
)
_TO_RGB = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]
)


def palette_names() -> tuple[str, ...]:
    """The names of the palettes, in alphabetical order."""
    return tuple(_PALETTES)


@cache
def palette(name: str) -> NDArray[np.uint8]:
    """The sRGB codes of a palette, (256, 3), from dark to light. Raises RequestError if it is unknown.

    The lightness is that of greys with an even CIE L* from 0 to 100. The chroma is as high as sRGB allows, up to that
    of the palette.
    """
    if name not in _PALETTES:
        raise RequestError(
            f"There is no palette “{name}”.",
            hint_with_suggestion(name, palette_names(), f"Palettes: {', '.join(palette_names())}."),
        )
    path = _PALETTES[name]
    share = np.linspace(0, 1, _STEPS)
    # The lightness of a grey in Oklab is the cube root of its luminance, which follows from CIE L*.
    lightness = np.where(share > 0.08, (100 * share + 16) / 116, np.cbrt(100 * share / 903.3))
    hue = np.radians(path.dark + (path.light - path.dark) * share)
    low, high = np.zeros(_STEPS), path.chroma * np.sqrt(np.sin(np.pi * share).clip(0))
    for _ in range(_ROUNDS):
        middle = (low + high) / 2
        fits = np.all(np.abs(_linear(lightness, middle, hue) - 0.5) <= 0.5 + 1e-9, axis=-1)
        low, high = np.where(fits, middle, low), np.where(fits, high, middle)
    linear = np.clip(_linear(lightness, low, hue), 0, 1)
    codes = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.round(codes * 255).astype(np.uint8)


def _linear(
    lightness: NDArray[np.float64], chroma: NDArray[np.float64], hue: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Linear sRGB of Oklab colours, (number, 3)."""
    lab = np.stack([lightness, chroma * np.cos(hue), chroma * np.sin(hue)], axis=-1)
    made: _Axis = (lab @ _TO_CONES.T) ** 3 @ _TO_RGB.T
    return made
