"""Captions: a transcript as text that can be read in time, in the formats that players and editors read."""

from engine.speech.captions.compose import cues_from
from engine.speech.captions.cue import NETFLIX, Cue, Position, Style
from engine.speech.captions.formats import CaptionFormat, caption_format, write_captions
from engine.speech.captions.graphemes import graphemes
from engine.speech.captions.lint import Finding, Rule, lint
from engine.speech.captions.retiming import Span, retimed, retimed_transcript
from engine.speech.captions.subrip import parse_srt, read_srt, write_srt
from engine.speech.captions.ttml import write_ttml
from engine.speech.captions.webvtt import parse_vtt, read_vtt, write_vtt

__all__ = [
    "NETFLIX",
    "CaptionFormat",
    "Cue",
    "Finding",
    "Position",
    "Rule",
    "Span",
    "Style",
    "caption_format",
    "cues_from",
    "graphemes",
    "lint",
    "parse_srt",
    "parse_vtt",
    "read_srt",
    "read_vtt",
    "retimed",
    "retimed_transcript",
    "write_captions",
    "write_srt",
    "write_ttml",
    "write_vtt",
]
