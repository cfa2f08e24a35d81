"""The kinds of work a studio does, each addressed by everything its outcome depends on."""

from .arriving import failure
from .cleaning import Cleaning, clean_file, cleaned
from .hearing import AS_FOUND, Hearing
from .listening import hear, hear_voices
from .metering import Levels, levels_path, read_levels
from .parameters import DeliverParameters
from .paths import transcript_path
from .work import Work

__all__ = [
    "AS_FOUND",
    "Cleaning",
    "DeliverParameters",
    "Hearing",
    "Levels",
    "Work",
    "clean_file",
    "cleaned",
    "failure",
    "hear",
    "hear_voices",
    "levels_path",
    "read_levels",
    "transcript_path",
]
