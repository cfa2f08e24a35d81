"""Numbers that count: text with digits of equal width, so that nothing moves while they change."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np

from engine.text import TextPaint
from engine.titles.template import TitleLayer
from engine.titles.text_units import Sprite, paint_of, row_sprite

# The distance between characters, and the width of a space, in font sizes.
_BETWEEN, _SPACE = 0.06, 0.26
_CAPITALS = 0.72


class Counter:
    """The digits of a counter, drawn once."""

    def __init__(self, layer: TitleLayer, short: int) -> None:
        self._layer = layer
        size = layer.size * short / 100
        used = {*"0123456789.-", *layer.prefix, *layer.suffix, *layer.grouping}
        self._pen: TextPaint = paint_of(layer, "".join(sorted(used)), size)
        self._digits = {one: row_sprite(self._pen, one) for one in sorted(used) if not one.isspace()}
        self._widest = max(self._digits[one].pixels.shape[1] for one in "0123456789")
        self._between = max(1, round(size * (_BETWEEN + layer.tracking)))
        self._space = round(size * _SPACE)
        self._prefix = row_sprite(self._pen, layer.prefix) if layer.prefix.strip() else None
        self._suffix = row_sprite(self._pen, layer.suffix) if layer.suffix.strip() else None
        parts = [*self._digits.values(), *(one for one in (self._prefix, self._suffix) if one)]
        self.ascent = max(round(_CAPITALS * size), *(-one.y for one in parts))
        self.descent = max(0, *(one.bottom for one in parts))
        self._cached: tuple[str, Sprite] | None = None

    @property
    def height(self) -> int:
        """The height in pixels."""
        return self.ascent + self.descent

    @property
    def width(self) -> int:
        """The width in pixels of its widest number."""
        return max(self.sprite(share).right for share in (0.0, 1.0))

    def text(self, share: float) -> str:
        """The number at a share of the way from the first to the last one, without prefix and suffix."""
        layer = self._layer
        first, last = Decimal(layer.first), Decimal(layer.last)
        value = first + (last - first) * Decimal(repr(share))
        rounded = value.quantize(Decimal(1).scaleb(-layer.decimals), ROUND_HALF_EVEN)
        text = f"{abs(rounded):,f}" if layer.grouping else f"{abs(rounded):f}"
        return ("-" if rounded < 0 else "") + text.replace(",", layer.grouping)

    def sprite(self, share: float) -> Sprite:
        """The number with prefix and suffix; the top-left corner is at (0, 0)."""
        text = self.text(share)
        if self._cached and self._cached[0] == text:
            return self._cached[1]
        placed: list[tuple[Sprite, int]] = []
        x = 0
        for one in [*text]:
            glyph = self._digits.get(one)
            if glyph is None:
                x += self._space
                continue
            cell = self._widest if one.isdigit() else glyph.pixels.shape[1]
            placed.append((glyph, x + (cell - glyph.pixels.shape[1]) // 2))
            x += cell + self._between
        if self._prefix:
            space = self._prefix.pixels.shape[1] + self._between + self._gap(self._layer.prefix[-1:])
            placed = [(self._prefix, 0), *((glyph, at + space) for glyph, at in placed)]
            x += space
        if self._suffix:
            x += self._gap(self._layer.suffix[:1])
            placed.append((self._suffix, x))
            x += self._suffix.pixels.shape[1]
        made = self._drawn(placed, max(1, x))
        self._cached = text, made
        return made

    def _gap(self, character: str) -> int:
        return self._space if character.isspace() else 0

    def _drawn(self, placed: list[tuple[Sprite, int]], width: int) -> Sprite:
        pixels = np.zeros((self.height, width, 4), np.uint8)
        for glyph, x in placed:
            top = self.ascent + glyph.y
            high, wide = glyph.pixels.shape[:2]
            part = pixels[top : top + high, x : x + wide]
            np.maximum(part, glyph.pixels[: part.shape[0], : part.shape[1]], out=part)
        return Sprite(pixels, 0, 0)
