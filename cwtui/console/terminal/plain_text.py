"""Plain text for who has the screen read aloud: nothing on it that is drawn rather than written."""

from __future__ import annotations

from collections.abc import Iterator

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter


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
