"""The speech room: sound becomes words with times, words become captions. Nothing leaves the machine."""

from engine.speech.activity import speech_spans
from engine.speech.captions import Cue, cues_from, write_srt, write_vtt
from engine.speech.models import SpeechModel, locate_model, models_folder
from engine.speech.transcriber import Backend, Transcriber, open_transcriber
from engine.speech.transcript import Segment, Transcript, Word

__all__ = [
    "Backend",
    "Cue",
    "Segment",
    "SpeechModel",
    "Transcriber",
    "Transcript",
    "Word",
    "cues_from",
    "locate_model",
    "models_folder",
    "open_transcriber",
    "speech_spans",
    "write_srt",
    "write_vtt",
]
