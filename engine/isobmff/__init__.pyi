"""QuickTime and MP4 files: boxes read, track descriptions kept, damaged indexes repaired."""

from .boxes import has_edit_list, read_boxes, top_level_boxes

__all__ = [
    "has_edit_list",
    "read_boxes",
    "top_level_boxes",
]
