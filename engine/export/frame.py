"""Writes single frames: EXR (scene-linear) or PNG (as an SDR deliverable)."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, Any

from engine.atomic_files import refuse_existing
from engine.catalog import Encoding, Picture
from engine.errors import EngineError, RequestError
from engine.ingest import Footage, picture_transform, refuse_to_replace
from engine.picture import DWA_LEVEL, Compression, Rendering, SceneLook
from engine.policy import Permission
from engine.time import FrameGrid, Timecode, rational

if TYPE_CHECKING:
    from engine.looks import Look, TakeSources

LOST = "the frame does not decode; the picture before it is shown"
"""The note for a frame that is replaced by the one before."""

# Short enough for a person who saved a shader, long enough to keep the machine idle.
_LOOK_EVERY_S = 0.25


@dataclass(frozen=True, slots=True)
class ExrForm:
    """Pixel format of an EXR: half (16-bit) or full (32-bit) floats, compression and its level."""

    half: bool = True
    compression: Compression = "zip"
    level: float = DWA_LEVEL


def exr_form(compression: Compression, level: float | None, whole_floats: bool) -> ExrForm:
    """The requested form. Raises RequestError for a level without `dwaa` or out of range (0 to 100 000)."""
    if level is not None and compression != "dwaa":
        raise RequestError(f"{compression} has no level.", "Use --level only with --compression dwaa.")
    if level is not None and not 0 <= level <= 100_000:
        raise RequestError(
            f"{level:g} is not a valid dwaa level.", "Use 0 to 100000; 45 is visually lossless, higher is smaller."
        )
    return ExrForm(not whole_floats, compression, DWA_LEVEL if level is None else level)


@dataclass(frozen=True, slots=True)
class Origin:
    """The take of a frame and the XXH128 of the take's content; empty if unknown."""

    take: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class ExportedFrame:
    """A written frame: its upright size in pixels, its tick, and its start time in seconds.

    `conversion` describes the conversion of a PNG's code values; None for an EXR.
    """

    width: int
    height: int
    tick: int
    time: Fraction
    input_transform: Encoding
    notes: tuple[str, ...]
    conversion: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The JSON output of the command line."""
        return {
            "width": self.width,
            "height": self.height,
            "tick": self.tick,
            "time": rational(self.time),
            "input_transform": str(self.input_transform),
            "conversion": self.conversion,
            "notes": list(self.notes),
        }


class FrameWriter:
    """Writes upright frames of one take: `.exr` in ACEScg with its origin in attributes, `.png` as SDR shows it.

    Call `close` after use. `transform` is the take's confirmed input transform. The footage must have a picture and
    a grid. A PNG is at most `width` pixels wide. `notes` describes repairs.
    """

    def __init__(
        self,
        footage: Footage,
        transform: Encoding,
        form: ExrForm = ExrForm(),
        origin: Origin = Origin(),
        rendering: Rendering = "as-shot",
        look: SceneLook | None = None,
        width: int | None = None,
    ) -> None:
        from engine.picture import PictureSource, Pipeline

        assert footage.probe.picture is not None
        assert footage.grid is not None
        self._footage, self._grid = footage, footage.grid
        self._form = form
        self._pipeline = Pipeline(footage.probe.picture, transform, rendering=rendering, look=look)
        self._source = PictureSource(footage.path, footage.probe.picture)
        self._origin, self._transform = origin, transform
        self._width = width if width and width < footage.probe.picture.display_width else None

    def close(self) -> None:
        """Closes the footage."""
        self._source.close()

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes about repairs of the footage so far."""
        return tuple(self._source.notes)

    def is_lost(self, tick: int) -> bool:
        """Whether the frame of `tick` was read and did not decode."""
        return self._source.is_lost(self._grid.pts_at(tick))

    def reload(self) -> bool:
        """Reloads changed files below `shaders/`. Returns whether any changed; EngineError with file and line."""
        return self._pipeline.reload()

    def write(self, tick: int, out: Path, *, replace: bool = True) -> None:
        """Writes the frame of `tick` atomically. Raises EngineError if that fails."""
        from engine.picture import frame_attributes, write_exr, write_png

        planes = self._source.planes_at(self._grid.pts_at(tick))
        if out.suffix.lower() == ".png":
            write_png(out, self._pipeline.view_rgb8(planes, self._width, tick), replace=replace)
            return
        write_exr(
            out,
            self._pipeline.linear_with_alpha(planes, tick),
            half=self._form.half,
            compression=self._form.compression,
            level=self._form.level,
            frame_rate=self._grid.rate,
            timecode=camera_timecode(self._footage, tick),
            attributes=frame_attributes(
                source=self._footage.path.name,
                digest=self._origin.digest,
                take=self._origin.take,
                transform=str(self._transform),
                tick=tick,
                time=tick / self._grid.rate,
            ),
            replace=replace,
        )


