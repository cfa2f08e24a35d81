"""A movie of a flight through a science picture, and a contact sheet of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import ConfigDict, Field

from engine.atomic_files import partial, write_error
from engine.catalog import Exact, FrozenModel
from engine.effects import Shutter
from engine.errors import Cancelled
from engine.policy import Permission
from engine.science.flight_camera import FlightCamera, FlightPath
from engine.science.flight_renderer import FlightRenderer
from engine.science.flight_scene import FlightScene, read_scene

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engine.looks import Look
    from engine.picture import PictureFormat, SheetFrame, YuvPlanes

TrailerFormat = Literal["h264", "prores", "exr"]

_SUFFIXES: dict[TrailerFormat, str] = {"h264": ".mp4", "prores": ".mov", "exr": ""}
_QUALITY = 16
_FRAMES = "frames"
_SHEET_WIDTH, _SHEET_COLUMNS, _SHEET_FRAMES = 1920, 3, 6


class TrailerSettings(FrozenModel):
    """Everything that shapes a trailer besides its picture and look."""

    model_config = ConfigDict(allow_inf_nan=False)

    camera: FlightPath
    frames: int = Field(ge=1)
    rate: Exact = Fraction(24)
    width: int = Field(1920, ge=16, le=8192, multiple_of=2)
    height: int = Field(1080, ge=16, le=8192, multiple_of=2)
    shutter: Shutter = Shutter(final=5)
    seed: int = Field(1, ge=0, lt=1 << 32)
    format: TrailerFormat = "h264"

    @property
    def suffix(self) -> str:
        """The suffix of the movie's name."""
        return _SUFFIXES[self.format]


@dataclass(frozen=True, slots=True)
class TrailerFiles:
    """The files of a trailer; `sheet` shows frames along the flight. `stars` counts the points that were drawn.

    `movie` is a folder for OpenEXR frames.
    """

    movie: Path
    sheet: Path
    stars: int


