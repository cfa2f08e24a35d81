"""The lettering room: text of any script as a picture, shaped as its readers expect, inside the safe area."""

from .caption_layout import CaptionRenderer
from .fonts import Face, require_faces, select_faces, upright
from .style import TextStyle

__all__ = ["CaptionRenderer", "Face", "TextStyle", "require_faces", "select_faces", "upright"]
