"""A frame as a display shows it, to measure."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from engine.catalog import Encoding
from engine.export.frame import picture_at
from engine.ingest import Footage, picture_transform

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engine.looks import Look, TakeSources
    from engine.picture import View

# Scopes of a larger picture look the same.
_WIDEST = 1920


def measured_frame(
    footage: Footage,
    moment: Fraction,
    asked: Encoding | None,
    look: Look | None,
    view: View,
    sources: TakeSources | None = None,
) -> tuple[NDArray[np.float32], int]:
    """The display codes 0–1 of the frame at `moment` seconds, (height, width, 3), at most 1920 wide; and its tick.

    `sources` are those that the look may read. Raises RequestError if there is no such frame, GateError for an
    unconfirmed log picture.
    """
    from engine.looks import TakeLook, TakeMoments
    from engine.picture import PictureSource, Pipeline

    picture, grid = picture_at(footage, moment)
    transform = picture_transform(footage, asked)
    assert transform is not None
    tick = grid.tick_at(moment)
    source = PictureSource(footage.path, picture)
    try:
        planes = source.planes_at(grid.pts_at(tick))
    finally:
        source.close()
    shown = TakeLook(look, grid.rate, sources, TakeMoments(grid)) if look else None
    width = min(picture.display_width, _WIDEST)
    return Pipeline(picture, transform, look=shown).display(planes, width, view, tick), tick
