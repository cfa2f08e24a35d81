"""The job kinds of a studio. Each has a file with its parameters, its work and its requests."""

from .archive import archive_values
from .audition import LENGTH_S, audition_file, audition_stretch
from .chunk_jobs import FarmChoice
from .clean import clean_file, cleaned_dialog
from .context import SubjectLookup, TaskContext
from .cut_deliver import CutDeliverParameters, cut_identity
from .cut_parameters import cut_take
from .deliver import DeliverParameters, running_checks
from .diarize import diarize_subject, latest_diarization
from .faces import faces_request, finished_faces, read_faces
from .follow import FollowInputs, crowned, follow_inputs, followed_take, mask_folders, plan_take
from .input_transforms import with_input_transforms
from .levels import TakeLevels, levels_path, read_levels
from .market_install import MARKET_TRIALS, market_install_request
from .parameters import SubjectParameters
from .paths import (
    ResultPaths,
    StudioPaths,
    draft_path,
    find_take,
    perception_folder,
    project_name,
    proxy_path,
    transcript_path,
)
from .perceive import require_perceivable
from .reframes import ReframeList, SpeakerChoice, TakeReframe, items_of, read_reframe
from .registry import TaskRegistry, find_tasks
from .speech_annotations import VOICES, SpeechAnnotations
from .speech_lists import speech_lists
from .take_sources import stored_folders, stored_sources
from .transcribe import transcribe_subject
from .transcribe_options import DEFAULT_OPTIONS, TranscribeOptions
from .transcript import finished_diarization, latest_transcript, renew_transcript
from .used_packages import cut_packages, packages_of
from .verify import due_verifications, open_verifications, record_verdicts
from .workload import cut_workload, take_workload

__all__ = [
    "DEFAULT_OPTIONS",
    "LENGTH_S",
    "MARKET_TRIALS",
    "VOICES",
    "CutDeliverParameters",
    "DeliverParameters",
    "FarmChoice",
    "FollowInputs",
    "ReframeList",
    "ResultPaths",
    "SpeakerChoice",
    "SpeechAnnotations",
    "StudioPaths",
    "SubjectLookup",
    "SubjectParameters",
    "TakeLevels",
    "TakeReframe",
    "TaskContext",
    "TaskRegistry",
    "TranscribeOptions",
    "archive_values",
    "audition_file",
    "audition_stretch",
    "clean_file",
    "cleaned_dialog",
    "crowned",
    "cut_identity",
    "cut_packages",
    "cut_take",
    "cut_workload",
    "diarize_subject",
    "draft_path",
    "due_verifications",
    "faces_request",
    "find_take",
    "find_tasks",
    "finished_diarization",
    "finished_faces",
    "follow_inputs",
    "followed_take",
    "items_of",
    "latest_diarization",
    "latest_transcript",
    "levels_path",
    "market_install_request",
    "mask_folders",
    "open_verifications",
    "packages_of",
    "perception_folder",
    "plan_take",
    "project_name",
    "proxy_path",
    "read_faces",
    "read_levels",
    "read_reframe",
    "record_verdicts",
    "renew_transcript",
    "require_perceivable",
    "running_checks",
    "speech_lists",
    "stored_folders",
    "stored_sources",
    "take_workload",
    "transcribe_subject",
    "transcript_path",
    "with_input_transforms",
]
