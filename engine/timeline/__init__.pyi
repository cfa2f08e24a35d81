"""Cuts: clips of takes in order, edits, suggestions, and their files."""

from .adjustments import roll, set_crossfade, set_gain, set_sound_offset, set_transition, slide, slip, trim
from .assemble import Assembly, LeftOut, assemble
from .chapters import Chapter, chapter_text, chapters_of, propose_chapters, with_chapters, youtube_problems
from .choice import Choice, ReadingMeasures, choose, measure_reading
from .clip_list import CROSSFADE, Lengths, at_text, clip_of, split_at, unused_ids, with_clips
from .cut import (
    SAMPLE_RATE,
    Alternate,
    Clip,
    Cut,
    CutMarker,
    CutTitle,
    MarkerKind,
    SoundSpan,
    Transition,
    TransitionKind,
)
from .cut_items import cut_from_items, cut_to_items
from .cut_titles import add_title, change_title, move_title, remove_title, title_of
from .cut_transcript import changes_of_take, cut_transcript, sound_stretches
from .edges import HOP, LevelsOf
from .edits import (
    duplicate,
    gap,
    insert,
    join,
    lift,
    lift_range,
    move,
    move_range,
    remove,
    remove_range,
    replace_with_alternate,
    restore,
    split,
)
from .exchange import Change, CutDiff, Issue, Loss
from .filler_list import FillerList, filler_list
from .groups import RetakeFinder, group_takes
from .layers import ClipLayer, CutLayers
from .markers import PlacedMarker, add_marker, change_marker, placed_markers, remove_marker
from .material import LineReadings, Reading, ShotTake, SoundColumns, Span
from .media import Media, common_format, media_of
from .otio_file import FOREIGN, MediaFile, write_otio
from .otio_reader import OtioCut, exact_rate, read_otio
from .rendition import read_rendition, rendition_bytes, rendition_digest
from .script_lines import WrittenLine, script_lines
from .silences import SilenceRule
from .spoken import CutWord, TakeWord, TakeWords, find_words, sentence_of, take_words, text_of, turn_of, words_of
from .store import CutStore, cut_name, unused_name
from .suggestion import KINDS, Suggestion, SuggestionKind
from .suggestions import LEAST_CONFIDENCE, accept, refuse, suggest, suggestions_named
from .take_sound import FileLevels, column_levels, sound_columns
from .word_edits import PauseCut, delete_words, keep_words, move_words

__all__ = [
    "CROSSFADE",
    "FOREIGN",
    "HOP",
    "KINDS",
    "LEAST_CONFIDENCE",
    "SAMPLE_RATE",
    "Alternate",
    "Assembly",
    "Change",
    "Chapter",
    "Choice",
    "Clip",
    "ClipLayer",
    "Cut",
    "CutDiff",
    "CutLayers",
    "CutMarker",
    "CutStore",
    "CutTitle",
    "CutWord",
    "FileLevels",
    "FillerList",
    "Issue",
    "LeftOut",
    "Lengths",
    "LevelsOf",
    "LineReadings",
    "Loss",
    "MarkerKind",
    "Media",
    "MediaFile",
    "OtioCut",
    "PauseCut",
    "PlacedMarker",
    "Reading",
    "ReadingMeasures",
    "RetakeFinder",
    "ShotTake",
    "SilenceRule",
    "SoundColumns",
    "SoundSpan",
    "Span",
    "Suggestion",
    "SuggestionKind",
    "TakeWord",
    "TakeWords",
    "Transition",
    "TransitionKind",
    "WrittenLine",
    "accept",
    "add_marker",
    "add_title",
    "assemble",
    "at_text",
    "change_marker",
    "change_title",
    "changes_of_take",
    "chapter_text",
    "chapters_of",
    "choose",
    "clip_of",
    "column_levels",
    "common_format",
    "cut_from_items",
    "cut_name",
    "cut_to_items",
    "cut_transcript",
    "delete_words",
    "duplicate",
    "exact_rate",
    "filler_list",
    "find_words",
    "gap",
    "group_takes",
    "insert",
    "join",
    "keep_words",
    "lift",
    "lift_range",
    "measure_reading",
    "media_of",
    "move",
    "move_range",
    "move_title",
    "move_words",
    "placed_markers",
    "propose_chapters",
    "read_otio",
    "read_rendition",
    "refuse",
    "remove",
    "remove_marker",
    "remove_range",
    "remove_title",
    "rendition_bytes",
    "rendition_digest",
    "replace_with_alternate",
    "restore",
    "roll",
    "script_lines",
    "sentence_of",
    "set_crossfade",
    "set_gain",
    "set_sound_offset",
    "set_transition",
    "slide",
    "slip",
    "sound_columns",
    "sound_stretches",
    "split",
    "split_at",
    "suggest",
    "suggestions_named",
    "take_words",
    "text_of",
    "title_of",
    "trim",
    "turn_of",
    "unused_ids",
    "unused_name",
    "with_chapters",
    "with_clips",
    "words_of",
    "write_otio",
    "youtube_problems",
]
