"""Ingest: find footage, inspect it, copy and verify it, check its condition."""

from .card import card_layout
from .companions import PHOTOS
from .condition import check_condition, merge_damage
from .copy import copy_verified, digest_file, disk_full
from .discovery import MEDIA_KINDS, Discovery, SourceItem, find_footage, is_sequence, skip_reason
from .folder import FolderEntry, MediaCount, count_media, list_folder, read_entry
from .footage import Footage
from .gates import picture_transform, refuse_to_replace, unconfirmed
from .places import Place, list_places
from .probe import inspect
from .timebase import read_grid, write_grid
from .volumes import LinuxVolumes, MacVolumes, Volume, VolumeSource, system_volumes

__all__ = [
    "MEDIA_KINDS",
    "PHOTOS",
    "Discovery",
    "FolderEntry",
    "Footage",
    "LinuxVolumes",
    "MacVolumes",
    "MediaCount",
    "Place",
    "SourceItem",
    "Volume",
    "VolumeSource",
    "card_layout",
    "check_condition",
    "copy_verified",
    "count_media",
    "digest_file",
    "disk_full",
    "find_footage",
    "inspect",
    "is_sequence",
    "list_folder",
    "list_places",
    "merge_damage",
    "picture_transform",
    "read_entry",
    "read_grid",
    "refuse_to_replace",
    "skip_reason",
    "system_volumes",
    "unconfirmed",
    "write_grid",
]
