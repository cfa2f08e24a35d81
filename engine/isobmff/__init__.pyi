"""QuickTime and MP4 files: reads boxes, preserves track descriptions, repairs damaged indexes."""

from .movie_boxes import has_edit_list, read_boxes, top_level_boxes
from .private_metadata import PrivateItem, PrivateKind, kind_of_name, private_metadata

__all__ = [
    "PrivateItem",
    "PrivateKind",
    "has_edit_list",
    "kind_of_name",
    "private_metadata",
    "read_boxes",
    "top_level_boxes",
]
