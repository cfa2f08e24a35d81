"""Draws scopes: waveform, RGB parade, vectorscope and the histogram of light."""

from __future__ import annotations

from math import log10
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from engine.picture.choices import View
from engine.picture.scopes import LOWEST_NITS, PEAK_NITS, light_histogram, luma, vectorscope, waveform

Scope = Literal["waveform", "parade", "vectorscope", "histogram"]
SCOPES: tuple[Scope, ...] = get_args(Scope)

_GROUND = (10, 14, 20)
_LINE = (52, 62, 74)
_WHITE = (214, 222, 228)
_RED, _GREEN, _BLUE = (255, 96, 84), (92, 214, 110), (96, 150, 255)
_CHANNELS = (_RED, _GREEN, _BLUE)
# 75 % bars, as vectorscopes mark them.
_TARGETS = ((1, 0, 0), (1, 1, 0), (0, 1, 0), (0, 1, 1), (0, 0, 1), (1, 0, 1))


def draw_scope(codes: NDArray[Any], scope: Scope, size: tuple[int, int], view: View = "sdr") -> NDArray[np.uint8]:
    """The picture of a scope, (height, width, 3), with thin lines of its scale.

    `codes` are display code values 0–1 of a view, (height, width, 3); `size` is (width, height) in pixels.
    """
    width, height = size
    picture = np.full((height, width, 3), _GROUND, np.float32)
    if scope == "vectorscope":
        _draw_vectorscope(picture, codes, view)
    elif scope == "histogram":
        _draw_histogram(picture, codes, view)
    else:
        for share in (0, 0.25, 0.5, 0.75, 1):
            picture[height - 1 - round(share * (height - 1))] = _LINE
        if scope == "waveform":
            _add(picture, _glow(waveform(luma(codes, view), width, height)), _WHITE)
        else:
            for number, (left, right) in enumerate(_thirds(width)):
                counts = waveform(codes[..., number], max(1, right - left), height)
                _add(picture[:, left:right], _glow(counts), _CHANNELS[number])
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def _thirds(width: int) -> list[tuple[int, int]]:
    """The columns of the three channels of a parade, with a gap between them."""
    gap = max(1, width // 60)
    return [(n * width // 3 + (gap if n else 0), (n + 1) * width // 3) for n in range(3)]


def _glow(counts: NDArray[np.int64]) -> NDArray[np.float32]:
    """The brightness of counts, the highest row on top: a single pixel is visible, many do not hide others."""
    flipped = counts[::-1].astype(np.float32)
    common = float(np.percentile(flipped[flipped > 0], 95)) if (flipped > 0).any() else 1.0
    shown = np.where(flipped > 0, 0.25 + 0.75 * np.minimum(1, flipped / max(1.0, common)) ** 0.5, 0)
    return shown.astype(np.float32)


def _add(picture: NDArray[np.float32], glow: NDArray[np.float32], color: tuple[int, int, int]) -> None:
    """Draws light of a colour over a part of a picture."""
    tinted = glow[..., None] * np.asarray(color, np.float32)
    np.maximum(picture, tinted, out=picture)


def _draw_vectorscope(picture: NDArray[np.float32], codes: NDArray[Any], view: View) -> None:
    height, width, _ = picture.shape
    size = min(width, height)
    top, left = (height - size) // 2, (width - size) // 2
    plot = picture[top : top + size, left : left + size]
    plot[size // 2, :] = _LINE
    plot[:, size // 2] = _LINE
    # The line of skin: 123° from the axis of Cb.
    for step in range(size // 2):
        away = step * 0.9
        plot[int(size / 2 - away * 0.839) % size, int(size / 2 - away * 0.545) % size] = _LINE
    reach = size // 80
    bars = np.asarray([_TARGETS], np.float32) * 0.75
    for number, target in enumerate(_TARGETS):
        found = vectorscope(bars[:, number : number + 1], view, size)[::-1]
        row, column = np.argwhere(found)[0]
        box = plot[max(0, row - reach) : row + reach + 1, max(0, column - reach) : column + reach + 1]
        box[...] = np.asarray(target, np.float32) * 33 + 44
    shown = codes.reshape(1, -1, 3)
    counts = vectorscope(shown, view, size)
    _add(plot, _glow(counts), _WHITE)


def _draw_histogram(picture: NDArray[np.float32], codes: NDArray[Any], view: View) -> None:
    height, width, _ = picture.shape
    decades = log10(PEAK_NITS[view] / LOWEST_NITS)
    for power in range(round(decades) + 1):
        picture[:, min(width - 1, round(power / decades * (width - 1)))] = _LINE
    counts = light_histogram(codes, view, width).counts.astype(np.float32)
    # The first bin also counts black: it would make all others low.
    highest = max(1.0, float(counts[:, 1:].max(initial=0)))
    rows = np.arange(height)[::-1, None]
    for number, color in ((0, _WHITE), (1, _RED), (2, _GREEN), (3, _BLUE)):
        bars = np.minimum(height, np.ceil(np.minimum(counts[number] / highest, 1) ** 0.5 * height))[None, :]
        filled = rows < bars
        edge = filled & (rows >= bars - max(1, height // 60))
        shown = 0.35 * filled if number == 0 else 0.9 * edge
        _add(picture, shown.astype(np.float32), color)
