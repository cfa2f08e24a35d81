"""Renders captions of any script to RGBA layers, with complex text shaping, inside the safe area."""

from .bundled import FONT_NAMES, FontName, bundled_font
from .caption_layout import CaptionRenderer, marks_in_rows, wrap
from .fonts import Face, require_faces, select_faces, upright
from .large_type import LargeType, cell_rows, mirrored
from .raster import TextPaint, TextRow, draw, text_extent
from .runs import is_leftward
from .style import TextStyle

__all__ = [
    "FONT_NAMES",
    "CaptionRenderer",
    "Face",
    "FontName",
    "LargeType",
    "TextPaint",
    "TextRow",
    "TextStyle",
    "bundled_font",
    "cell_rows",
    "draw",
    "is_leftward",
    "marks_in_rows",
    "mirrored",
    "require_faces",
    "select_faces",
    "text_extent",
    "upright",
    "wrap",
]
