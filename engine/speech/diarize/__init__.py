"""Who speaks when, without torch: pyannote's segmentation and CAM++ voices under ONNX Runtime."""

from engine.speech.diarize.assign import assign
from engine.speech.diarize.diarizer import Diarizer, open_diarizer
from engine.speech.diarize.known import recognised
from engine.speech.diarize.models import DiarizerModel, locate_diarizer
from engine.speech.diarize.rttm import read_rttm, write_rttm
from engine.speech.diarize.turns import Diarization, KnownVoice, Turn, Voice

__all__ = [
    "Diarization",
    "Diarizer",
    "DiarizerModel",
    "KnownVoice",
    "Turn",
    "Voice",
    "assign",
    "locate_diarizer",
    "open_diarizer",
    "read_rttm",
    "recognised",
    "write_rttm",
]
