"""Speaker diarization without torch: pyannote's segmentation and CAM++ embeddings under ONNX Runtime."""

from .assign import assign
from .diarizer import Diarizer, open_diarizer
from .models import DiarizerModel, locate_diarizer
from .rttm import read_rttm, write_rttm
from .turns import Diarization, KnownVoice, SpeakerTurn, Voice
from .voice_matching import match_known_voices

__all__ = [
    "Diarization",
    "Diarizer",
    "DiarizerModel",
    "KnownVoice",
    "SpeakerTurn",
    "Voice",
    "assign",
    "locate_diarizer",
    "match_known_voices",
    "open_diarizer",
    "read_rttm",
    "write_rttm",
]
