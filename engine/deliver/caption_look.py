"""The look of caption files: the recipe's style of burnt-in captions, in the units of ASS."""

from __future__ import annotations

from engine.deliver.caption_recipe import CaptionStyle
from engine.deliver.request import Programme
from engine.speech import AssStyle, CaptionLook
from engine.text import select_faces

# Without a picture of its own, a caption file is laid out for this one; players scale it.
_WIDTH, _HEIGHT = 1920, 1080


def caption_look(order: Programme) -> CaptionLook:
    """The look of the caption files of a request. Raises RequestError if its font is not found."""
    recipe = order.recipe
    width, height = order.frame_size or (_WIDTH, _HEIGHT)
    look = (recipe.picture.captions if recipe.picture else CaptionStyle()).text_style()
    face = select_faces("", look.font, look.bold)[0]
    size = min(width, height) * look.size
    style = AssStyle(
        width=width,
        height=height,
        font=face.family,
        bold=look.bold,
        # Players scale a font so that its ascent and descent together have this height.
        size=round(size * (face.ascent + face.descent), 1),
        colour=look.colour,
        highlight_colour=look.highlight_colour,
        outline=round(size * look.outline, 1),
        outline_colour=look.outline_colour,
        shadow=round(size * look.shadow, 1),
        box=look.box,
        position=look.position,
        align=look.align,
        sides=round(width * look.sides),
        ends=round(height * look.ends),
    )
    return CaptionLook(recipe.highlight, style)
