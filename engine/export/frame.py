"""Frames of footage as files: EXR for the truth, PNG for the eye."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from time import sleep
from typing import Any

from engine import __version__
from engine.atomic_files import refuse_existing
from engine.catalog import Encoding
from engine.errors import EngineError, RequestError
from engine.ingest import Footage, picture_transform, refuse_to_replace
from engine.picture import DWA_LEVEL, Compression, Rendering
from engine.time import Timecode

LOST = "the frame does not decode; the picture before it is shown"
"""What is noted of a frame for which another stands in."""

# Quick for a person who saved a shader, idle for the machine.
_LOOK_EVERY_S = 0.25


@dataclass(frozen=True, slots=True)
class ExrForm:
    """How an EXR keeps its pixels: half or whole floats, and how they are compressed."""

    half: bool = True
    compression: Compression = "zip"
    level: float = DWA_LEVEL


def exr_form(compression: Compression, level: float | None, whole_floats: bool) -> ExrForm:
    """The form that was asked for. RequestError for a level that means nothing."""
    if level is not None and compression != "dwaa":
        raise RequestError(f"{compression} has no level.", "--level goes with --compression dwaa.")
    if level is not None and not 0 <= level <= 100_000:
        raise RequestError(f"{level:g} is no level for dwaa.", "45 is visually lossless; more is smaller.")
    return ExrForm(not whole_floats, compression, DWA_LEVEL if level is None else level)


@dataclass(frozen=True, slots=True)
class Origin:
    """Which take a frame is of, and the XXH128 of its content, where these are known."""

    take: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class ExportedFrame:
    """A written frame: its size upright, its tick, and the time in seconds at which it starts.

    `conversion` says in words how a PNG's codes came about; None for an EXR.
    """

    width: int
    height: int
    tick: int
    time: Fraction
    input_transform: Encoding
    notes: tuple[str, ...]
    conversion: str | None = None

    def as_json(self) -> dict[str, Any]:
        """For the command line."""
        return {
            "width": self.width,
            "height": self.height,
            "tick": self.tick,
            "time": [self.time.numerator, self.time.denominator],
            "input_transform": str(self.input_transform),
            "conversion": self.conversion,
            "notes": list(self.notes),
        }


class FrameWriter:
    """Writes frames of one take, upright: `.exr` ACEScg that says where it comes from, `.png` as SDR shows it.

    To be closed. `transform` is the input transform the take was confirmed with. The footage has a
    picture and a grid. What had to be mended is in `notes`.
    """

    def __init__(
        self,
        footage: Footage,
        transform: Encoding,
        form: ExrForm = ExrForm(),
        origin: Origin = Origin(),
        rendering: Rendering = "as-shot",
    ) -> None:
        from engine.picture import PictureSource, Pipeline

        assert footage.probe.picture is not None
        assert footage.grid is not None
        self._footage, self._grid = footage, footage.grid
        self._form = form
        self._pipeline = Pipeline(footage.probe.picture, transform, rendering=rendering)
        self._source = PictureSource(footage.path, footage.probe.picture)
        self._said = {
            "cleanwater:source": footage.path.name,
            "cleanwater:sourceDigest": f"xxh128:{origin.digest}" if origin.digest else "",
            "cleanwater:take": origin.take,
            "cleanwater:inputTransform": str(transform),
            "cleanwater:view": "none",
            "cleanwater:version": __version__,
        }

    def close(self) -> None:
        """Lets go of the footage."""
        self._source.close()

    @property
    def notes(self) -> tuple[str, ...]:
        """What of the footage had to be mended so far."""
        return tuple(self._source.notes)

    def is_lost(self, tick: int) -> bool:
        """Whether the frame that `tick` shows was read and does not decode."""
        return self._source.is_lost(self._grid.pts[self._grid.sources[tick]])

    def reload(self) -> bool:
        """Take up what changed below `shaders/`; says whether anything did. EngineError with file and line."""
        return self._pipeline.reload()

    def write(self, tick: int, out: Path, *, replace: bool = True) -> None:
        """Writes the frame that `tick` shows, whole or not at all. EngineError where that fails."""
        from engine.picture import write_exr, write_png

        planes = self._source.planes_at(self._grid.pts[self._grid.sources[tick]])
        if out.suffix.lower() == ".png":
            write_png(out, self._pipeline.view_rgb8(planes), replace=replace)
            return
        time = tick / self._grid.rate
        attributes = {
            **self._said,
            "cleanwater:tick": str(tick),
            "cleanwater:time": f"{time.numerator}/{time.denominator}",
        }
        write_exr(
            out,
            self._pipeline.linear_with_alpha(planes),
            half=self._form.half,
            compression=self._form.compression,
            level=self._form.level,
            frame_rate=self._grid.rate,
            timecode=camera_timecode(self._footage, tick),
            attributes={name: value for name, value in attributes.items() if value},
            replace=replace,
        )


def write_and_watch(
    footage: Footage,
    moment: Fraction,
    out: Path,
    asked: Encoding | None = None,
    form: ExrForm = ExrForm(),
    origin: Origin = Origin(),
    replace: bool = False,
    rendering: Rendering | None = None,
) -> Generator[ExportedFrame | EngineError]:
    """Writes the frame on screen at `moment` seconds, upright: `.exr` ACEScg, `.png` as an SDR deliverable shows it.

    Asked to go on it waits until a file below `shaders/` changes, and writes it again; where they do not compile it
    tells what is wrong with them, and the frame stays as it was. Raises RequestError where there is no such frame or
    format, GateError for an unconfirmed log picture.
    """
    from engine.picture import describe

    picture, grid = footage.probe.picture, footage.grid
    if picture is None or grid is None:
        raise RequestError(f"{footage.name} has no picture.", "Only pictures have frames.")
    if not 0 <= moment < grid.duration:
        raise RequestError(
            f"{footage.name} is {float(grid.duration):.3f} s long; there is no frame at {float(moment):g} s.",
            "Choose a moment within it.",
        )
    refuse_unfit(out.name, form, rendering)
    refuse_to_replace(footage, out)
    refuse_existing(out, replace=replace)
    transform = picture_transform(footage, asked)
    assert transform is not None
    tick = grid.tick_at(moment)
    with closing(FrameWriter(footage, transform, form, origin, rendering or "as-shot")) as writer:
        while True:
            writer.write(tick, out, replace=replace)
            # From here on the file is the one that was written.
            replace = True
            size = (picture.display_width, picture.display_height)
            seen = describe(transform, "sdr", rendering or "as-shot") if out.suffix.lower() == ".png" else None
            notes = (*writer.notes, *([LOST] if writer.is_lost(tick) else []))
            yield ExportedFrame(*size, tick, tick / grid.rate, transform, notes, seen)
            yield from _until_changed(writer)


def _until_changed(writer: FrameWriter) -> Iterator[EngineError]:
    while True:
        sleep(_LOOK_EVERY_S)
        try:
            if writer.reload():
                return
        except EngineError as error:
            yield error


def refuse_unfit(name: str, form: ExrForm, rendering: Rendering | None = None) -> None:
    """Raises RequestError for a file name that is no picture's, or one that cannot be kept in this form."""
    suffix = Path(name).suffix.lower()
    if suffix not in (".exr", ".png"):
        raise RequestError(f"{name} is neither .exr nor .png.", "Name the file frame.exr or frame.png.")
    if suffix == ".png" and form != ExrForm():
        raise RequestError(
            f"{name} is a PNG: it has 8-bit codes and a compression of its own.",
            "Leave out --float, --compression and --level, or name an .exr.",
        )
    if suffix == ".exr" and rendering is not None:
        raise RequestError(
            f"{name} is an EXR: it is scene-linear, not seen through a view.", "Leave out --view, or name a .png."
        )


def camera_timecode(footage: Footage, tick: int) -> str | None:
    """The timecode that the camera's own count gives a tick; None where the camera wrote none."""
    grid = footage.grid
    code = Timecode.parse(footage.probe.capture.timecode, grid.rate) if grid else None
    return code.label(tick) if code else None
