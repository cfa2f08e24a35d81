"""Chooses a frame that shows a recording well: sharp, and neither dark nor blown out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from engine.catalog import Encoding
    from engine.ingest import Footage

Rgb8 = NDArray[np.uint8]
_CANDIDATES = 12
# Pixels across at which candidates are compared: noise is gone, and a missed focus still shows.
_WIDTH = 480
# Mean codes of a picture that is neither dark nor blown out.
_DARKEST, _BRIGHTEST = 40.0, 200.0
_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)


@dataclass(frozen=True, slots=True)
class PosterFrame:
    """The frame of a poster: its (height, width), the time that it shows and the one that was asked for, if any.

    `frame` is the duration of a frame. All times are in seconds.
    """

    size: tuple[int, int]
    shown: Fraction
    at: Fraction | None
    frame: Fraction


def still_score(picture: Rgb8) -> float:
    """How well a picture (height, width, 3) shows something: its detail, less if it is dark or blown out."""
    luma = picture.astype(np.float32) @ _LUMA
    if min(luma.shape) < 3:
        return 0.0
    neighbours = luma[:-2, 1:-1] + luma[2:, 1:-1] + luma[1:-1, :-2] + luma[1:-1, 2:]
    detail = float(np.abs(4 * luma[1:-1, 1:-1] - neighbours).mean())
    mean = float(luma.mean())
    exposed = min(1.0, mean / _DARKEST, (255 - mean) / (255 - _BRIGHTEST))
    return detail * max(exposed, 0.0)


def sharpest(spans: Sequence[range], look: Callable[[int], Rgb8]) -> int:
    """The number of the best of a few frames, spread over `spans`; `look` returns a frame by its number.

    The first of equals. Raises ValueError without frames.
    """
    numbers = [number for span in spans for number in span]
    share = len(numbers) / _CANDIDATES
    chosen = sorted({numbers[int((one + 0.5) * share)] for one in range(_CANDIDATES)})
    return max(chosen, key=lambda number: (still_score(look(number)), -number))


def footage_still(
    footage: Footage, transform: Encoding, width: int, *, at: Fraction | None = None, spans: Sequence[range] = ()
) -> tuple[Rgb8, Fraction]:
    """An SDR picture of footage at a time, or the sharpest in `spans` of its ticks (default: all); and its time.

    `width` is the widest in pixels; a picture is not enlarged. Raises EngineError if it cannot be decoded.
    """
    from engine.picture import Viewer

    picture, grid = footage.probe.picture, footage.grid
    assert picture is not None
    assert grid is not None
    with Viewer(footage.path, picture, transform, grid) as viewer:
        small = min(_WIDTH, picture.display_width)
        whole = [range(len(grid.sources))]
        tick = grid.tick_at(at) if at is not None else sharpest(spans or whole, lambda one: viewer.at(one, small))
        return viewer.at(tick, min(width, picture.display_width)), tick / grid.rate
