"""The kinds of work a studio does, each addressed by everything its outcome depends on."""

from .clean import CleanOptions, clean_file, cleaned_dialog
from .levels import TakeLevels, levels_path, read_levels
from .parameters import DeliverParameters
from .paths import transcript_path
from .registry import TaskRegistry
from .transcribe import diarize_subject, transcribe_subject
from .transcribe_options import DEFAULT_OPTIONS, TranscribeOptions

__all__ = [
    "DEFAULT_OPTIONS",
    "CleanOptions",
    "DeliverParameters",
    "TakeLevels",
    "TaskRegistry",
    "TranscribeOptions",
    "clean_file",
    "cleaned_dialog",
    "diarize_subject",
    "levels_path",
    "read_levels",
    "transcribe_subject",
    "transcript_path",
]
