"""Dialog cleanup: a chain of stages that analyse the recording first and are skipped if nothing needs repair."""

from .artifact_check import ArtifactReport
from .chain import clean
from .clean_report import CleanReport, MusicStretch, StageReport
from .intake import Recording
from .isolation import ISOLATION_MODEL
from .isolation_check import HEARD_RATE, Recognizer
from .preset import OWN_PRESETS, STAGES, Preset, StageName, load_preset, preset_names, stage_named
from .report import write_clean_report
from .stage_audition import audition_context, write_stage_audition
from .word_losses import HeardWord

__all__ = [
    "HEARD_RATE",
    "ISOLATION_MODEL",
    "OWN_PRESETS",
    "STAGES",
    "ArtifactReport",
    "CleanReport",
    "HeardWord",
    "MusicStretch",
    "Preset",
    "Recognizer",
    "Recording",
    "StageName",
    "StageReport",
    "audition_context",
    "clean",
    "load_preset",
    "preset_names",
    "stage_named",
    "write_clean_report",
    "write_stage_audition",
]
