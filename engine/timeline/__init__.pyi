"""Cuts: clips of takes in order, edits, suggestions, and their files."""

from .cut import SAMPLE_RATE, Alternate, Clip, Cut, CutMarker, MarkerKind, SoundSpan, Transition, TransitionKind
from .layers import ClipLayer, CutLayers
from .media import Media, common_format, media_of

__all__ = [
    "SAMPLE_RATE",
    "Alternate",
    "Clip",
    "ClipLayer",
    "Cut",
    "CutLayers",
    "CutMarker",
    "MarkerKind",
    "Media",
    "SoundSpan",
    "Transition",
    "TransitionKind",
    "common_format",
    "media_of",
]
