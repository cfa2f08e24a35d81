"""Stored products as files: a frame with a product drawn over it, and OpenEXR files of several parts."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from engine.atomic_files import make_folder
from engine.errors import Cancelled, RequestError
from engine.export.measured_frame import measured_frame
from engine.policy import Permission

if TYPE_CHECKING:
    from engine.catalog import Encoding
    from engine.ingest import Footage
    from engine.perception import PerceptionReader, ProductOverlay


def write_overlay(
    permission: Permission,
    footage: Footage,
    reader: PerceptionReader,
    overlay: ProductOverlay,
    moment: Fraction,
    out: Path,
    transform: Encoding | None = None,
    *,
    replace: bool = False,
) -> int:
    """Writes the frame at a time as PNG with a product drawn over it, at most 1920 wide; returns its tick.

    Raises RequestError if there is no such frame or `out` is no PNG, EngineError if the frame has no such product,
    PolicyError without the permission to export.
    """
    import numpy as np

    from engine.perception import draw_product
    from engine.picture import write_png

    permission.check("export")
    if out.suffix.lower() != ".png":
        raise RequestError(f"{out.name} is not a .png file.", "Use a name such as overlay.png.")
    codes, tick = measured_frame(footage, moment, transform, None, "sdr")
    shown = draw_product(np.rint(codes * 255).astype(np.uint8), reader, overlay, tick)
    write_png(out, shown, replace=replace)
    return tick


def write_product_frames(
    permission: Permission,
    reader: PerceptionReader,
    name: str,
    folder: Path,
    ticks: range | None = None,
    *,
    replace: bool = False,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> list[Path]:
    """Writes masks, flow and depth as NAME.0000001.exr in a folder, numbered by tick; returns the files.

    `ticks` are all that were analysed by default. Faces have no pixels and are left out. Raises RequestError if there
    is nothing to write, FileInTheWayError if a file exists, PolicyError without the permission to export.
    """
    from engine.atomic_files import refuse_existing
    from engine.perception import write_frame_parts

    permission.check("export")
    kinds = [kind for kind in reader.kinds if kind != "face"]
    if not kinds:
        label = reader.indexes[0].label
        raise RequestError(f"{label} has no masks, flow or depth.", f"Find them: cwtui perceive {quote(label)} --mask")
    wanted = reader.index(kinds[0]).ticks if ticks is None else ticks
    chosen = [number for number in wanted if any(reader.covers(kind, number) for kind in kinds)]
    if not chosen:
        raise RequestError("Nothing was analysed in this stretch.", "Choose another one, or analyse it first.")
    make_folder(folder)
    files = [folder / f"{name}.{number:07d}.exr" for number in chosen]
    for path in files:
        refuse_existing(path, replace=replace)
    for done, (number, path) in enumerate(zip(chosen, files, strict=True), 1):
        if cancelled and cancelled():
            raise Cancelled("The export was cancelled.")
        write_frame_parts(path, reader, number, replace=replace)
        if progress:
            progress(done, len(files))
    return files
