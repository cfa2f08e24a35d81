"""Output filters: names and transcripts cannot send escape sequences to the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

# Control characters and bidirectional overrides. Neither occupies a cell.
_BIDI_CONTROLS = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_CONTROLS = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0), *map(ord, _BIDI_CONTROLS)])


class ControlCharacterFilter(LineFilter):
    """Strips control characters and bidirectional overrides from rendered text.

    Image sequences bypass this filter.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments without these characters; their widths stay the same."""
        if all(segment.control or segment.text.isprintable() for segment in segments):
            return segments
        return [
            segment if segment.control else Segment(segment.text.translate(_CONTROLS), segment.style)
            for segment in segments
        ]


def _graphic_characters() -> Iterator[int]:
    """Box drawing, block elements, geometric shapes and braille."""
    yield from range(0x2500, 0x2600)
    yield from range(0x2800, 0x2900)


_REPLACEMENTS = dict.fromkeys(_graphic_characters(), " ") | dict.fromkeys(map(ord, "▍▸"), ">")


class PlainTextFilter(LineFilter):
    """Replaces graphic characters by spaces; the signs of a cursor become >."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments without graphic characters; their widths stay the same."""
        return [
            segment if segment.control else Segment(segment.text.translate(_REPLACEMENTS), segment.style)
            for segment in segments
        ]
