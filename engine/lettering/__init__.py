"""The lettering room: text of any script as a picture, shaped as its readers expect, inside the safe area."""

from engine.lettering.faces import Face, faces_for, require_faces, upright
from engine.lettering.letterer import Letterer
from engine.lettering.look import Look

__all__ = ["Face", "Letterer", "Look", "faces_for", "require_faces", "upright"]
