"""A stretch of footage as numbered frames: for a compositor as EXR, to look at as PNG."""

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
