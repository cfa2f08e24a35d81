"""Renders captions of any script to RGBA layers, with complex text shaping, inside the safe area."""

from .caption_layout import CaptionRenderer
from .fonts import Face, require_faces, select_faces, upright
from .large_type import LargeType, cell_rows, mirrored
from .style import TextStyle

__all__ = [
    "CaptionRenderer",
    "Face",
    "LargeType",
    "TextStyle",
    "cell_rows",
    "mirrored",
    "require_faces",
    "select_faces",
    "upright",
]
