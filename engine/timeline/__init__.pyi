"""Cuts: clips of takes in order, edits, suggestions, and their files."""

from .adjustments import roll, set_crossfade, set_gain, set_sound_offset, set_transition, slide, slip, trim
from .clip_list import CROSSFADE, Lengths, at_text, clip_of, plays_through, split_at, unused_ids, with_clips
from .cut import SAMPLE_RATE, Alternate, Clip, Cut, CutMarker, MarkerKind, SoundSpan, Transition, TransitionKind
from .cut_items import cut_from_items, cut_to_items
from .edits import (
    duplicate,
    gap,
    insert,
    join,
    lift,
    lift_range,
    move,
    move_range,
    remove,
    remove_range,
    replace_with_alternate,
    restore,
    split,
)
from .layers import ClipLayer, CutLayers
from .markers import PlacedMarker, add_marker, change_marker, placed_markers, remove_marker
from .media import Media, common_format, media_of
from .otio_file import FOREIGN, MediaFile, write_otio
from .otio_reader import OtioCut, exact_rate, read_otio
from .rendition import read_rendition, rendition_bytes, rendition_digest
from .store import CutStore, cut_name

__all__ = [
    "CROSSFADE",
    "FOREIGN",
    "SAMPLE_RATE",
    "Alternate",
    "Clip",
    "ClipLayer",
    "Cut",
    "CutLayers",
    "CutMarker",
    "CutStore",
    "Lengths",
    "MarkerKind",
    "Media",
    "MediaFile",
    "OtioCut",
    "PlacedMarker",
    "SoundSpan",
    "Transition",
    "TransitionKind",
    "add_marker",
    "at_text",
    "change_marker",
    "clip_of",
    "common_format",
    "cut_from_items",
    "cut_name",
    "cut_to_items",
    "duplicate",
    "exact_rate",
    "gap",
    "insert",
    "join",
    "lift",
    "lift_range",
    "media_of",
    "move",
    "move_range",
    "placed_markers",
    "plays_through",
    "read_otio",
    "read_rendition",
    "remove",
    "remove_marker",
    "remove_range",
    "rendition_bytes",
    "rendition_digest",
    "replace_with_alternate",
    "restore",
    "roll",
    "set_crossfade",
    "set_gain",
    "set_sound_offset",
    "set_transition",
    "slide",
    "slip",
    "split",
    "split_at",
    "trim",
    "unused_ids",
    "with_clips",
    "write_otio",
]
