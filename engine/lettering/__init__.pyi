"""The lettering room: text of any script as a picture, shaped as its readers expect, inside the safe area."""

from .faces import Face, faces_for, require_faces, upright
from .letterer import Letterer
from .look import Look

__all__ = ["Face", "Letterer", "Look", "faces_for", "require_faces", "upright"]
