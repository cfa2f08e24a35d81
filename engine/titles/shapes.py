"""Boxes, rules, bars and images as sprites."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.errors import RequestError
from engine.titles.text_units import Sprite

# A picture file with more pixels is refused.
_MOST_PIXELS = 100_000_000
# A Gaussian blur is invisible beyond this many standard deviations.
_REACH = 3


def rectangle(width: int, height: int, colour: str, radius: float = 0.0, feather: float = 0.0) -> Sprite:
    """A rectangle of a colour with round corners and blurred edges, in pixels; its corner is at (0, 0) without blur."""
    red, green, blue, alpha = rgba(colour)
    if not radius and not feather:
        return Sprite(np.full((height, width, 4), (red, green, blue, alpha), np.uint8), 0, 0)
    around = int(np.ceil(_REACH * feather / 2))
    radius = min(radius, width / 2, height / 2)
    x = np.abs(np.arange(width) + 0.5 - width / 2) - (width / 2 - radius)
    y = np.abs(np.arange(height) + 0.5 - height / 2) - (height / 2 - radius)
    if radius:
        away = np.hypot(np.maximum(x, 0)[None, :], np.maximum(y, 0)[:, None])
        covered = np.clip(radius + 0.5 - away, 0, 1)
    else:
        covered = np.ones((height, width))
    covered = np.pad(covered, around)
    if feather:
        covered = _blurred(covered, feather / 2)
    pixels = np.zeros((*covered.shape, 4), np.uint8)
    pixels[..., :3] = red, green, blue
    pixels[..., 3] = np.rint(covered * alpha)
    return Sprite(pixels, -around, -around)


def image_sprite(path: str, height: int) -> Sprite:
    """An image file, scaled to a height in pixels. Raises RequestError if it cannot be read or is too large."""
    from PIL import Image, ImageOps

    try:
        with Image.open(Path(path)) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                raise RequestError(f"{path} has too many pixels.", "Use an image of at most 100 megapixels.")
            image = ImageOps.exif_transpose(opened).convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise RequestError(f"{path} cannot be read as an image: {error}.", "Use a PNG or a JPEG file.") from error
    width = max(1, round(image.width * height / image.height))
    # Premultiplied, so that the colour of transparent pixels does not show at edges.
    scaled = image.convert("RGBa").resize((width, height), Image.Resampling.LANCZOS).convert("RGBA")
    return Sprite(np.asarray(scaled), 0, 0)


def rgba(colour: str) -> tuple[int, int, int, int]:
    """The values from 0 to 255 of #rrggbb or #rrggbbaa."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return red, green, blue, int(colour[7:9], 16) if len(colour) == 9 else 255


def shadow_of(sprite: Sprite, blur: float, strength: float = 0.75) -> Sprite:
    """A soft black shadow around a sprite; `blur` is its width in pixels."""
    around = int(np.ceil(_REACH * blur / 2)) + 1
    covered = np.pad(sprite.pixels[..., 3] / 255.0, around)
    pixels = np.zeros((*covered.shape, 4), np.uint8)
    pixels[..., 3] = np.rint(255 * strength * np.clip(_blurred(covered, blur / 2) * 1.6, 0, 1))
    return Sprite(pixels, sprite.x - around, sprite.y - around)


def _blurred(covered: NDArray[np.float64], sigma: float) -> NDArray[np.float64]:
    from scipy.ndimage import gaussian_filter

    made: NDArray[np.float64] = gaussian_filter(covered, sigma, mode="constant", truncate=_REACH)
    return made
