"""Contact sheets and filmstrips of takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, log
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.atomic_files import refuse_existing
from engine.catalog import Encoding, Picture
from engine.errors import GateError, RequestError, failure_as_json
from engine.export.frame import camera_timecode
from engine.ingest import Footage, picture_transform, refuse_to_replace
from engine.picture import (
    PictureSource,
    Pipeline,
    Rendering,
    SheetFrame,
    SheetGrid,
    contact_sheet,
    filmstrip,
    write_png,
)
from engine.policy import Permission
from engine.time import FrameGrid, rational, timecode
from engine.transfer import Subject

_MOST = 400
_ONE_TAKE, _STRIP = 12, 10
_NARROWEST = 24
# Target aspect ratio (width / height) of a sheet, without its captions.
_SCREEN = 1.8


@dataclass(frozen=True, slots=True)
class SheetLayout:
    """Sheet layout: width in pixels, pictures per take (`count`) or seconds between them (`every`), columns, strips."""

    width: int = 1920
    count: int | None = None
    every: Fraction | None = None
    columns: int | None = None
    strip: bool = False


@dataclass(frozen=True, slots=True)
class ContactSheet:
    """The picture (height, width, 3), its (take, tick, seconds), and takes that need a decision of the user."""

    picture: NDArray[np.uint8]
    moments: tuple[tuple[str, int, Fraction], ...]
    waiting: tuple[dict[str, str], ...]

    def as_json(self) -> dict[str, Any]:
        """The JSON output of the command line."""
        height, width = self.picture.shape[:2]
        return {
            "width": width,
            "height": height,
            "pictures": [{"take": label, "tick": tick, "time": rational(time)} for label, tick, time in self.moments],
            "waiting": list(self.waiting),
        }


@dataclass(frozen=True, slots=True)
class _Part:
    """The frames of one take on the sheet."""

    label: str
    footage: Footage
    picture: Picture
    transform: Encoding
    grid: FrameGrid
    ticks: list[int]


def make_sheet(
    permission: Permission,
    subjects: Sequence[Subject],
    out: Path,
    layout: SheetLayout,
    asked: Encoding | None = None,
    rendering: Rendering = "as-shot",
    *,
    replace: bool = False,
) -> ContactSheet:
    """Writes a PNG with frames rendered as in SDR deliverables, evenly spaced over each take.

    By default, a single take has twelve frames (a strip ten), and each of several takes has one. Takes without a
    picture are skipped; log takes without a confirmed input transform are listed as waiting. Raises RequestError if
    there is no picture or there are too many, GateError if all remaining takes wait, PolicyError without the
    permission to export.
    """
    permission.check("export")
    if out.suffix.lower() != ".png":
        raise RequestError(f"{out.name} is not a .png file.", "Use a name such as sheet.png.")
    refuse_existing(out, replace=replace)
    parts, waiting = [], []
    seen = [subject for subject in subjects if subject.footage.grid is not None]
    for subject in seen:
        refuse_to_replace(subject.footage, out)
        try:
            parts.append(_part(subject, layout, len(seen) == 1, asked))
        except GateError as gate:
            if len(seen) == 1:
                raise
            waiting.append(failure_as_json(subject.label, gate))
    if not parts and waiting:
        raise GateError(waiting[0]["message"], waiting[0]["hint"])
    if not parts:
        raise RequestError("No take has a picture.", "Choose takes with a picture; cwtui takes lists them.")
    count = sum(len(part.ticks) for part in parts)
    if count > _MOST:
        raise RequestError(
            f"The sheet would have {count} pictures.", f"The maximum is {_MOST}: choose a longer --every."
        )
    picture = _strips(parts, layout, rendering) if layout.strip else _sheet(parts, layout, rendering)
    write_png(out, picture, replace=replace)
    moments = [(part.label, tick, tick / part.grid.rate) for part in parts for tick in part.ticks]
    return ContactSheet(picture, tuple(moments), tuple(waiting))


def _part(subject: Subject, layout: SheetLayout, alone: bool, asked: Encoding | None) -> _Part:
    footage = subject.footage
    picture, grid = footage.probe.picture, footage.grid
    assert picture is not None
    assert grid is not None
    transform = picture_transform(footage, asked or subject.input_transform)
    assert transform is not None
    if layout.every is not None:
        if layout.every <= 0 or grid.duration / layout.every > _MOST:
            raise RequestError(
                f"One picture every {float(layout.every):g} s is not possible for {subject.label}.",
                f"Choose an interval above 0 s that gives at most {_MOST} pictures.",
            )
        ticks = [grid.tick_at(n * layout.every) for n in range(ceil(grid.duration / layout.every))]
    else:
        count = layout.count or (_STRIP if layout.strip else _ONE_TAKE if alone else 1)
        # The middle of each share, because a take's first and last frames show the least.
        ticks = [grid.tick_at(grid.duration * Fraction(2 * n + 1, 2 * count)) for n in range(count)]
    return _Part(subject.label, footage, picture, transform, grid, list(dict.fromkeys(ticks)))


def _sheet(parts: Sequence[_Part], layout: SheetLayout, rendering: Rendering) -> NDArray[np.uint8]:
    alone = len(parts) == 1
    most = max(len(part.ticks) for part in parts)
    total = sum(len(part.ticks) for part in parts)
    shape = _shape(parts)
    # One row per take if its frames are not too small.
    columns = layout.columns or (most if not alone and 1 < most <= 6 else _columns(total, shape))
    grid = SheetGrid(layout.width, columns, shape)
    if grid.cell[0] < _NARROWEST:
        raise RequestError(
            f"{columns} columns leave only {grid.cell[0]} pixels per picture.",
            "Choose fewer --columns, or a larger --width.",
        )
    pictures = [
        SheetFrame(shown.picture, "" if alone else part.label, shown.moment)
        for part in parts
        for shown in _frames(part, grid.within(part.picture.display_width, part.picture.display_height), rendering)
    ]
    return contact_sheet(pictures, grid, (parts[0].label, _describe_part(parts[0])) if alone else ("", ""))


def _strips(parts: Sequence[_Part], layout: SheetLayout, rendering: Rendering) -> NDArray[np.uint8]:
    strips = []
    for part in parts:
        widest = ceil(Fraction(layout.width, len(part.ticks)))
        if widest < _NARROWEST:
            raise RequestError(
                f"{len(part.ticks)} frames do not fit into {layout.width} pixels.",
                "Choose fewer frames, or a larger --width.",
            )
        strips.append(filmstrip(_frames(part, widest, rendering), layout.width, (part.label, _describe_part(part))))
    return np.concatenate(strips)


def _frames(part: _Part, width: int, rendering: Rendering) -> list[SheetFrame]:
    """A take's frames, `width` pixels wide, with the camera's timecode, or else one counted from the take's start."""
    grid = part.grid
    pipeline = Pipeline(part.picture, part.transform, rendering=rendering)
    with PictureSource(part.footage.path, part.picture) as source:
        return [
            SheetFrame(
                pipeline.view_rgb8(source.planes_at(grid.pts_at(tick)), width),
                moment=camera_timecode(part.footage, tick) or timecode(tick, grid.rate),
            )
            for tick in part.ticks
        ]


def _columns(count: int, shape: Fraction) -> int:
    """The number of columns that best fits a screen's aspect ratio and fills the last row."""

    def unlikeness(columns: int) -> float:
        rows = ceil(count / columns)
        return abs(log(columns * shape / rows / _SCREEN)) + (columns * rows - count) / (2 * count)

    return min(range(1, count + 1), key=unlikeness)


def _shape(parts: Sequence[_Part]) -> Fraction:
    """The aspect ratio of a cell: the most common one among the pictures."""
    shapes = Counter(Fraction(part.picture.display_width, part.picture.display_height) for part in parts)
    return shapes.most_common(1)[0][0]


def _describe_part(part: _Part) -> str:
    picture, grid = part.picture, part.grid
    rate = f"{float(grid.rate):.2f}".rstrip("0").rstrip(".")
    length = timecode(len(grid.sources), grid.rate)
    return f"{picture.display_width}x{picture.display_height}   {part.transform}   {rate} fps   {length}"
