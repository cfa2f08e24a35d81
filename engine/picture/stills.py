"""Pictures for the eye: PNG files and contact sheets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.artefact import partial

Rgb8 = NDArray[np.uint8]

_BACKGROUND = (18, 18, 20)
_INK = (214, 214, 218)
_GAP = 16


def write_png(path: Path, rgb: Rgb8) -> None:
    """Write R′G′B′ (height, width, 3) as PNG, whole or not at all. EngineError where the disk refuses."""
    from PIL import Image

    with partial(path) as unfinished:
        Image.fromarray(rgb).save(unfinished, "PNG")


def contact_sheet(pictures: Sequence[tuple[str, Rgb8]], columns: int) -> Rgb8:
    """Labelled pictures in a grid on a dark ground, each cell as large as the largest picture; (h, w, 3).

    ValueError without pictures or columns.
    """
    from PIL import Image, ImageDraw, ImageFont

    if not pictures or columns < 1:
        raise ValueError("a contact sheet needs pictures and columns")
    columns = min(columns, len(pictures))
    width = max(picture.shape[1] for _, picture in pictures)
    height = max(picture.shape[0] for _, picture in pictures)
    size = max(12, width // 22)
    caption = size * 2
    rows = -(-len(pictures) // columns)
    sheet = Image.new("RGB", (_GAP + columns * (width + _GAP), _GAP + rows * (height + caption + _GAP)), _BACKGROUND)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(size)
    for place, (label, picture) in enumerate(pictures):
        row, column = divmod(place, columns)
        left, top = _GAP + column * (width + _GAP), _GAP + row * (height + caption + _GAP)
        corner = (left + (width - picture.shape[1]) // 2, top + (height - picture.shape[0]) // 2)
        sheet.paste(Image.fromarray(picture), corner)
        draw.text((left + width / 2, top + height + caption / 2), _shortened(label, font, width), _INK, font, "mm")
    return np.asarray(sheet)


def _shortened(label: str, font: object, width: int) -> str:
    from PIL import ImageFont

    assert isinstance(font, ImageFont.FreeTypeFont | ImageFont.ImageFont)
    if font.getlength(label) <= width:
        return label
    while label and font.getlength(label + "…") > width:
        label = label[:-1]
    return label + "…"
