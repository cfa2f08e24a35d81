"""Numbered frame sequences: EXR for compositing, PNG for viewing."""

from .numbering import Numbering
from .request import SequenceRequest, frame_range
from .writer import SequenceResult, frames_are_current, refuse_to_overwrite, write_frames

__all__ = [
    "Numbering",
    "SequenceRequest",
    "SequenceResult",
    "frame_range",
    "frames_are_current",
    "refuse_to_overwrite",
    "write_frames",
]
