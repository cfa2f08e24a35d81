"""Burns the take's name, timecode, captions and a watermark into a picture."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from engine.deliver.caption_places import caption_places
from engine.deliver.files_recipe import Corner
from engine.deliver.picture_recipe import PictureRecipe
from engine.deliver.request import DeliverableRequest, Programme, field_values
from engine.deliver.safe_zone import burnt_style
from engine.deliver.text_fields import TIMECODE, filled
from engine.speech import Cue, Highlight
from engine.text import CaptionRenderer, TextStyle, require_faces, upright
from engine.time import Timecode

_TEXT_COLOUR, _SHADE = (240, 246, 248, 255), (6, 14, 20, 168)
_CORNER = TextStyle(size=1 / 30, position="top", align="left", sides=1 / 36, ends=1 / 36)

_WATERMARK = "Made with Cleanwater"
_WATERMARK_STYLE = TextStyle(size=1 / 30, position="bottom", align="right", box="", sides=1 / 36, ends=1 / 36)


_CODE = f"{{{TIMECODE}}}"
_Shown = tuple[str, tuple[int, int], TextStyle]
"""A caption, the first and last place of its highlighted characters, and its style."""


class OverlaySource(Protocol):
    """Draws a layer above each frame."""

    def at(self, tick: int) -> NDArray[np.uint8] | None:
        """The RGBA layer for a tick, counted from the first frame of the deliverable; None if it shows nothing."""


class BurnIn:
    """Draws RGBA layers the size of the picture: (height, width, 4), 8-bit, display-referred, straight alpha.

    `timecode` labels the ticks, as `code` does in `texts`: each a text, its corner and its size, a share of the short
    edge. `look` is the style of the captions, or `places` that of each, `highlight` their coloured words. Static parts
    are drawn once.
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
        places: Sequence[TextStyle] = (),
        highlight: Highlight = "none",
        texts: Sequence[tuple[str, Corner, float]] = (),
        code: Timecode | None = None,
    ) -> None:
        self._rate, self._timecode, self._cues, self._highlight = rate, timecode, tuple(cues), highlight
        self._size = (width, height)
        self._margin = max(4, min(width, height) // 36)
        # Not shaped: Pillow shapes text only if the machine has FriBidi, and the bytes must not depend on it.
        self._digits = ImageFont.truetype(
            str(upright()[0].path), max(10, min(width, height) // 30), layout_engine=ImageFont.Layout.BASIC
        )
        self._is_named = bool(name)
        self._code = code
        self._running = [one for one in texts if _CODE in one[0] and code]
        self._look, self._places = look, tuple(places)
        self._corners = Image.alpha_composite(
            Image.fromarray(CaptionRenderer(width, height, _CORNER).draw(name)),
            Image.fromarray(CaptionRenderer(width, height, _WATERMARK_STYLE).draw(watermark)),
        )
        for text, corner, size in texts:
            if (text, corner, size) not in self._running:
                self._corners = Image.alpha_composite(self._corners, self._cornered(text, corner, size))
                self._is_named = True
        self._standing: tuple[_Shown | None, Image.Image] = (None, self._corners)

    def at(self, tick: int) -> NDArray[np.uint8] | None:
        """The layer for a tick, counted from the first frame of the deliverable; None if it shows nothing."""
        shown = self._shown(tick / self._rate)
        if not (self._is_named or self._timecode or self._running or shown[0]):
            return None
        if self._standing[0] != shown:
            self._standing = (shown, self._draw_standing(shown))
        layer = self._standing[1]
        if self._timecode is not None:
            layer = layer.copy()
            self._label(layer, self._timecode.label(tick))
        for text, corner, size in self._running:
            assert self._code
            shown_text = text.replace(_CODE, self._code.label(tick))
            layer = Image.alpha_composite(layer, self._cornered(shown_text, corner, size))
        return np.asarray(layer)

    def _cornered(self, text: str, corner: Corner, size: float) -> Image.Image:
        """A layer with a text in a corner."""
        position, _, align = corner.partition("-")
        style = TextStyle(
            size=size,
            position="top" if position == "top" else "bottom",
            align="left" if align == "left" else "right" if align == "right" else "center",
            sides=1 / 36,
            ends=1 / 36,
        )
        return Image.fromarray(CaptionRenderer(*self._size, style).draw(text))

    def _shown(self, moment: Fraction) -> _Shown:
        number = next((n for n, cue in enumerate(self._cues) if cue.start <= moment < cue.end), None)
        if number is None:
            return "", (0, 0), self._look
        cue, look = self._cues[number], self._places[number] if self._places else self._look
        word = None if self._highlight == "none" else cue.spoken_at(moment)
        if word is None:
            return cue.text, (0, 0), look
        return cue.text, (word.first if self._highlight == "word" else 0, word.last), look

    def _draw_standing(self, shown: _Shown) -> Image.Image:
        text, marked, look = shown
        if not text:
            return self._corners
        drawn = CaptionRenderer(*self._size, look).draw(text, marked)
        return Image.alpha_composite(self._corners, Image.fromarray(drawn))

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
    if not (recipe.burn_in or recipe.text):
        return None
    values = field_values(order)
    texts = [(filled(one.text, values), one.corner, one.size) for one in recipe.text]
    name = order.label if "name" in recipe.burn_in else ""
    cues = order.caption_tracks[0].cues if "captions" in recipe.burn_in else ()
    look = burnt_style(order.recipe, (width, height))
    require_faces(name)
    require_faces("".join(text for text, _, _ in texts))
    require_faces("".join(cue.text for cue in cues), look.font, look.bold)
    return BurnIn(
        width,
        height,
        first.rate,
        name=name,
        watermark=_WATERMARK if "watermark" in recipe.burn_in else "",
        timecode=first if "timecode" in recipe.burn_in else None,
        texts=texts,
        code=first,
        cues=cues,
        look=look,
        places=caption_places(order, (width, height)) if cues else (),
        highlight=order.recipe.highlight,
    )
