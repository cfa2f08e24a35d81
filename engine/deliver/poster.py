"""The poster and the contact sheet of a movie, from its finished file as SDR shows it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from engine.deliver.checks import Finished
from engine.deliver.outputs import Outputs
from engine.deliver.ownership import POSTER_SUFFIXES, SHEET_SUFFIX
from engine.deliver.request import Programme
from engine.deliver.still import PosterFrame, footage_still
from engine.ingest import inspect, picture_transform
from engine.time import format_time

if TYPE_CHECKING:
    from engine.catalog import Encoding
    from engine.ingest import Footage

_QUALITY = 90
_SHEET_WIDTH, _PICTURES = 1920, 12
_COLUMNS, _UPRIGHT_COLUMNS = 4, 6


def write_poster(order: Programme, movie: Path, made: Outputs) -> None:
    """Writes the poster of a finished movie, and its contact sheet if the recipe asks for it; nothing without [poster].

    The frame is that at the recipe's time or marker, else the sharpest of a few. Raises EngineError if the movie cannot
    be decoded.
    """
    from PIL import Image

    poster = order.recipe.poster
    if poster is None:
        return
    footage = inspect(movie)
    transform = picture_transform(footage, None)
    assert transform is not None
    assert footage.probe.picture is not None
    at = poster.at if poster.at is None else Fraction(poster.at).limit_denominator(1000)
    if poster.marker is not None and (at := order.marker_at(poster.marker)) is None:
        made.notes.append(f"no marker “{poster.marker}”: the poster is the sharpest frame")
    width = footage.probe.picture.display_width
    rgb, shown = footage_still(footage, transform, width, at=at)
    path = movie.with_name(f"{order.file_name}{POSTER_SUFFIXES[poster.format]}")
    with made.file(path, "poster") as unfinished:
        Image.fromarray(rgb).save(unfinished, poster.format.upper(), **_options(poster.format))
    assert footage.grid is not None
    size = (footage.probe.picture.display_height, width)
    frame = PosterFrame(size, shown, at, 1 / footage.grid.rate)
    made.check(Finished(path=path, kind="poster", order=order, poster=frame), path)
    if poster.sheet:
        _write_sheet(order, footage, transform, made)


def _options(kind: str) -> dict[str, int]:
    return {"quality": _QUALITY, "subsampling": 0} if kind == "jpeg" else {}


def _write_sheet(order: Programme, footage: Footage, transform: Encoding, made: Outputs) -> None:
    from PIL import Image

    from engine.picture import SheetFrame, SheetGrid, Viewer, contact_sheet

    picture, clock = footage.probe.picture, footage.grid
    assert picture is not None
    assert clock is not None
    shape = Fraction(picture.display_width, picture.display_height)
    columns = _COLUMNS if shape >= 1 else _UPRIGHT_COLUMNS
    # Pictures are not enlarged: cells of a small movie are small, too.
    widest = columns * picture.display_width + (columns + 1) * SheetGrid(_SHEET_WIDTH, columns, shape).gap
    grid = SheetGrid(min(_SHEET_WIDTH, widest), columns, shape)
    width = min(grid.within(picture.display_width, picture.display_height), picture.display_width)
    count = min(_PICTURES, len(clock.sources))
    ticks = [len(clock.sources) * (2 * one + 1) // (2 * count) for one in range(count)]
    with Viewer(footage.path, picture, transform, clock) as viewer:
        frames = [SheetFrame(viewer.at(tick, width), "", format_time(tick / clock.rate, 2)) for tick in ticks]
    path = footage.path.with_name(f"{order.file_name}{SHEET_SUFFIX}")
    with made.file(path, "sheet") as unfinished:
        Image.fromarray(contact_sheet(frames, grid, (order.label, ""))).save(unfinished, "JPEG", **_options("jpeg"))
