"""Large type for terminals: text of a real font in cells of 2×2 pixels."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.text.fonts import Face, select_faces

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

Pixels = NDArray[np.bool_]

# The quadrants of a cell by their bits: upper left 1, upper right 2, lower left 4, lower right 8.
_QUADRANTS = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"
# A terminal's cell is about twice as high as wide, so that a pixel is twice as high as wide, too. Text is drawn at
# this many samples per pixel.
_ACROSS, _DOWN = 2, 4
# Share of a pixel that is covered when it is set.
_COVERED = 0.42
# The share of a row that ascents and descents fill.
_FILLED = 0.98


class LargeType:
    """Type whose lines are `rows` cells high. The bundled fonts are used first, then installed ones."""

    def __init__(self, rows: int, sample: str = "") -> None:
        """Loads the fonts for the characters of a `sample`; others are drawn if these fonts have them."""
        self.rows = rows
        self._faces = select_faces(sample, bold=True)
        first = self._faces[0]
        height = rows * 2 * _DOWN
        self._size = height * _FILLED / (first.ascent + first.descent)
        self._baseline = round(height * (1 - _FILLED) / 2 + first.ascent * self._size)
        self._length = lru_cache(maxsize=20_000)(self._measured)

    def width(self, text: str) -> int:
        """The width of a text in cells, from those of its words, which are measured once."""
        words = text.split(" ")
        length = sum(map(self._length, words)) + (len(words) - 1) * self._length(" ")
        return int(-(-length // (2 * _ACROSS)))

    def draw(self, text: str) -> Pixels:
        """The text as (2·rows, 2·cells) pixels."""
        from PIL import Image, ImageDraw

        cells = max(1, int(-(-self._measured(text) // (2 * _ACROSS))))
        image = Image.new("L", (cells * 2 * _ACROSS, self.rows * 2 * _DOWN))
        pen, x = ImageDraw.Draw(image), 0.0
        for font, run in self._runs(text):
            pen.text((x, self._baseline), run, fill=255, font=font, anchor="ls")
            x += font.getlength(run)
        samples = np.asarray(image, np.float32) / 255
        covered = samples.reshape(self.rows * 2, _DOWN, cells * 2, _ACROSS).mean(axis=(1, 3))
        return np.asarray(covered > _COVERED)

    def _measured(self, text: str) -> float:
        """The length of a text in samples."""
        return sum(font.getlength(run) for font, run in self._runs(text))

    def _runs(self, text: str) -> Iterator[tuple[FreeTypeFont, str]]:
        """The text in runs of one font each; a combining character stays with the one before."""
        run, face = "", self._faces[0]
        for letter in text:
            wanted = face if unicodedata.combining(letter) or letter.isspace() else self._face_of(letter)
            if wanted is not face and run:
                yield _font(face, self._size, _is_simple(run)), run
                run = ""
            run, face = run + letter, wanted
        if run:
            yield _font(face, self._size, _is_simple(run)), run

    def _face_of(self, letter: str) -> Face:
        return next((face for face in self._faces if ord(letter) in face.has), self._faces[0])


def mirrored(pixels: Pixels) -> Pixels:
    """The pixels as a mirror shows them."""
    return pixels[:, ::-1]


def cell_rows(pixels: Pixels) -> list[str]:
    """The pixels as rows of block characters, without spaces at the end."""
    bits = pixels.reshape(pixels.shape[0] // 2, 2, pixels.shape[1] // 2, 2).transpose(0, 2, 1, 3)
    numbers = bits.reshape(*bits.shape[:2], 4) @ np.array([1, 2, 4, 8])
    return ["".join(_QUADRANTS[number] for number in row).rstrip() for row in numbers]


def _is_simple(run: str) -> bool:
    """Whether every character stands alone: Latin, Greek, Cyrillic, Georgian, symbols, Chinese, Japanese, Korean."""
    return all(ord(letter) < 0x590 or 0x10A0 <= ord(letter) < 0x1100 or ord(letter) >= 0x1E00 for letter in run)


@lru_cache(maxsize=32)
def _font(face: Face, size: float, simple: bool) -> Any:
    from PIL import ImageFont

    # Pillow shapes text only if the machine has FriBidi; without shaping, simple text is the same on every machine.
    layout = ImageFont.Layout.BASIC if simple else None
    return ImageFont.truetype(str(face.path), size, layout_engine=layout)
