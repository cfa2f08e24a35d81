"""Text of a layer as sprites: rows that fit, and the rows, words or characters that move by themselves."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engine.errors import RequestError
from engine.speech import graphemes
from engine.text import (
    FONT_NAMES,
    TextPaint,
    TextRow,
    bundled_font,
    draw,
    marks_in_rows,
    require_faces,
    select_faces,
    text_extent,
)
from engine.text import wrap as wrap_line
from engine.titles.motion import Unit
from engine.titles.template import TitleLayer

# The height of capitals, and the depth below the baseline, that every row has at least, in font sizes.
_CAPITALS, _DEPTH = 0.72, 0.14
_SMALLER = 0.95
# The room for a row at its sides, above and below its baseline, in font sizes.
_BESIDE, _ABOVE, _BELOW = 0.3, 1.5, 0.9
# The steps by which rows are made equally long.
_BALANCE = 6
_TRANSPARENT = "00"

Span = tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Sprite:
    """Pixels (height, width, 4), 8-bit RGBA, straight alpha, with the top-left corner at (x, y)."""

    pixels: NDArray[np.uint8]
    x: int
    y: int

    @property
    def right(self) -> int:
        """The column after the last one."""
        return self.x + int(self.pixels.shape[1])

    @property
    def bottom(self) -> int:
        """The row after the last one."""
        return self.y + int(self.pixels.shape[0])

    def moved(self, x: int, y: int) -> Sprite:
        """The sprite at another place."""
        return replace(self, x=self.x + x, y=self.y + y)


@dataclass(frozen=True, slots=True)
class TextUnit:
    """A part of a text that moves by itself: its sprite, and that in the highlight colour if it has one.

    `row`, `word` and `character` count from 0. `clip` is the place of its row: top and bottom.
    """

    sprite: Sprite
    lit: Sprite | None
    row: int
    word: int
    character: int
    clip: Span


@dataclass(frozen=True, slots=True)
class TextBlock:
    """The units of a text with the top-left corner at (0, 0), and its width and height in pixels."""

    units: tuple[TextUnit, ...]
    width: int
    height: int


def text_block(
    layer: TitleLayer,
    text: str,
    short: int,
    available: float,
    align: str,
    spans: Sequence[Span] = (),
) -> TextBlock:
    """The text of a layer in a picture whose short edge is `short` pixels, at most `available` pixels wide.

    `align` is left, center or right. `spans` are the words, by default those between spaces. Raises RequestError, with
    the words that have no room, if the text does not fit at the layer's least size, and without a font for it.
    """
    if layer.upper and len(text.upper()) == len(text):
        text = text.upper()
    pen, rows = _fitted(layer, text, short, available)
    spans = spans or [found.span() for found in re.finditer(r"\S+", text)]
    return _placed(layer, pen, rows, text, spans, align)


def paint_of(layer: TitleLayer, text: str, pixels: float) -> TextPaint:
    """The fonts and colours of a layer at a font size in pixels. Raises RequestError without a font for the text."""
    font = str(bundled_font(layer.font, layer.bold)) if layer.font in FONT_NAMES else layer.font
    require_faces(text, font, layer.bold, "the template (font of the layer)")
    faces = select_faces(text, font, layer.bold)
    return TextPaint(faces, layer.bold, pixels, layer.colour, tracking=layer.tracking)


def row_sprite(pen: TextPaint, row: str, marked: Span | None = None) -> Sprite:
    """A row, cropped to what is visible, with its origin at x = 0 and its baseline at y = 0.

    With `marked`, only these characters are drawn, where they are in the row.
    """
    first, last = text_extent(pen.faces, pen.bold, row)
    around, above, below = (int(np.ceil(pen.size * part)) for part in (_BESIDE, _ABOVE, _BELOW))
    origin = around - int(np.floor(first * pen.size))
    width = origin + int(np.ceil((last + max(pen.tracking, 0) * len(row)) * pen.size)) + around
    colour = pen.colour if marked is None else pen.colour[:7] + _TRANSPARENT
    marks = marked or (0, 0)
    # The alpha is stated: a part inherits that of its row.
    drawn = replace(pen, colour=colour, marked_colour=pen.colour if len(pen.colour) == 9 else f"{pen.colour}ff")
    pixels = draw(width, above + below, drawn, [TextRow(row, origin, above, marks)])
    seen = pixels[..., 3] > 0
    columns, lines = np.flatnonzero(seen.any(axis=0)), np.flatnonzero(seen.any(axis=1))
    if not len(columns):
        return Sprite(np.zeros((1, 1, 4), np.uint8), 0, 0)
    left, top = int(columns[0]), int(lines[0])
    cropped = pixels[top : int(lines[-1]) + 1, left : int(columns[-1]) + 1]
    return Sprite(np.ascontiguousarray(cropped), left - origin, top - above)


def finest(layer: TitleLayer, text: str) -> Unit:
    """The smallest part of a layer that moves by itself. Letters that are joined move as words."""
    units = {motion.each for motion in layer.motion}
    if "character" in units:
        return "word" if any(_joins(one) for one in text) else "character"
    return "word" if "word" in units else "row"


def _fitted(layer: TitleLayer, text: str, short: int, available: float) -> tuple[TextPaint, list[str]]:
    size = layer.size * short / 100
    least = min(layer.least or 0.6 * layer.size, layer.size) * short / 100
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    pen = paint_of(layer, text, size)
    while True:
        rows = [row for line in lines for row in wrap_line(line, pen, available)]
        if len(rows) <= layer.rows and not _breaks_words(lines, rows):
            return pen, _balanced(lines, rows, pen, available)
        if pen.size <= least:
            raise _no_room(layer, lines, rows, pen.size, short)
        pen = replace(pen, size=max(pen.size * _SMALLER, least))


def _balanced(lines: list[str], rows: list[str], pen: TextPaint, available: float) -> list[str]:
    """The rows with the same number of them, as equally long as possible."""
    if len(rows) == len(lines):
        return rows
    narrow, wide = available / 4, available
    for _ in range(_BALANCE):
        middle = (narrow + wide) / 2
        tried = [row for line in lines for row in wrap_line(line, pen, middle)]
        if len(tried) == len(rows) and not _breaks_words(lines, tried):
            rows, wide = tried, middle
        else:
            narrow = middle
    return rows


def _breaks_words(lines: list[str], rows: list[str]) -> bool:
    """Whether a word with spaces around it in its script is divided between two rows."""
    words = [word for row in rows for word in row.split()]
    whole = [word for line in lines for word in line.split()]
    return words != whole and any(one not in whole and not any(map(_breaks_anywhere, one)) for one in words)


def _no_room(layer: TitleLayer, lines: list[str], rows: list[str], size: float, short: int) -> RequestError:
    text = " ".join(lines)
    left = " ".join(rows[layer.rows :]) if len(rows) > layer.rows else max(text.split(), key=len)
    many = "one row" if layer.rows == 1 else f"{layer.rows} rows"
    return RequestError(
        f"“{text}” does not fit in {many} at the least size, {size / short:.1%} of the short edge: "
        f"no room for “{left}”.",
        f"Shorten it by about {len(left)} characters, or change rows, least or width in the template.",
    )


def _placed(
    layer: TitleLayer, pen: TextPaint, rows: list[str], text: str, spans: Sequence[Span], align: str
) -> TextBlock:
    whole = [row_sprite(pen, row) for row in rows]
    width = max(one.pixels.shape[1] for one in whole)
    depth = 0.0 if layer.upper else _DEPTH * pen.size
    baselines, clips = [], list[Span]()
    y = 0
    for number, one in enumerate(whole):
        above = max(round(_CAPITALS * pen.size), -one.y)
        step = max(round(layer.leading * pen.size), above + max(whole[number - 1].bottom, 0) if number else 0)
        y = y + step if number else above
        baselines.append(y)
        clips.append((y - above, y + max(round(0.25 * pen.size), one.bottom)))
    offsets = [
        {"left": 0, "center": (width - one.pixels.shape[1]) // 2, "right": width - one.pixels.shape[1]}[align] - one.x
        for one in whole
    ]
    unit = finest(layer, text)
    lights = any(motion.property == "highlight" for motion in layer.motion)
    units = []
    for row, word, character, marks in _parts(unit, rows, text, spans):
        sprite = whole[row] if marks is None else row_sprite(pen, rows[row], marks)
        lit = row_sprite(replace(pen, colour=layer.highlight), rows[row], marks) if lights else None
        at = offsets[row], baselines[row]
        units.append(TextUnit(sprite.moved(*at), lit and lit.moved(*at), row, word, character, clips[row]))
    bottom = baselines[-1] + max(round(depth), whole[-1].bottom)
    return TextBlock(tuple(units), width, bottom)


def _parts(
    unit: Unit, rows: list[str], text: str, spans: Sequence[Span]
) -> Iterator[tuple[int, int, int, Span | None]]:
    """Row, word and character of each part, and its characters in the row; None for the whole row."""
    if unit == "row":
        for row in range(len(rows)):
            yield row, row, row, None
        return
    character = 0
    for word, span in enumerate(spans):
        for part in [span] if unit == "word" else _characters(text, span):
            for row, marks in enumerate(marks_in_rows(rows, text, part)):
                if marks != (0, 0):
                    yield row, word, character, marks
            character += 1


def _characters(text: str, span: Span) -> Iterator[Span]:
    at = span[0]
    for one in graphemes(text[span[0] : span[1]]):
        yield at, at + len(one)
        at += len(one)


def _joins(character: str) -> bool:
    """Whether letters of this script are joined, or change their places beside others."""
    return unicodedata.bidirectional(character) == "AL" or 0x0900 <= ord(character) < 0x1100


def _breaks_anywhere(character: str) -> bool:
    """Whether rows of this script may end after any character."""
    code = ord(character)
    wide = unicodedata.east_asian_width(character) in "WF"
    return wide or 0x0E00 <= code < 0x0F00 or 0x1000 <= code < 0x10A0 or 0x1780 <= code < 0x1800
