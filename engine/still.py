"""One frame of footage as a file: EXR for the truth, PNG for the eye."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from engine import __version__
from engine.catalog import Encoding
from engine.errors import RequestError
from engine.ingest import Footage, picture_transform, refuse_to_replace
from engine.picture import PictureSource, Pipeline, write_exr, write_png


@dataclass(frozen=True, slots=True)
class Still:
    """A written frame: its size upright, its tick, and the time in seconds at which it starts."""

    width: int
    height: int
    tick: int
    time: Fraction
    input_transform: Encoding
    notes: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """For the command line."""
        return {
            "width": self.width,
            "height": self.height,
            "tick": self.tick,
            "time": [self.time.numerator, self.time.denominator],
            "input_transform": str(self.input_transform),
            "notes": list(self.notes),
        }


def write_frame(footage: Footage, moment: Fraction, out: Path, asked: Encoding | None = None) -> Still:
    """Writes the frame on screen at `moment` seconds, upright: `.exr` ACEScg half, `.png` the SDR view.

    Raises RequestError where there is no such frame or format, GateError for an unconfirmed log picture.
    """
    picture, grid = footage.probe.picture, footage.grid
    if picture is None or grid is None:
        raise RequestError(f"{footage.name} has no picture.", "Only pictures have frames.")
    if not 0 <= moment < grid.duration:
        raise RequestError(
            f"{footage.name} is {float(grid.duration):.3f} s long; there is no frame at {float(moment):g} s.",
            "Choose a moment within it.",
        )
    kind = out.suffix.lower()
    if kind not in (".exr", ".png"):
        raise RequestError(f"{out.name} is neither .exr nor .png.", "Name the file frame.exr or frame.png.")
    refuse_to_replace(footage, out)
    transform = picture_transform(footage, asked)
    assert transform is not None
    tick = grid.tick_at(moment)
    with PictureSource(footage.path, picture) as source:
        planes = source.planes_at(grid.pts[grid.sources[tick]])
        notes = tuple(source.notes)
    pipeline = Pipeline(picture, transform)
    if kind == ".exr":
        attributes = {
            "cleanwater:source": footage.path.name,
            "cleanwater:inputTransform": str(transform),
            "cleanwater:tick": str(tick),
            "cleanwater:version": __version__,
        }
        write_exr(out, pipeline.linear(planes), attributes=attributes)
    else:
        write_png(out, pipeline.view_rgb8(planes))
    return Still(picture.display_width, picture.display_height, tick, tick / grid.rate, transform, notes)
