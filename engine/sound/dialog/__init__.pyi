"""Dialog cleanup: a chain of stages that analyse the recording first and are skipped if nothing needs repair."""

from .artifact_check import ArtifactReport, Recognizer, Words
from .chain import Recording, clean
from .clean_report import CleanReport, StageReport
from .preset import STAGES, Preset, StageName, load_preset, preset_names, stage_named
from .report import write_clean_report

__all__ = [
    "STAGES",
    "ArtifactReport",
    "CleanReport",
    "Preset",
    "Recognizer",
    "Recording",
    "StageName",
    "StageReport",
    "Words",
    "clean",
    "load_preset",
    "preset_names",
    "stage_named",
    "write_clean_report",
]
