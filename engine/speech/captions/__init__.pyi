"""Captions: composes readable captions from transcripts, and writes caption formats."""

from .ass import AssStyle
from .caption_file import FileCue, markup_findings, read_caption_file
from .compose import cues_from
from .cue import NETFLIX, Cue, CueWord, Highlight, Position, Style
from .formats import CaptionFormat, CaptionLook, caption_format, write_captions
from .graphemes import graphemes
from .lint import LintFinding, Rule, lint
from .phrases import ends_sentence, is_function_word, may_part
from .retiming import Span, join_transcripts, retime_transcript
from .subrip import write_srt
from .ttml import write_ttml
from .webvtt import write_vtt

__all__ = [
    "NETFLIX",
    "AssStyle",
    "CaptionFormat",
    "CaptionLook",
    "Cue",
    "CueWord",
    "FileCue",
    "Highlight",
    "LintFinding",
    "Position",
    "Rule",
    "Span",
    "Style",
    "caption_format",
    "cues_from",
    "ends_sentence",
    "graphemes",
    "is_function_word",
    "join_transcripts",
    "lint",
    "markup_findings",
    "may_part",
    "read_caption_file",
    "retime_transcript",
    "write_captions",
    "write_srt",
    "write_ttml",
    "write_vtt",
]