def write_and_watch(
    permission: Permission,
    footage: Footage,
    moment: Fraction,
    out: Path,
    asked: Encoding | None = None,
    form: ExrForm = ExrForm(),
    origin: Origin = Origin(),
    replace: bool = False,
    rendering: Rendering | None = None,
    look: Look | None = None,
    sources: TakeSources | None = None,
    width: int | None = None,
) -> Generator[ExportedFrame | EngineError]:
    """Writes the upright frame at `moment` seconds with a look: `.exr` in ACEScg, `.png` as in an SDR deliverable.

    A PNG is at most `width` pixels wide. `sources` are the masks and other sources of the take that the look may read.

    On the next iteration, waits until a file below `shaders/` changes and writes the frame again. If the shaders do
    not compile, it yields the error and keeps the frame. Raises RequestError if there is no such frame or format,
    GateError for an unconfirmed log picture, PolicyError without the permission to export.
    """
    from engine.looks import TakeLook, TakeMoments
    from engine.picture import describe

    permission.check("export")
    picture, grid = picture_at(footage, moment)
    refuse_unfit(out.name, form, rendering)
    refuse_to_replace(footage, out)
    refuse_existing(out, replace=replace)
    transform = picture_transform(footage, asked)
    assert transform is not None
    tick = grid.tick_at(moment)
    shown = TakeLook(look, grid.rate, sources, TakeMoments(grid)) if look else None
    with closing(FrameWriter(footage, transform, form, origin, rendering or "as-shot", shown, width)) as writer:
        while True:
            writer.write(tick, out, replace=replace)
            # From now on, the existing file is our own.
            replace = True
            size = (picture.display_width, picture.display_height)
            if out.suffix.lower() == ".png" and width and width < size[0]:
                size = (width, max(1, round(width * size[1] / size[0])))
            seen = describe(transform, "sdr", rendering or "as-shot") if out.suffix.lower() == ".png" else None
            notes = (*writer.notes, *([LOST] if writer.is_lost(tick) else []))
            yield ExportedFrame(*size, tick, tick / grid.rate, transform, notes, seen)
            yield from _until_changed(writer)


def picture_at(footage: Footage, moment: Fraction) -> tuple[Picture, FrameGrid]:
    """The picture and the frame grid of footage. Raises RequestError if it has no frame at `moment` seconds."""
    picture, grid = footage.probe.picture, footage.grid
    if picture is None or grid is None:
        raise RequestError(f"{footage.name} has no picture.", "Choose footage with a picture.")
    if not 0 <= moment < grid.duration:
        raise RequestError(
            f"{footage.name} is {float(grid.duration):.3f} s long; there is no frame at {float(moment):g} s.",
            "Choose a time within it.",
        )
    return picture, grid


def _until_changed(writer: FrameWriter) -> Iterator[EngineError]:
    while True:
        sleep(_LOOK_EVERY_S)
        try:
            if writer.reload():
                return
        except EngineError as error:
            yield error


def refuse_unfit(name: str, form: ExrForm, rendering: Rendering | None = None) -> None:
    """Raises RequestError if the file name is neither .exr nor .png, or does not support this form or rendering."""
    suffix = Path(name).suffix.lower()
    if suffix not in (".exr", ".png"):
        raise RequestError(f"{name} is neither .exr nor .png.", "Use a name such as frame.exr or frame.png.")
    if suffix == ".png" and form != ExrForm():
        raise RequestError(
            f"{name} is a PNG, which has 8-bit code values and a fixed compression.",
            "Remove --float, --compression and --level, or use .exr.",
        )
    if suffix == ".exr" and rendering is not None:
        raise RequestError(f"{name} is an EXR, which is scene-linear and has no view.", "Remove --view, or use .png.")


def camera_timecode(footage: Footage, tick: int) -> str | None:
    """The camera's timecode of a tick; None if the footage has none."""
    grid = footage.grid
    code = Timecode.parse(footage.probe.capture.timecode, grid.rate) if grid else None
    return code.label(tick) if code else None
