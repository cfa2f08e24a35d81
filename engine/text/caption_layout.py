"""Caption layout: wraps rows that are too long and reduces the font size if there are too many rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.speech import graphemes, may_part
from engine.text.fonts import select_faces
from engine.text.raster import TextBox, TextPaint, TextRow, draw, text_advance, text_extent
from engine.text.style import TextStyle

# Captions cover at most _TALLEST of the picture's height. The font size is at least _SMALLEST of its short edge and at
# least _PIXELS, even if the text is too long.
_TALLEST = 0.4
_SMALLEST, _PIXELS = 0.012, 6.0
_SMALLER = 0.9

# The box's padding and the largest gap between two characters, in units of the font size.
_PAD, _BETWEEN = 0.3, 0.12


class CaptionRenderer:
    """Draws captions for pictures of one size in one style."""

    def __init__(self, width: int, height: int, look: TextStyle) -> None:
        self._width, self._height, self._look = width, height, look

    def draw(self, text: str, marked: tuple[int, int] = (0, 0)) -> NDArray[np.uint8]:
        """The caption layer (height, width, 4): 8-bit RGBA, straight alpha, display-referred, inside the safe area.

        The characters `text[marked[0]:marked[1]]` have the highlight colour.
        """
        layer = np.zeros((self._height, self._width, 4), np.uint8)
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        if not lines:
            return layer
        pen, rows = self._fitted(lines)
        top, block = self._block(pen, rows, marks_in_rows(rows, text, marked))
        layer[top : top + len(block)] = block[: self._height - top]
        return layer

    def _fitted(self, lines: list[str]) -> tuple[TextPaint, list[str]]:
        look = self._look
        short = min(self._width, self._height)
        faces = select_faces("".join(lines), look.font, look.bold)
        smallest = max(short * _SMALLEST, _PIXELS)
        size = max(short * look.size, smallest)
        while True:
            pen = TextPaint(
                faces,
                look.bold,
                size,
                look.colour,
                outline=look.outline * size,
                outline_colour=look.outline_colour,
                shadow=look.shadow * size,
                marked_colour=look.highlight_colour,
            )
            rows = [row for line in lines for row in wrap(line, pen, self._available_width(pen))]
            if size <= smallest or len(rows) * _leading(pen) <= self._height * _TALLEST:
                return pen, rows
            size = max(size * _SMALLER, smallest)

    def _available_width(self, pen: TextPaint) -> float:
        return max(
            self._width * (1 - self._look.sides - self._look.right_side) - 2 * _padding(pen, self._look), pen.size
        )

    def _block(
        self, pen: TextPaint, rows: list[str], marks: Sequence[tuple[int, int]]
    ) -> tuple[int, NDArray[np.uint8]]:
        """The top of the text block in pixels, and the block (rows and boxes) as wide as the picture."""
        look, around, leading = self._look, _padding(pen, self._look), _leading(pen)
        most = max(1, int((self._height * (1 - 2 * look.ends) - 2 * around) / leading))
        rows = rows[:most]
        high = min(self._height, int(np.ceil(len(rows) * leading + 2 * around)))
        free = round(self._height * look.ends)
        top = free if look.position == "top" else self._height - free - high
        left = self._width * look.sides + around
        right = self._width * (1 - look.right_side) - around
        at = {"left": left, "center": (left + right) / 2, "right": right}[look.align]
        ascent, descent = pen.faces[0].ascent * pen.size, pen.faces[0].descent * pen.size
        baseline = (leading - ascent - descent) / 2 + ascent
        placed, boxes = [], []
        for number, row in enumerate(rows):
            left, right = (pen.size * side for side in text_extent(pen.faces, pen.bold, row))
            # Align by the visible extent, so that a space or an overhang at an end has no effect.
            begin = {"left": at, "center": at - (right - left) / 2, "right": at - (right - left)}[look.align]
            y = around + number * leading
            placed.append(TextRow(row, begin - left, y + baseline, marks[number]))
            if look.box:
                boxes.append(
                    TextBox(
                        begin - around, y, right - left + 2 * around, leading, min(around, leading / 2) * 0.6, look.box
                    )
                )
        return max(0, top), draw(self._width, high, pen, placed, boxes)


def marks_in_rows(rows: Sequence[str], text: str, marked: tuple[int, int]) -> list[tuple[int, int]]:
    """The marked part of each row. Rows differ from the text only in white space, so visible characters are counted."""
    first, last = (_visible(text[:side]) for side in marked)
    marks, passed = [], 0
    for row in rows:
        places = [n for n, character in enumerate(row) if not character.isspace()]
        here = places[max(first - passed, 0) : max(last - passed, 0)]
        marks.append((here[0], here[-1] + 1) if here else (0, 0))
        passed += len(places)
    return marks


def _visible(text: str) -> int:
    return sum(not character.isspace() for character in text)


def _padding(pen: TextPaint, look: TextStyle) -> float:
    """The padding around the text in pixels: that of its box, or its outline and shadow."""
    return max(pen.size * _PAD if look.box else 0.0, pen.margin)


def _leading(pen: TextPaint) -> float:
    """The distance between baselines in pixels, for the first face's ascent and descent plus the outline."""
    tallest = max(face.ascent + face.descent for face in pen.faces[:1])
    return pen.size * max(tallest, 1.2) + pen.outline


def wrap(line: str, pen: TextPaint, width: float) -> Iterator[str]:
    """Breaks a line into rows of at most `width` pixels: at spaces, and inside a word only if it is longer."""
    if _width(line, pen) <= width:
        yield line
        return
    held = ""
    for word in line.split():
        longer = f"{held} {word}" if held else word
        if _width(longer, pen) <= width:
            held = longer
            continue
        if held:
            yield held
        *whole, held = _split_word(word, pen, width)
        yield from whole
    if held:
        yield held


def _split_word(word: str, pen: TextPaint, width: float) -> list[str]:
    """Splits a word into pieces that fit, at grapheme boundaries."""
    pieces, held = list[str](), list[tuple[str, float]]()
    for one in graphemes(word):
        # A full-width comma is narrow but has the advance of a full character.
        wide = pen.size * max(_width(one, pen) / pen.size + _BETWEEN, text_advance(pen.faces, pen.bold, one))
        if held and sum(length for _, length in held) + wide > width:
            texts = [*(text for text, _ in held), one]
            # A closing mark cannot start a row, and an opening one cannot end it.
            places = (n for n in range(len(held), 0, -1) if may_part(texts[n - 1], texts[n]))
            kept = next(places, len(held))
            pieces.append("".join(text for text, _ in held[:kept]))
            held = held[kept:]
        held.append((one, wide))
    return [*pieces, "".join(text for text, _ in held)]


def _width(text: str, pen: TextPaint) -> float:
    left, right = text_extent(pen.faces, pen.bold, text)
    return (right - left + pen.tracking * max(len(text) - 1, 0)) * pen.size
