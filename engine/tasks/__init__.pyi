"""The kinds of work a studio does, each addressed by everything its outcome depends on."""

from .clean import Cleaning, clean_file, cleaned
from .levels import Levels, levels_path, read_levels
from .parameters import DeliverParameters
from .paths import transcript_path
from .registry import Work
from .transcribe import hear, hear_voices
from .transcribe_options import AS_FOUND, Hearing

__all__ = [
    "AS_FOUND",
    "Cleaning",
    "DeliverParameters",
    "Hearing",
    "Levels",
    "Work",
    "clean_file",
    "cleaned",
    "hear",
    "hear_voices",
    "levels_path",
    "read_levels",
    "transcript_path",
]
