"""Cuts: clips of takes in order, edits, suggestions, and their files."""

from .cut import SAMPLE_RATE, Alternate, Clip, Cut, CutMarker, MarkerKind, SoundSpan, Transition, TransitionKind
from .cut_items import cut_from_items, cut_to_items
from .media import Media, common_format, media_of
from .otio_file import FOREIGN, MediaFile, write_otio
from .otio_reader import OtioCut, exact_rate, read_otio
from .store import CutStore, cut_name

__all__ = [
    "FOREIGN",
    "SAMPLE_RATE",
    "Alternate",
    "Clip",
    "Cut",
    "CutMarker",
    "CutStore",
    "MarkerKind",
    "Media",
    "MediaFile",
    "OtioCut",
    "SoundSpan",
    "Transition",
    "TransitionKind",
    "common_format",
    "cut_from_items",
    "cut_name",
    "cut_to_items",
    "exact_rate",
    "media_of",
    "read_otio",
    "write_otio",
]
