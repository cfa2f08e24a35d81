"""Waveform of a track: minimum, maximum and RMS level for each column of an image."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.sound.channel_analysis import channel_correction
from engine.sound.track import duration_of, read_blocks

_RATE = 16_000
_BACKGROUND = (14, 17, 22)
_AXIS = (38, 44, 54)
# Colours from quiet to loud, by the RMS level of a column in dBFS.
_COLOURS: tuple[tuple[float, tuple[int, int, int]], ...] = (
    (-60.0, (52, 78, 104)),
    (-36.0, (64, 150, 168)),
    (-20.0, (122, 200, 140)),
    (-10.0, (236, 190, 90)),
    (-3.0, (232, 92, 80)),
)


def peaks(path: Path, index: int | None, columns: int) -> NDArray[np.float32]:
    """(columns, 3) float32: minimum, maximum and RMS of the mono mix in equal parts of the track.

    Streams the track at 16 kHz; raises as `read_blocks`.
    """
    seconds = duration_of(path, index)
    total = round(seconds * _RATE) if seconds else _count(path, index)
    found = np.zeros((columns, 3), np.float64)
    counts = np.zeros(columns, np.int64)
    position = 0
    correction = channel_correction(path, index)
    for block in read_blocks(path, index, rate=_RATE, layout="mono", correction=correction):
        samples = block[:, 0]
        column = np.minimum(np.arange(position, position + len(samples)) * columns // max(total, 1), columns - 1)
        met, first = np.unique(column, return_index=True)
        found[met, 0] = np.minimum(found[met, 0], np.minimum.reduceat(samples, first))
        found[met, 1] = np.maximum(found[met, 1], np.maximum.reduceat(samples, first))
        found[met, 2] += np.add.reduceat(np.square(samples, dtype=np.float64), first)
        counts[met] += np.diff(first, append=len(samples))
        position += len(samples)
    found[:, 2] = np.sqrt(found[:, 2] / np.maximum(counts, 1))
    return found.astype(np.float32)


def waveform_png(source: Path, index: int | None, out: Path, width: int = 1200, height: int = 160) -> None:
    """Draws the track as an sRGB PNG: extremes faint, RMS bright, coloured from quiet to loud."""
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (width, height), _BACKGROUND)
    draw = ImageDraw.Draw(picture)
    middle = (height - 1) / 2
    draw.line((0, middle, width, middle), fill=_AXIS)
    for x, (lowest, highest, rms) in enumerate(peaks(source, index, width)):
        if highest == lowest == 0:
            continue
        colour = _colour(20 * float(np.log10(max(float(rms), 1e-6))))
        faint = tuple((part + back) // 2 for part, back in zip(colour, _BACKGROUND, strict=True))
        draw.line((x, middle - min(1.0, highest) * middle, x, middle - max(-1.0, lowest) * middle), fill=faint)
        draw.line((x, middle - rms * middle, x, middle + rms * middle), fill=colour)
    picture.save(out)


def _colour(level: float) -> tuple[int, int, int]:
    levels = [stop for stop, _ in _COLOURS]
    red, green, blue = (
        round(float(np.interp(level, levels, [colour[part] for _, colour in _COLOURS]))) for part in range(3)
    )
    return red, green, blue


def _count(path: Path, index: int | None) -> int:
    return sum(len(block) for block in read_blocks(path, index, rate=_RATE, layout="mono"))
