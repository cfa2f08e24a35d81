"""Stills of a cut: the picture at a time, and a contact sheet of its clips."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, sqrt
from pathlib import Path
from typing import TYPE_CHECKING

from engine.catalog import Project
from engine.deliver import clip_looks, layer_look
from engine.errors import RequestError
from engine.policy import Permission
from engine.studio.shot_pictures import TakeViewers
from engine.time import timecode
from engine.timeline import Cut, CutLayers

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engine.looks import Look
    from engine.studio.studio import Studio

# The exponent of a display (BT.1886), by which transitions are mixed as light.
_GAMMA = 2.4
_MOST = 400
# A sheet is about so many times as wide as it is high.
_SCREEN = 1.8


@dataclass(frozen=True, slots=True)
class CutStill:
    """A picture of a cut in its canvas, (height, width, 3), at a tick of it, and the numbers of the clips in it.

    `missing` are those of these clips that are black because their takes cannot be shown.
    """

    picture: NDArray[np.uint8]
    tick: int
    clips: tuple[int, ...]
    missing: tuple[int, ...] = ()


def cut_still(studio: Studio, project: Project, cut: Cut, tick: int, width: int | None = None) -> CutStill:
    """The picture of a cut at a tick, in SDR; `width` is that of the picture, by default that of the canvas.

    Clips have their own looks. Raises RequestError for a tick outside the cut, and for a look that is missing or not
    valid.
    """
    if not 0 <= tick < cut.length:
        length = timecode(cut.length, cut.rate)
        raise RequestError(f"“{cut.name}” is {length} long.", "Choose a time before its end with --at.")
    with TakeViewers(studio, project) as viewers:
        return _still(viewers, cut, CutLayers(cut), tick, width or cut.width, clip_looks(cut, studio.folder))


def cut_sheet(
    studio: Studio, project: Project, cut: Cut, width: int, columns: int | None = None
) -> tuple[NDArray[np.uint8], tuple[CutStill, ...]]:
    """A contact sheet with the middle frame of each clip, and the stills on it. Raises RequestError without clips."""
    from engine.picture import SheetFrame, SheetGrid, contact_sheet

    if not 0 < len(cut.clips) <= _MOST:
        problem = "is empty" if not cut.clips else f"has {len(cut.clips):,} clips"
        raise RequestError(f"“{cut.name}” {problem}.", f"A sheet has 1 to {_MOST} clips.")
    shape = Fraction(cut.width, cut.height)
    grid = SheetGrid(width, columns or min(len(cut.clips), ceil(sqrt(len(cut.clips) * _SCREEN / shape))), shape)
    labels = {take.id: take.label for take in studio.takes(project)}
    layers, stills, frames = CutLayers(cut), [], []
    looks = clip_looks(cut, studio.folder)
    with TakeViewers(studio, project) as viewers:
        for number, (clip, position) in enumerate(zip(cut.clips, cut.positions, strict=True), 1):
            tick = position + clip.length // 2
            still = _still(viewers, cut, layers, tick, grid.within(cut.width, cut.height), looks)
            name = labels.get(clip.take or "", "gap" if clip.take is None else "missing")
            stills.append(still)
            frames.append(SheetFrame(still.picture, f"{number}  {name}", timecode(position, cut.rate)))
    heading = cut.name, f"{cut.width}x{cut.height}   {timecode(cut.length, cut.rate)}"
    return contact_sheet(frames, grid, heading), tuple(stills)


def write_cut_picture(permission: Permission, picture: NDArray[np.uint8], out: Path, *, replace: bool = False) -> None:
    """Writes a picture as PNG.

    Raises RequestError for another suffix, FileInTheWayError for a file that exists, PolicyError without the permission
    to export.
    """
    from engine.atomic_files import refuse_existing
    from engine.picture import write_png

    permission.check("export")
    if out.suffix.lower() != ".png":
        raise RequestError(f"{out.name} is not a .png file.", "Use a name such as still.png.")
    refuse_existing(out, replace=replace)
    write_png(out, picture, replace=replace)


def _still(
    viewers: TakeViewers, cut: Cut, layers: CutLayers, tick: int, width: int, looks: Mapping[str, Look]
) -> CutStill:
    import numpy as np

    shape = max(1, round(width * cut.height / cut.width)), width, 3
    shown = layers.at(tick)
    # A gap has no layer.
    numbers = sorted({bisect_right(cut.positions, tick), *(one.clip + 1 for one in shown)})
    drawn, missing = [], []
    for one in shown:
        take = cut.clips[one.clip].take
        viewer = viewers.viewer(take) if take is not None else None
        if viewer is None:
            missing += [one.clip + 1] if take is not None else []
            continue
        time = Fraction(one.tick) / cut.rate
        reads = any(look.reads for look in looks.values())
        sources = viewers.sources(take) if take is not None and reads else None
        look = layer_look(cut, one, looks, sources=sources, grid=viewer.grid)
        pixels = viewer.at(viewer.tick_at(time), width, look=look, number=tick)
        drawn.append((_in_canvas(pixels, (shape[1], shape[0])), one))
    if len(drawn) == 1 and drawn[0][1].is_whole:
        picture = drawn[0][0]
    else:
        light = np.zeros(shape, np.float64)
        for pixels, one in drawn:
            part = one.share * (pixels / 255.0) ** _GAMMA
            light += one.reveal.applied(part) if one.reveal else part
        picture = np.rint(255 * np.clip(light, 0, 1) ** (1 / _GAMMA)).astype(np.uint8)
    return CutStill(_titled(picture, cut, tick), tick, tuple(numbers), tuple(missing))


def _titled(picture: NDArray[np.uint8], cut: Cut, tick: int) -> NDArray[np.uint8]:
    """A picture of the cut below its titles, as a delivery draws them."""
    import numpy as np
    from PIL import Image

    if not any(title.start <= tick < title.end for title in cut.titles):
        return picture
    from engine.deliver import CutTitles

    height, width = picture.shape[:2]
    layer = CutTitles(cut, (width, height)).at((tick + Fraction(1, 2)) / cut.rate)
    if layer is None:
        return picture
    image = Image.fromarray(picture)
    image.paste(Image.fromarray(layer), (0, 0), Image.fromarray(layer[..., 3]))
    return np.asarray(image)


def _in_canvas(pixels: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """A picture with its aspect ratio in the middle of a black canvas of this width and height."""
    import numpy as np
    from PIL import Image

    width, height = size
    scale = min(width / pixels.shape[1], height / pixels.shape[0])
    fitted = max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale))
    image = Image.fromarray(pixels)
    if fitted != image.size:
        image = image.resize(fitted, Image.Resampling.LANCZOS)
    canvas = Image.new("RGB", size)
    canvas.paste(image, ((width - fitted[0]) // 2, (height - fitted[1]) // 2))
    return np.asarray(canvas)
