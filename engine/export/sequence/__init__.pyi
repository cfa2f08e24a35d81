"""A stretch of footage as numbered frames: for a compositor as EXR, to look at as PNG."""

from .numbering import Numbering
from .request import Frames, stretch
from .writer import Written, frames_intact, refuse_to_overwrite, write_frames

__all__ = [
    "Frames",
    "Numbering",
    "Written",
    "frames_intact",
    "refuse_to_overwrite",
    "stretch",
    "write_frames",
]
