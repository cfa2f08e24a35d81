"""Ingest: find footage, inspect it, copy and verify it, check its condition."""

from .condition import check_condition, merge_damage
from .copy import copy_verified, digest_file, disk_full
from .discovery import MEDIA_KINDS, Discovery, SourceItem, find_footage, is_sequence
from .footage import Footage
from .gates import picture_transform, refuse_to_replace, unconfirmed
from .probe import inspect
from .timebase import read_grid, write_grid

__all__ = [
    "MEDIA_KINDS",
    "Discovery",
    "Footage",
    "SourceItem",
    "check_condition",
    "copy_verified",
    "digest_file",
    "disk_full",
    "find_footage",
    "inspect",
    "is_sequence",
    "merge_damage",
    "picture_transform",
    "read_grid",
    "refuse_to_replace",
    "unconfirmed",
    "write_grid",
]
