"""What comes from outside, names and words, is shown; it gives the terminal no orders."""

from __future__ import annotations

from collections.abc import Iterator

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

# Controls, and what turns the direction of whatever follows; neither takes a cell of its own.
_BIDI_CONTROLS = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_CONTROLS = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0), *map(ord, _BIDI_CONTROLS)])


class ControlCharacterFilter(LineFilter):
    """Takes orders out of whatever any widget draws; a picture's own go by another way."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments, each as wide as it was."""
        if all(segment.control or segment.text.isprintable() for segment in segments):
            return segments
        return [
            segment if segment.control else Segment(segment.text.translate(_CONTROLS), segment.style)
            for segment in segments
        ]


def _graphic_characters() -> Iterator[int]:
    """Frames, blocks, shapes and braille."""
    yield from range(0x2500, 0x2600)
    yield from range(0x2800, 0x2900)


_REPLACEMENTS = dict.fromkeys(_graphic_characters(), " ") | {ord("▸"): ">"}


class PlainTextFilter(LineFilter):
    """Whatever a widget draws, spaces go out instead; where the cursor is stays told."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments, each as wide as it was."""
        return [
            segment if segment.control else Segment(segment.text.translate(_REPLACEMENTS), segment.style)
            for segment in segments
        ]