def make_trailer(
    permission: Permission,
    color: Path,
    stars: Path | None,
    folder: Path,
    name: str,
    settings: TrailerSettings,
    *,
    work: Path,
    look: Look | None = None,
    progress: Callable[[int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> TrailerFiles:
    """Renders a flight through NAME.color.exr with the stars of a table, as NAME.trailer.mp4 or .mov and .png.

    With the format "exr", NAME.trailer is a folder of scene-linear ACEScg frames, without a look and a view: footage
    for a delivery by recipe. `work` belongs to this trailer alone: complete chunks in it, of about four seconds, and
    complete frames are not rendered again. The same
    picture and settings make the same bytes on the same device. `progress` receives the number of finished frames.
    Raises PolicyError without the permission to export, RequestError for files that are no science picture and for an
    impossible camera, Cancelled and EngineError; no file is then incomplete.
    """
    permission.check("export")
    from engine.picture import MovieLayout, forget_chunks, write_movie, write_png

    scene = read_scene(color, stars, settings.width / settings.height, settings.seed)
    camera = FlightCamera(settings.camera)
    # A camera that cannot be computed is found before frames are rendered.
    for number in range(settings.frames):
        camera.at(number / settings.rate)
    folder.mkdir(parents=True, exist_ok=True)
    made = TrailerFiles(folder / f"{name}.trailer{settings.suffix}", folder / f"{name}.trailer.png", len(scene.stars))
    flight = _Flight(scene, camera, settings, look)
    layout = MovieLayout("mov" if settings.format == "prores" else "mp4")
    if settings.format == "exr":
        flight.write_frames(work / _FRAMES, name, progress, cancelled)
        _replace_folder(work / _FRAMES, made.movie)
        write_png(made.sheet, flight.contact_sheet(name))
        return made
    with partial(made.movie) as unfinished:
        write_movie(
            unfinished,
            flight.planes,
            _picture_format(settings),
            work=work,
            layout=layout,
            progress=progress,
            cancelled=cancelled,
        )
    write_png(made.sheet, flight.contact_sheet(name))
    forget_chunks(work)
    return made


def _replace_folder(made: Path, path: Path) -> None:
    """Put the folder `made` in the place of `path`. Raises EngineError if the system refuses."""
    try:
        if path.exists():
            shutil.rmtree(path)
        shutil.move(made, path)
    except OSError as problem:
        raise write_error(path.name, problem) from problem


def _picture_format(settings: TrailerSettings) -> PictureFormat:
    from engine.picture import PictureFormat

    prores = settings.format == "prores"
    return PictureFormat(
        settings.width,
        settings.height,
        settings.rate,
        settings.frames,
        "prores" if prores else "h264",
        10 if prores else 8,
        "sdr",
        gop=max(1, round(settings.rate)),
        quality=None if prores else _QUALITY,
    )


class _Flight:
    """Renders a trailer's frames on the process's device."""

    def __init__(self, scene: FlightScene, camera: FlightCamera, settings: TrailerSettings, look: Look | None) -> None:
        from engine.looks import TakeLook

        self._scene, self._camera, self._settings = scene, camera, settings
        self._look = TakeLook(look, settings.rate) if look else None

    def planes(self, numbers: range) -> Iterator[YuvPlanes]:
        """The frames of a range for the encoder."""
        from engine.picture import LightOutput, OutputSpec
        from engine.render import open_device

        settings, prores = self._settings, self._settings.format == "prores"
        spec = OutputSpec(
            settings.width, settings.height, bit_depth=10 if prores else 8, chroma="422" if prores else "420"
        )
        output = LightOutput(open_device(), spec, self._look)
        with self._renderer((settings.width, settings.height)) as renderer:
            for number in numbers:
                with renderer.render(number) as light:
                    yield output.planes(light, number)

    def write_frames(
        self,
        folder: Path,
        name: str,
        progress: Callable[[int], None] | None,
        cancelled: Callable[[], bool] | None,
    ) -> None:
        """Write the frames that are not in the folder yet."""
        from engine.picture import write_exr
        from engine.render import open_device

        settings, device = self._settings, open_device()
        folder.mkdir(exist_ok=True)
        with self._renderer((settings.width, settings.height)) as renderer:
            for number in range(settings.frames):
                if cancelled and cancelled():
                    raise Cancelled("The trailer was cancelled.")
                path = folder / f"{name}.{number + 1:05d}.exr"
                if not path.exists():
                    with renderer.render(number) as light:
                        (pixels,) = device.fetch([light]).result()
                    write_exr(path, pixels[..., :3], frame_rate=settings.rate)
                if progress:
                    progress(number + 1)

    def contact_sheet(self, name: str) -> NDArray[np.uint8]:
        """Frames from the first to the last, with their times."""
        from engine.picture import SheetGrid, contact_sheet

        settings = self._settings
        grid = SheetGrid(_SHEET_WIDTH, _SHEET_COLUMNS, Fraction(settings.width, settings.height))
        return contact_sheet(list(self._sheet_frames(grid.cell)), grid, (name, f"{settings.frames} frames"))

    def _sheet_frames(self, size: tuple[int, int]) -> Iterator[SheetFrame]:
        from engine.picture import LightOutput, OutputSpec, SheetFrame
        from engine.render import open_device

        settings = self._settings
        # A frame of a small trailer is not enlarged.
        width, height = (
            min(cell // 2 * 2, own) for cell, own in zip(size, (settings.width, settings.height), strict=True)
        )
        output = LightOutput(open_device(), OutputSpec(width, height), self._look)
        last, count = settings.frames - 1, min(_SHEET_FRAMES, settings.frames)
        with self._renderer((width, height)) as renderer:
            for place in range(count):
                number = place * last // max(1, count - 1)
                with renderer.render(number) as light:
                    picture = output.rgb8(light, number)
                yield SheetFrame(picture, f"frame {number}", f"{float(number / settings.rate):.2f} s")

    def _renderer(self, size: tuple[int, int]) -> FlightRenderer:
        from engine.render import open_device

        settings = self._settings
        return FlightRenderer(
            open_device(), self._scene, self._camera, size, settings.rate, settings.shutter, settings.seed
        )
