"""Cuts: clips of takes in order, edits, suggestions, and their files."""

from .assemble import Assembly, LeftOut, assemble
from .choice import Choice, ReadingMeasures, choose, measure_reading
from .cut import SAMPLE_RATE, Alternate, Clip, Cut, CutMarker, MarkerKind, SoundSpan, Transition, TransitionKind
from .edges import HOP, LevelsOf
from .filler_list import FillerList, filler_list
from .groups import group_takes
from .material import LineReadings, Reading, ShotTake, SoundColumns
from .media import Media, common_format, media_of
from .script_lines import ScriptLine, script_lines
from .silences import SilenceRule
from .spoken import CutWord, SpokenWord, TakeWords, find_words, sentence_of, take_words, text_of, turn_of, words_of
from .suggestion import KINDS, Suggestion, SuggestionKind
from .suggestions import LEAST_CONFIDENCE, accept, refuse, suggest, suggestions_named
from .word_edits import PauseCut, delete_words, keep_words, move_words

__all__ = [
    "HOP",
    "KINDS",
    "LEAST_CONFIDENCE",
    "SAMPLE_RATE",
    "Alternate",
    "Assembly",
    "Choice",
    "Clip",
    "Cut",
    "CutMarker",
    "CutWord",
    "FillerList",
    "LeftOut",
    "LevelsOf",
    "LineReadings",
    "MarkerKind",
    "Media",
    "PauseCut",
    "Reading",
    "ReadingMeasures",
    "ScriptLine",
    "ShotTake",
    "SilenceRule",
    "SoundColumns",
    "SoundSpan",
    "SpokenWord",
    "Suggestion",
    "SuggestionKind",
    "TakeWords",
    "Transition",
    "TransitionKind",
    "accept",
    "assemble",
    "choose",
    "common_format",
    "delete_words",
    "filler_list",
    "find_words",
    "group_takes",
    "keep_words",
    "measure_reading",
    "media_of",
    "move_words",
    "refuse",
    "script_lines",
    "sentence_of",
    "suggest",
    "suggestions_named",
    "take_words",
    "text_of",
    "turn_of",
    "words_of",
]
