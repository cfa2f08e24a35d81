"""Composites moved, scaled, faded, uncovered and blurred sprites to one layer, only where something is seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.titles.arrangement import Area
from engine.titles.text_units import Sprite

if TYPE_CHECKING:
    from PIL.Image import Image

_WHOLE_PIXEL = 1 / 64
# A Gaussian blur is invisible beyond this many standard deviations.
_REACH = 3


@dataclass(frozen=True, slots=True)
class Uncovering:
    """The share of an area that is seen, from a side on: left, right, top, bottom, or from the center to both sides."""

    area: Area
    share: float
    edge: str


@dataclass(frozen=True, slots=True)
class SpritePlacement:
    """How a sprite is drawn: moved by (x, y), scaled around a point, with an opacity from 0 to 255; in pixels.

    `clip` is the top and bottom between which it is seen.
    """

    opacity: int = 255
    x: float = 0.0
    y: float = 0.0
    scale: float = 1.0
    about: tuple[float, float] = (0.0, 0.0)
    blur: float = 0.0
    uncovered: tuple[Uncovering, ...] = ()
    clip: tuple[int, int] | None = None


class Canvas:
    """Collects sprites for a picture of (width, height), from back to front."""

    def __init__(self, size: tuple[int, int]) -> None:
        self._size = size
        self._pieces: list[tuple[Image, int, int]] = []

    def add(self, sprite: Sprite, at: SpritePlacement) -> None:
        """Adds a sprite."""
        from PIL import Image

        if at.opacity <= 0 or at.scale <= 0:
            return
        pixels = sprite.pixels
        if at.uncovered:
            pixels = _uncovered(sprite, at.uncovered)
        image, x, y = _moved(Image.fromarray(pixels), sprite, at)
        if at.blur > 0:
            image, x, y = _blurred(image, x, y, at.blur)
        if at.opacity < 255:
            image = _faded(image, at.opacity)
        top, bottom = at.clip or (0, self._size[1])
        left, top = max(0, x), max(0, y, top)
        right, bottom = min(self._size[0], x + image.width), min(self._size[1], y + image.height, bottom)
        if right > left and bottom > top:
            if (left, top, right, bottom) != (x, y, x + image.width, y + image.height):
                image = image.crop((left - x, top - y, right - x, bottom - y))
            self._pieces.append((image, left, top))

    def pixels(self) -> NDArray[np.uint8] | None:
        """The layer (height, width, 4): 8-bit RGBA, straight alpha; None if it shows nothing."""
        from PIL import Image

        if not self._pieces:
            return None
        left = min(x for _, x, _ in self._pieces)
        top = min(y for _, _, y in self._pieces)
        right = max(x + image.width for image, x, _ in self._pieces)
        bottom = max(y + image.height for image, _, y in self._pieces)
        canvas = Image.new("RGBA", (right - left, bottom - top))
        for image, x, y in self._pieces:
            canvas.alpha_composite(image, (x - left, y - top))
        made = np.zeros((self._size[1], self._size[0], 4), np.uint8)
        made[top:bottom, left:right] = np.asarray(canvas)
        return made


def _moved(image: Image, sprite: Sprite, at: SpritePlacement) -> tuple[Image, int, int]:
    """The image at its place: (image, x, y) in whole pixels, interpolated where the place is between them."""
    from PIL import Image as Images

    scale = at.scale
    left = at.about[0] + scale * (sprite.x - at.about[0]) + at.x
    top = at.about[1] + scale * (sprite.y - at.about[1]) + at.y
    nearest = round(left), round(top)
    if scale == 1 and max(abs(left - nearest[0]), abs(top - nearest[1])) < _WHOLE_PIXEL:
        return image, *nearest
    x, y = floor(left) - 1, floor(top) - 1
    size = ceil(left + image.width * scale) + 1 - x, ceil(top + image.height * scale) + 1 - y
    # A transparent border, so that edges are interpolated as well.
    bordered = Images.new("RGBA", (image.width + 2, image.height + 2))
    bordered.paste(image, (1, 1))
    into = (1 / scale, 0.0, (x - left) / scale + 1, 0.0, 1 / scale, (y - top) / scale + 1)
    made = bordered.transform(size, Images.Transform.AFFINE, into, Images.Resampling.BICUBIC)
    return made, x, y


def _blurred(image: Image, x: int, y: int, radius: float) -> tuple[Image, int, int]:
    from PIL import Image as Images
    from PIL import ImageFilter

    around = ceil(_REACH * radius)
    bordered = Images.new("RGBA", (image.width + 2 * around, image.height + 2 * around))
    bordered.paste(image, (around, around))
    # Premultiplied, so that the colour of transparent pixels does not show.
    soft = bordered.convert("RGBa").filter(ImageFilter.GaussianBlur(radius)).convert("RGBA")
    return soft, x - around, y - around


def _faded(image: Image, opacity: int) -> Image:
    faded = image.copy()
    faded.putalpha(image.getchannel("A").point([round(alpha * opacity / 255) for alpha in range(256)]))
    return faded


def _uncovered(sprite: Sprite, uncovered: Sequence[Uncovering]) -> NDArray[np.uint8]:
    """The pixels of a sprite, only where all areas are uncovered; edges lie between pixels."""
    height, width = sprite.pixels.shape[:2]
    columns, rows = np.ones(width), np.ones(height)
    for one in uncovered:
        along = one.edge in ("left", "right", "center")
        start, length = (one.area.x, one.area.width) if along else (one.area.y, one.area.height)
        offset, count = (sprite.x, width) if along else (sprite.y, height)
        place = np.arange(count) + offset - start
        part = one.share * length
        match one.edge:
            case "left" | "top":
                seen = np.clip(part - place, 0, 1)
            case "right" | "bottom":
                seen = np.clip(place + 1 - (length - part), 0, 1)
            case _:
                seen = np.clip(part / 2 + 0.5 - np.abs(place + 0.5 - length / 2), 0, 1)
        if along:
            columns *= seen
        else:
            rows *= seen
    made = sprite.pixels.copy()
    made[..., 3] = np.rint(made[..., 3] * rows[:, None] * columns[None, :])
    return made
