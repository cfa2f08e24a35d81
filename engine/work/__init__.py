"""The kinds of work a studio does, each addressed by everything its outcome depends on."""

from engine.work.arriving import failure
from engine.work.cleaning import Cleaning, clean_file, cleaned
from engine.work.listening import hear, hear_voices, transcript_path
from engine.work.metering import Levels, levels_path, read_levels
from engine.work.parameters import DeliverParameters
from engine.work.words import AS_FOUND, Hearing
from engine.work.work import Work

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
