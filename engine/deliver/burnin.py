"""What is written into a review picture: the take's name, its timecode, its captions."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from engine.speech import Cue
from engine.time import timecode

_INK, _SHADE = (240, 246, 248, 255), (6, 14, 20, 168)


class BurnIn:
    """Draws RGBA layers the size of the picture: (height, width, 4), 8-bit, display-referred, straight alpha.

    `first` is the timecode's frame count at tick 0. What does not change from tick to tick is drawn once.
    """

    def __init__(
        self,
        width: int,
        height: int,
        rate: Fraction,
        *,
        name: str = "",
        first: int | None = None,
        cues: Sequence[Cue] = (),
    ) -> None:
        self._rate, self._first, self._cues = rate, first, tuple(cues)
        self._size = (width, height)
        self._margin = max(4, min(width, height) // 36)
        self._small = ImageFont.load_default(max(10, min(width, height) // 30))
        self._large = ImageFont.load_default(max(12, min(width, height) // 20))
        self._name = name
        self._standing: tuple[str | None, Image.Image] = (None, Image.new("RGBA", self._size))

    def at(self, tick: int) -> NDArray[np.uint8]:
        """The layer for a tick."""
        caption = self._caption(tick / self._rate)
        if self._standing[0] != caption:
            self._standing = (caption, self._draw_standing(caption))
        layer = self._standing[1]
        if self._first is not None:
            layer = layer.copy()
            code = timecode(self._first + tick, self._rate)
            self._label(layer, code, (self._size[0] - self._margin, self._margin), "ra", self._small)
        return np.asarray(layer)

    def _caption(self, moment: Fraction) -> str:
        return next((cue.text for cue in self._cues if cue.start <= moment < cue.end), "")

    def _draw_standing(self, caption: str) -> Image.Image:
        layer = Image.new("RGBA", self._size)
        if self._name:
            self._label(layer, self._name, (self._margin, self._margin), "la", self._small)
        width, height = self._size
        if caption:
            self._label(layer, caption, (width // 2, height - self._margin * 2), "md", self._large)
        return layer

    def _label(
        self,
        layer: Image.Image,
        text: str,
        at: tuple[int, int],
        anchor: str,
        font: ImageFont.ImageFont | ImageFont.FreeTypeFont,
    ) -> None:
        """Text on a shade, shrunk where it would not fit the picture."""
        draw = ImageDraw.Draw(layer)
        room = self._size[0] - 2 * self._margin
        box = draw.multiline_textbbox((0, 0), text, font=font, align="center")
        if box[2] - box[0] > room and isinstance(font, ImageFont.FreeTypeFont):
            font = font.font_variant(size=max(8, int(font.size * room / (box[2] - box[0]))))
            box = draw.multiline_textbbox((0, 0), text, font=font, align="center")
        wide, high = box[2] - box[0], box[3] - box[1]
        left = at[0] - {"l": 0, "r": wide, "m": wide // 2}[anchor[0]]
        top = at[1] - {"a": 0, "d": high}[anchor[1]]
        pad = self._margin // 3
        draw.rounded_rectangle((left - pad, top - pad, left + wide + pad, top + high + pad), pad, fill=_SHADE)
        draw.multiline_text((left - box[0], top - box[1]), text, font=font, fill=_INK, align="center")
