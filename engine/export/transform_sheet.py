"""A sheet with one frame of a take by each input transform that it may have."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine.atomic_files import refuse_existing
from engine.color_encoding import INPUT_TRANSFORMS
from engine.errors import RequestError
from engine.ingest import picture_transform, refuse_to_replace
from engine.picture import PictureSource, Pipeline, SheetFrame, SheetGrid, contact_sheet, write_png
from engine.policy import Permission
from engine.transfer import Subject

TRANSFORM_SHEET_WIDTH = 1920
"""The width in pixels."""
_COLUMNS = 3


def make_transform_sheet(
    permission: Permission, subjects: Sequence[Subject], out: Path, *, replace: bool = False
) -> dict[str, Any]:
    """Writes a PNG with a frame of each take by each input transform, as an SDR deliverable shows it.

    The frame is a third into the take. A single take fills rows of three; several have a row each. Returns {width,
    height, input_transforms, takes}. Raises RequestError for a take without a supported
    picture, and a name without .png, PolicyError without the permission to export.
    """
    permission.check("export")
    if out.suffix.lower() != ".png":
        raise RequestError(f"{out.name} is not a .png file.", "Use a name such as sheet.png.")
    refuse_existing(out, replace=replace)
    alone = len(subjects) == 1
    columns = _COLUMNS if alone else len(INPUT_TRANSFORMS)
    frames: list[SheetFrame] = []
    for subject in subjects:
        footage = subject.footage
        picture, frame_grid = footage.probe.picture, footage.grid
        if picture is None or frame_grid is None:
            raise RequestError(f"{subject.label} has no picture.", "Only pictures have an input transform.")
        picture_transform(footage, INPUT_TRANSFORMS[0])
        refuse_to_replace(footage, out)
        grid = SheetGrid(TRANSFORM_SHEET_WIDTH, columns)
        width = grid.within(picture.display_width, picture.display_height)
        with PictureSource(footage.path, picture) as source:
            planes = source.planes_at(frame_grid.pts_at(len(frame_grid.sources) // 3))
            for transform in INPUT_TRANSFORMS:
                note = "from file metadata" if transform == picture.suggested_input_transform else ""
                name = str(transform) if alone else f"{subject.label} {transform}"
                frames.append(SheetFrame(Pipeline(picture, transform).view_rgb8(planes, width), name, note))
    heading = (subjects[0].label, "input transforms") if alone else ("", "")
    sheet = contact_sheet(frames, SheetGrid(TRANSFORM_SHEET_WIDTH, columns), heading)
    write_png(out, sheet, replace=replace)
    return {
        "width": sheet.shape[1],
        "height": sheet.shape[0],
        "input_transforms": [str(transform) for transform in INPUT_TRANSFORMS],
        "takes": [subject.label for subject in subjects],
    }
