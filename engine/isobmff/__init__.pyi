"""QuickTime and MP4 files: reads boxes, preserves track descriptions, repairs damaged indexes."""

from .disparity import CINEMATIC_KEY, DISPARITY_ENTRY, DisparityTrack, disparity_track
from .file_layout import FileLayout, read_layout
from .movie_boxes import has_edit_list, read_boxes, top_level_boxes
from .private_metadata import PrivateItem, PrivateKind, kind_of_name, private_metadata

__all__ = [
    "CINEMATIC_KEY",
    "DISPARITY_ENTRY",
    "DisparityTrack",
    "FileLayout",
    "PrivateItem",
    "PrivateKind",
    "disparity_track",
    "has_edit_list",
    "kind_of_name",
    "private_metadata",
    "read_boxes",
    "read_layout",
    "top_level_boxes",
]
