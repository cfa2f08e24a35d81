"""Draws rows of text with resvg: joined letters, reordered vowels, both directions, colour emoji."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from xml.sax.saxutils import escape, quoteattr

import numpy as np
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.text.fonts import Face
from engine.text.runs import Run, visual_runs

# Isolates fix the direction of a run independent of its context (UAX #9: RLI, LRI, PDI).
_RIGHT_TO_LEFT, _LEFT_TO_RIGHT, _POP = "\u2067", "\u2066", "\u2069"
_SHADE = "#000000a0"

# Offset of the shadow to the right and below, and standard deviation of its blur, in units of `shadow`.
_SHADOW_OFFSET, _SHADOW_BLUR = 0.6, 0.5

# Font size in pixels for measurements, and the alpha value above which a pixel counts as visible.
_MEASURED, _VISIBLE = 32, 8


@dataclass(frozen=True, slots=True)
class TextPaint:
    """Fonts, sizes and colours of text; `size`, `outline` and `shadow` in pixels.

    `tracking` is added to the distance between characters, in units of `size`; scripts with joined letters ignore it.
    """

    faces: tuple[Face, ...]
    bold: bool
    size: float
    colour: str
    outline: float = 0.0
    outline_colour: str = "#000000"
    shadow: float = 0.0
    marked_colour: str = "#ffffff"
    tracking: float = 0.0

    @property
    def margin(self) -> float:
        """How far the outline and the shadow extend beyond the glyphs, in pixels."""
        # A Gaussian blur is invisible beyond three standard deviations.
        return self.outline + self.shadow * (_SHADOW_OFFSET + 3 * _SHADOW_BLUR)


@dataclass(frozen=True, slots=True)
class TextRow:
    """A row of text with its left end at `x`, in either direction, and its baseline at `y`, in pixels.

    The characters `text[marked[0]:marked[1]]` have the paint's `marked_colour`.
    """

    text: str
    x: float
    y: float
    marked: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class TextBox:
    """A box behind the text, in pixels."""

    x: float
    y: float
    width: float
    height: float
    round: float
    colour: str


def draw(
    width: int, height: int, pen: TextPaint, rows: Sequence[TextRow], boxes: Sequence[TextBox] = ()
) -> NDArray[np.uint8]:
    """Draws boxes and rows; returns (height, width, 4), 8-bit RGBA, straight alpha, display-referred."""
    import resvg_py
    from PIL import Image

    parts = [_rectangle(box) for box in boxes]
    if pen.shadow:
        away = pen.shadow * _SHADOW_OFFSET
        parts.append(f'<g filter="url(#soft)" transform="translate({away:.2f} {away:.2f})" {_paint(_SHADE, "fill")}>')
        parts.extend(_text(row, pen, shade=True) for row in rows)
        parts.append("</g>")
    parts.extend(_text(row, pen) for row in rows)
    blur = f'<feGaussianBlur stdDeviation="{pen.shadow * _SHADOW_BLUR:.2f}"/>'
    soft = f'<filter id="soft">{blur}</filter>' if pen.shadow else ""
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">{soft}{"".join(parts)}</svg>'
    try:
        png = resvg_py.svg_to_bytes(
            svg_string=svg, skip_system_fonts=True, font_files=[str(face.path) for face in pen.faces]
        )
    except ValueError as error:
        raise EngineError(f"The captions could not be drawn: {error}.", "Report this error with the text.") from error
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))


@lru_cache(maxsize=4096)
def text_extent(faces: tuple[Face, ...], bold: bool, text: str) -> tuple[float, float]:
    """The left and right visible extent relative to the text's origin, in units of the font size, without outlines."""
    size = _MEASURED
    # Some glyphs extend left of the origin, and few are wider than 2.5 times the font size.
    begin, high = 3 * size, 3 * size
    pen = TextPaint(faces, bold, size, "#ffffff")
    alpha = draw(int(size * (2.5 * len(text) + 6)), high, pen, [TextRow(text, begin, 0.6 * high)])[..., 3]
    columns = np.flatnonzero(alpha.max(axis=0) > _VISIBLE)
    if not len(columns):
        return 0.0, 0.0
    return (int(columns[0]) - begin) / size, (int(columns[-1]) + 1 - begin) / size


def text_advance(faces: tuple[Face, ...], bold: bool, text: str) -> float:
    """The advance width of a text in units of the font size."""
    if text.isspace():
        return faces[0].space * len(text)
    # resvg does not report advances: measure how much farther right the doubled text ends.
    return text_extent(faces, bold, 2 * text)[1] - text_extent(faces, bold, text)[1]


def _text(row: TextRow, pen: TextPaint, shade: bool = False) -> str:
    edge = ""
    if pen.outline:
        paint = _paint(_SHADE if shade else pen.outline_colour, "stroke")
        # Half of the stroke is hidden below the glyph.
        edge = f' {paint} stroke-width="{2 * pen.outline:.2f}" stroke-linejoin="round" paint-order="stroke"'
    spaced = f' letter-spacing="{pen.tracking * pen.size:.2f}"' if pen.tracking else ""
    parts, x = [], row.x
    runs = visual_runs(_xml_safe(row.text), pen.faces)
    for run in runs:
        parts.append(
            f'<text x="{x:.2f}" y="{row.y:.2f}" font-family={quoteattr(repr(run.face.family))} '
            f'font-weight="{700 if pen.bold else 400}" font-size="{pen.size:.2f}" '
            f'{_paint(_SHADE if shade else pen.colour, "fill")}{edge}{spaced} xml:space="preserve">'
            f"{_RIGHT_TO_LEFT if run.leftward else _LEFT_TO_RIGHT}{_marked(run, row, pen, shade)}{_POP}</text>"
        )
        if len(runs) > 1:
            x += (text_advance((run.face,), pen.bold, run.text) + pen.tracking * len(run.text)) * pen.size
    return "".join(parts)


def _marked(run: Run, row: TextRow, pen: TextPaint, shade: bool) -> str:
    """The text of a run, with its marked part in the marked colour; a shadow has one colour."""
    first, last = (min(max(side - run.first, 0), len(run.text)) for side in row.marked)
    if shade or first >= last:
        return escape(run.text)
    before, marked, after = (escape(part) for part in (run.text[:first], run.text[first:last], run.text[last:]))
    return f"{before}<tspan {_paint(pen.marked_colour, 'fill')}>{marked}</tspan>{after}"


def _rectangle(box: TextBox) -> str:
    return (
        f'<rect x="{box.x:.2f}" y="{box.y:.2f}" width="{box.width:.2f}" height="{box.height:.2f}" '
        f'rx="{box.round:.2f}" {_paint(box.colour, "fill")}/>'
    )


def _paint(colour: str, what: str) -> str:
    """SVG attributes for #rrggbb or #rrggbbaa."""
    solid, alpha = colour[:7], colour[7:]
    return f'{what}="{solid}"' + (f' {what}-opacity="{int(alpha, 16) / 255:.4f}"' if alpha else "")


def _xml_safe(text: str) -> str:
    """Replaces characters that are invalid in XML by U+FFFD."""
    return re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text)
