"""PNG files, contact sheets and filmstrips."""

from __future__ import annotations

import base64
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.atomic_files import partial

if TYPE_CHECKING:
    from PIL import ImageFont

    Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

Rgb8 = NDArray[np.uint8]

_GROUND = (18, 18, 20)
_TEXT_COLOUR, _QUIET = (222, 222, 226), (138, 138, 146)
_HAIRLINE = (74, 74, 80)
_JPEG_QUALITY = 82


@dataclass(frozen=True, slots=True)
class SheetFrame:
    """A picture (height, width, 3), and its caption: name and time."""

    picture: Rgb8
    name: str = ""
    moment: str = ""


@dataclass(frozen=True, slots=True)
class SheetGrid:
    """The grid of a contact sheet `width` pixels wide; `shape` is the aspect ratio (width / height) of its cells."""

    width: int
    columns: int
    shape: Fraction = Fraction(16, 9)

    @property
    def gap(self) -> int:
        """Pixels between cells."""
        return max(4, self.width // 96)

    @property
    def cell(self) -> tuple[int, int]:
        """A cell's width and height in pixels."""
        width = max(1, (self.width - self.gap * (self.columns + 1)) // self.columns)
        return width, max(1, round(width / self.shape))

    def within(self, width: int, height: int) -> int:
        """The width in pixels at which a picture of this aspect ratio fits into a cell."""
        across, down = self.cell
        return max(1, min(across, down * width // height))


def write_png(path: Path, rgb: Rgb8, *, replace: bool = True) -> None:
    """Write R′G′B′ (height, width, 3) as PNG, atomically. Raises EngineError if it cannot be written."""
    from PIL import Image

    with partial(path, replace=replace) as unfinished:
        # With grain, level 4 takes a third of the time of the default, 6, and makes a smaller file.
        Image.fromarray(rgb).save(unfinished, "PNG", compress_level=4)


def jpeg_url(rgb: Rgb8) -> str:
    """R′G′B′ (height, width, 3) as the data URL of a JPEG, for a page that loads nothing."""
    from PIL import Image

    out = BytesIO()
    Image.fromarray(rgb).save(out, "JPEG", quality=_JPEG_QUALITY)
    return f"data:image/jpeg;base64,{base64.b64encode(out.getvalue()).decode()}"


def contact_sheet(pictures: Sequence[SheetFrame], grid: SheetGrid, heading: tuple[str, str] = ("", "")) -> Rgb8:
    """Pictures with captions in rows on a dark background, below a left and a right heading; (height, width, 3).

    Raises ValueError without pictures or columns, or for a picture larger than its cell.
    """
    from PIL import Image, ImageDraw

    if not pictures or grid.columns < 1:
        raise ValueError("a contact sheet needs pictures and columns")
    gap, (width, height) = grid.gap, grid.cell
    if any(shown.picture.shape[1] > width or shown.picture.shape[0] > height + 1 for shown in pictures):
        raise ValueError(f"a picture is larger than a cell of {width} × {height}")
    captioned = any(shown.name or shown.moment for shown in pictures)
    font = _font(max(10, min(width // 20, 28)))
    below = round(_line(font) * 1.9) if captioned else 0
    title = _font(max(12, min(grid.width // 64, 40)))
    above = gap + round(_line(title) * 1.4) if any(heading) else gap
    rows = -(-len(pictures) // grid.columns)
    left = (grid.width - grid.columns * width - (grid.columns - 1) * gap) // 2
    sheet = Image.new("RGB", (grid.width, above + rows * (height + below + gap)), _GROUND)
    draw = ImageDraw.Draw(sheet)
    _line_of_words(draw, heading, (left, grid.width - left), (above + gap // 4) // 2, title)
    for place, shown in enumerate(pictures):
        row, column = divmod(place, grid.columns)
        x, y = left + column * (width + gap), above + row * (height + below + gap)
        down, across = shown.picture.shape[:2]
        indent = (width - across) // 2
        sheet.paste(Image.fromarray(shown.picture), (x + indent, y + (height - down) // 2))
        if captioned:
            middle = y + height + below // 2
            _line_of_words(draw, (shown.name, shown.moment), (x, x + width), middle, font)
    return np.asarray(sheet)


def filmstrip(frames: Sequence[SheetFrame], width: int, heading: tuple[str, str] = ("", "")) -> Rgb8:
    """Frames in one row, `width` pixels in total, with times below and a heading above; (height, width, 3).

    Each frame is cropped to the smallest height and to its share of the width; shares may differ by a pixel. Raises
    ValueError without frames, or if one is narrower than its share.
    """
    from PIL import Image, ImageDraw

    if not frames:
        raise ValueError("a filmstrip needs frames")
    edges = _edges(width, len(frames))
    shares = [right - left for left, right in pairwise(edges)]
    if any(shown.picture.shape[1] < share for shown, share in zip(frames, shares, strict=True)):
        raise ValueError("a frame is narrower than its share of the filmstrip")
    height = min(shown.picture.shape[0] for shown in frames)
    title, font = _font(max(12, min(width // 64, 40))), _font(max(9, min(width // 110, 22)))
    pad = max(4, round(_line(font) * 0.45))
    above = round(_line(title) * 1.9) if any(heading) else pad
    below = round(_line(font) * 1.8)
    strip = Image.new("RGB", (width, above + height + below), _GROUND)
    draw = ImageDraw.Draw(strip)
    _line_of_words(draw, heading, (pad * 2, width - pad * 2), above // 2, title)
    # If times would overlap, show only every second, third, … one.
    longest = max(font.getlength(shown.moment) for shown in frames) + 3 * pad
    every = max(1, -(-round(longest) // max(1, min(shares))))
    for place, (shown, left, share) in enumerate(zip(frames, edges[:-1], shares, strict=True)):
        strip.paste(Image.fromarray(shown.picture[:height, :share]), (left, above))
        if place % every == 0 and shown.moment and left + longest - pad <= width:
            draw.line([(left, above + height), (left, above + height + below - pad)], _HAIRLINE)
            draw.text((left + pad, above + height + below // 2), shown.moment, _QUIET, font, "lm")
    return np.asarray(strip)


def _edges(width: int, frames: int) -> list[int]:
    """The left edge of each frame of a strip, and the right edge of the last."""
    return [round(Fraction(width * place, frames)) for place in range(frames + 1)]


def _font(size: int) -> Font:
    from PIL import ImageFont

    return ImageFont.load_default(size)


def _line(font: Font) -> float:
    box = font.getbbox("Hg")
    return box[3] - box[1]


def _line_of_words(draw: object, words: tuple[str, str], between: tuple[int, int], middle: int, font: Font) -> None:
    """Draws the name at the left, truncated if necessary, and the time or size at the right in a muted colour."""
    from PIL import ImageDraw

    assert isinstance(draw, ImageDraw.ImageDraw)
    (left, right), (name, quiet) = between, map(_plain, words)
    if quiet:
        draw.text((right, middle), quiet, _QUIET, font, "rm")
        right -= round(font.getlength(quiet) + font.getlength("  "))
    draw.text((left, middle), _shortened(name, font, right - left), _TEXT_COLOUR, font, "lm")


def _plain(words: str) -> str:
    """Reduces text to the font's characters: accents are removed, non-Latin letters become question marks."""
    bare = (mark for mark in unicodedata.normalize("NFKD", words) if not unicodedata.combining(mark))
    return "".join(mark if mark.isascii() else "?" for mark in bare)


def _shortened(label: str, font: Font, width: int) -> str:
    if font.getlength(label) <= width:
        return label
    while label and font.getlength(label + "…") > width:
        label = label[:-1]
    return label + "…" if label else ""
