"""The lettering room: text of any script as a picture, shaped as its readers expect, inside the safe area."""

from .caption_layout import Letterer
from .fonts import Face, faces_for, require_faces, upright
from .style import Look

__all__ = ["Face", "Letterer", "Look", "faces_for", "require_faces", "upright"]
