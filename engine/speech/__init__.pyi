"""Speech: transcription with word times, diarization, and captions. Everything runs locally."""

from .activity import RATE, speech_spans
from .alignment import match_words, matching_time, word_at
from .captions import (
    NETFLIX,
    CaptionFormat,
    Cue,
    LintFinding,
    Span,
    Style,
    caption_format,
    cues_from,
    graphemes,
    lint,
    retime_cues,
    retime_transcript,
    write_captions,
    write_srt,
    write_ttml,
    write_vtt,
)
from .corrections import Correction, Corrections, apply_corrections
from .dialog_cleanup import CleanOptions, clean_recording
from .diarize import (
    Diarization,
    Diarizer,
    KnownVoice,
    SpeakerTurn,
    Voice,
    assign,
    locate_diarizer,
    match_known_voices,
    open_diarizer,
    read_rttm,
    write_rttm,
)
from .glossary import glossary, read_glossary
from .microphone import microphone_blocks
from .models import SpeechModel, find_model, locate_model
from .retakes import suggest_retake
from .script_following import ScriptFollower
from .search import SearchMatch, find, wanted_words
from .speaker_labels import diarization_from_turns, name_voices, with_speakers
from .stage_audition import audition_recording
from .transcriber import Backend, Transcriber, open_transcriber
from .transcript import (
    DiarizationSource,
    DroppedSegment,
    Segment,
    Speaker,
    Transcript,
    Word,
    has_space,
    read_transcript,
    running_text,
)

__all__ = [
    "NETFLIX",
    "RATE",
    "Backend",
    "CaptionFormat",
    "CleanOptions",
    "Correction",
    "Corrections",
    "Cue",
    "Diarization",
    "DiarizationSource",
    "Diarizer",
    "DroppedSegment",
    "KnownVoice",
    "LintFinding",
    "ScriptFollower",
    "SearchMatch",
    "Segment",
    "Span",
    "Speaker",
    "SpeakerTurn",
    "SpeechModel",
    "Style",
    "Transcriber",
    "Transcript",
    "Voice",
    "Word",
    "apply_corrections",
    "assign",
    "audition_recording",
    "caption_format",
    "clean_recording",
    "cues_from",
    "diarization_from_turns",
    "find",
    "find_model",
    "glossary",
    "graphemes",
    "has_space",
    "lint",
    "locate_diarizer",
    "locate_model",
    "match_known_voices",
    "match_words",
    "matching_time",
    "microphone_blocks",
    "name_voices",
    "open_diarizer",
    "open_transcriber",
    "read_glossary",
    "read_rttm",
    "read_transcript",
    "retime_cues",
    "retime_transcript",
    "running_text",
    "speech_spans",
    "suggest_retake",
    "wanted_words",
    "with_speakers",
    "word_at",
    "write_captions",
    "write_rttm",
    "write_srt",
    "write_ttml",
    "write_vtt",
]
