"""The speech room: sound becomes words with times, words become captions. Nothing leaves the machine."""

from engine.speech.activity import speech_spans
from engine.speech.captions import Cue, cues_from, write_srt, write_vtt
from engine.speech.corrections import Correction, Corrections, corrected
from engine.speech.glossary import glossary, read_glossary
from engine.speech.models import SpeechModel, locate_model
from engine.speech.search import Found, find, wanted_words
from engine.speech.transcriber import Backend, Transcriber, open_transcriber
from engine.speech.transcript import Diarized, Dropped, Segment, Speaker, Transcript, Word

__all__ = [
    "Backend",
    "Correction",
    "Corrections",
    "Cue",
    "Diarized",
    "Dropped",
    "Found",
    "Segment",
    "Speaker",
    "SpeechModel",
    "Transcriber",
    "Transcript",
    "Word",
    "corrected",
    "cues_from",
    "find",
    "glossary",
    "locate_model",
    "open_transcriber",
    "read_glossary",
    "speech_spans",
    "wanted_words",
    "write_srt",
    "write_vtt",
]
