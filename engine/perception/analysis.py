"""The frames of a take for analysis: small SDR pictures by tick, decoded on a thread while the last ones are used."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import RequestError
from engine.perception.prefetch import prefetched
from engine.perception.provider import AnalysisFrame
from engine.time import FrameGrid

if TYPE_CHECKING:
    from engine.catalog import Encoding, Picture
    from engine.picture import Planes

SHORT_EDGE = 270
"""The usual short edge of an analysis frame, in pixels."""

# Decoded frames in memory, besides those of the decoder: two of UHD are 50 MB.
_AHEAD = 2


def analysis_frames(
    path: Path,
    picture: Picture,
    transform: Encoding,
    grid: FrameGrid,
    *,
    short_edge: int = SHORT_EDGE,
    first: int = 0,
    stop: int | None = None,
) -> Generator[AnalysisFrame]:
    """The frames of the ticks from `first` up to, but not including, `stop`: the SDR view, upright.

    Both sides are even, and the frames are not larger than the footage (`small_size`). A tick shows the frame that the
    grid maps to it; ticks that show one frame share its pixels. The frames come from the original, so that they do not
    depend on whether a proxy exists. Memory does not grow with the length. Raises RequestError for an empty range,
    EngineError if nothing decodes, or on a GPU whose colours differ from the CPU's.
    """
    ticks = range(len(grid.sources))[max(0, first) : stop]
    if not ticks:
        raise RequestError("The range has no frame.", "Choose a range within the take.")
    return _rendered(path, picture, transform, grid, short_edge, ticks)


def _rendered(
    path: Path, picture: Picture, transform: Encoding, grid: FrameGrid, short_edge: int, ticks: range
) -> Generator[AnalysisFrame]:
    from engine.picture import SmallView, small_size

    view = SmallView(picture, transform, small_size(picture, short_edge))
    with closing(prefetched(lambda: _planes(path, picture, grid, ticks), _AHEAD)) as planes:
        for tick, pixels in zip(ticks, view.stream(planes), strict=True):
            yield AnalysisFrame(tick, tick / grid.rate, pixels)


def _planes(path: Path, picture: Picture, grid: FrameGrid, ticks: range) -> Iterator[Planes]:
    from engine.picture import PictureSource

    with PictureSource(path, picture) as source:
        yield from source.frames(grid, ticks.start, ticks.stop)
