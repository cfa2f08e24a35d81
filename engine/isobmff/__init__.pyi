"""QuickTime and MP4 files: reads boxes, preserves track descriptions, repairs damaged indexes."""

from .movie_boxes import has_edit_list, read_boxes, top_level_boxes

__all__ = [
    "has_edit_list",
    "read_boxes",
    "top_level_boxes",
]
