"""The job kinds of a studio. Each has a file with its parameters, its work and its requests."""

from .audition import LENGTH_S, audition_file, audition_stretch
from .clean import clean_file, cleaned_dialog
from .context import SubjectLookup, TaskContext
from .deliver import DeliverParameters
from .diarize import diarize_subject
from .levels import TakeLevels, levels_path, read_levels
from .parameters import SubjectParameters
from .paths import StudioPaths, find_take, transcript_path
from .registry import TaskRegistry, find_tasks
from .speech_annotations import SpeechAnnotations
from .transcribe import transcribe_subject
from .transcribe_options import DEFAULT_OPTIONS, TranscribeOptions

__all__ = [
    "DEFAULT_OPTIONS",
    "LENGTH_S",
    "DeliverParameters",
    "SpeechAnnotations",
    "StudioPaths",
    "SubjectLookup",
    "SubjectParameters",
    "TakeLevels",
    "TaskContext",
    "TaskRegistry",
    "TranscribeOptions",
    "audition_file",
    "audition_stretch",
    "clean_file",
    "cleaned_dialog",
    "diarize_subject",
    "find_take",
    "find_tasks",
    "levels_path",
    "read_levels",
    "transcribe_subject",
    "transcript_path",
]
