"""Who speaks when, without torch: pyannote's segmentation and CAM++ voices under ONNX Runtime."""

from .assign import assign
from .diarizer import Diarizer, open_diarizer
from .models import DiarizerModel, locate_diarizer
from .rttm import read_rttm, write_rttm
from .turns import Diarization, KnownVoice, Turn, Voice
from .voice_matching import recognised

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
