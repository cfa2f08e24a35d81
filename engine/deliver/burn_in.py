"""Burns the take's name, timecode, captions and a watermark into a picture."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from engine.deliver.recipe import PictureRecipe
from engine.deliver.request import DeliverableRequest, Programme
from engine.speech import Cue, Highlight
from engine.text import CaptionRenderer, TextStyle, require_faces, upright
from engine.time import Timecode

_TEXT_COLOUR, _SHADE = (240, 246, 248, 255), (6, 14, 20, 168)
_CORNER = TextStyle(size=1 / 30, position="top", align="left", sides=1 / 36, ends=1 / 36)

_WATERMARK = "Made with Cleanwater"
_WATERMARK_STYLE = TextStyle(size=1 / 30, position="bottom", align="right", box="", sides=1 / 36, ends=1 / 36)


_Shown = tuple[str, tuple[int, int]]
"""A caption, and the first and last place of its highlighted characters."""


class OverlaySource(Protocol):
    """Draws a layer above each frame."""

    def at(self, tick: int) -> NDArray[np.uint8] | None:
        """The RGBA layer for a tick, counted from the first frame of the deliverable; None if it shows nothing."""


class BurnIn:
    """Draws RGBA layers the size of the picture: (height, width, 4), 8-bit, display-referred, straight alpha.

    `timecode` labels the ticks; `look` is the style of the captions, `highlight` their coloured words. Static parts are
    drawn once.
    """

    def __init__(
        self,
        width: int,
        height: int,
        rate: Fraction,
        *,
        name: str = "",
        watermark: str = "",
        timecode: Timecode | None = None,
        cues: Sequence[Cue] = (),
        look: TextStyle,
        highlight: Highlight = "none",
    ) -> None:
        self._rate, self._timecode, self._cues, self._highlight = rate, timecode, tuple(cues), highlight
        self._size = (width, height)
        self._margin = max(4, min(width, height) // 36)
        # Not shaped: Pillow shapes text only if the machine has FriBidi, and the bytes must not depend on it.
        self._digits = ImageFont.truetype(
            str(upright()[0].path), max(10, min(width, height) // 30), layout_engine=ImageFont.Layout.BASIC
        )
        self._is_named = bool(name)
        self._captions = CaptionRenderer(width, height, look)
        self._corners = Image.alpha_composite(
            Image.fromarray(CaptionRenderer(width, height, _CORNER).draw(name)),
            Image.fromarray(CaptionRenderer(width, height, _WATERMARK_STYLE).draw(watermark)),
        )
        self._standing: tuple[_Shown | None, Image.Image] = (None, self._corners)

    def at(self, tick: int) -> NDArray[np.uint8] | None:
        """The layer for a tick, counted from the first frame of the deliverable; None if it shows nothing."""
        shown = self._shown(tick / self._rate)
        if not self._is_named and self._timecode is None and not shown[0]:
            return None
        if self._standing[0] != shown:
            self._standing = (shown, self._draw_standing(shown))
        layer = self._standing[1]
        if self._timecode is not None:
            layer = layer.copy()
            self._label(layer, self._timecode.label(tick))
        return np.asarray(layer)

    def _shown(self, moment: Fraction) -> _Shown:
        cue = next((cue for cue in self._cues if cue.start <= moment < cue.end), None)
        if cue is None:
            return "", (0, 0)
        word = None if self._highlight == "none" else cue.spoken_at(moment)
        if word is None:
            return cue.text, (0, 0)
        return cue.text, (word.first if self._highlight == "word" else 0, word.last)

    def _draw_standing(self, shown: _Shown) -> Image.Image:
        text, marked = shown
        if not text:
            return self._corners
        return Image.alpha_composite(self._corners, Image.fromarray(self._captions.draw(text, marked)))

    def _label(self, layer: Image.Image, text: str) -> None:
        """Draws the timecode on a shaded box in the upper right corner."""
        draw = ImageDraw.Draw(layer)
        left, top, right, bottom = draw.textbbox((self._size[0] - self._margin, self._margin), text, self._digits, "rt")
        pad = self._margin // 3
        draw.rounded_rectangle((left - pad, top - pad, right + pad, bottom + pad), pad, fill=_SHADE)
        draw.text((left, top), text, _TEXT_COLOUR, self._digits, "lt")


def take_timecode(order: DeliverableRequest) -> Timecode:
    """The timecode of the first frame of a take's deliverable: the camera's, or the time in the take."""
    grid = order.footage.grid
    assert grid
    camera = Timecode.parse(order.footage.probe.capture.timecode, grid.rate) or Timecode(grid.rate)
    return camera.later(order.ticks.start)


def burn_in(order: Programme, recipe: PictureRecipe, width: int, height: int, first: Timecode) -> BurnIn | None:
    """The burn-in of a request, None if the recipe has none. Raises RequestError if a font lacks a glyph.

    `first` is the timecode of its first frame.
    """
    if not recipe.burn_in:
        return None
    name = order.label if "name" in recipe.burn_in else ""
    cues = order.caption_tracks[0].cues if "captions" in recipe.burn_in else ()
    look = recipe.captions.text_style()
    require_faces(name)
    require_faces("".join(cue.text for cue in cues), look.font, look.bold)
    return BurnIn(
        width,
        height,
        first.rate,
        name=name,
        watermark=_WATERMARK if "watermark" in recipe.burn_in else "",
        timecode=first if "timecode" in recipe.burn_in else None,
        cues=cues,
        look=look,
        highlight=order.recipe.highlight,
    )
