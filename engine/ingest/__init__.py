"""A file becomes known: found, looked at, copied and proven, put in shooting order."""

from engine.ingest.boxes import has_edit_list, read_boxes, top_level_boxes
from engine.ingest.condition import check_condition, merge_damage
from engine.ingest.copy import copy_verified, digest_file, disk_full
from engine.ingest.find import MEDIA_KINDS, Arrival, Found, find_footage, is_sequence
from engine.ingest.gates import picture_transform, refuse_to_replace, unconfirmed
from engine.ingest.probe import Footage, inspect
from engine.ingest.timebase import read_grid, write_grid

__all__ = [
    "MEDIA_KINDS",
    "Arrival",
    "Footage",
    "Found",
    "check_condition",
    "copy_verified",
    "digest_file",
    "disk_full",
    "find_footage",
    "has_edit_list",
    "inspect",
    "is_sequence",
    "merge_damage",
    "picture_transform",
    "read_boxes",
    "read_grid",
    "refuse_to_replace",
    "top_level_boxes",
    "unconfirmed",
    "write_grid",
]
