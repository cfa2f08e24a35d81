"""Titles as files for other programs: ProRes 4444 and OpenEXR frames with alpha, and stills."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from engine.atomic_files import refuse_existing
from engine.errors import Cancelled, RequestError
from engine.policy import Permission

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engine.picture import AlphaMode
    from engine.titles.renderer import TitleRenderer

SUFFIXES = (".mov", ".exr", ".png")
"""The files of a title: ProRes 4444, a numbered OpenEXR sequence, one still."""

_DIGITS = 6


@dataclass(frozen=True, slots=True)
class WrittenTitle:
    """The written files, of a sequence the first and the last one, and the number of frames."""

    files: tuple[Path, ...]
    frames: int


def title_frames(renderer: TitleRenderer, rate: Fraction) -> Iterator[NDArray[np.uint8] | None]:
    """The layers of a title at a rate in frames per second: each at the middle of its frame."""
    for number in range(frame_count(renderer.duration, rate)):
        yield renderer.at((number + Fraction(1, 2)) / rate)


def frame_count(duration: Fraction, rate: Fraction) -> int:
    """The number of frames of a duration in seconds, at least 1."""
    return max(1, round(duration * rate))


def refuse_suffix(out: Path) -> None:
    """Raises RequestError unless the file's name says one of the formats."""
    if out.suffix.lower() not in SUFFIXES:
        raise RequestError(
            f"{out.name} has no suffix of a title: {', '.join(SUFFIXES)}.",
            "Use .mov for ProRes 4444, .exr for numbered frames, .png for a still.",
        )


def write_title(
    permission: Permission,
    renderer: TitleRenderer,
    size: tuple[int, int],
    rate: Fraction,
    out: Path,
    *,
    alpha: AlphaMode = "premultiplied",
    still_at: Fraction | None = None,
    replace: bool = False,
    progress: Callable[[int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> WrittenTitle:
    """Writes a title by the suffix of `out`. A still shows the time `still_at`, by default the middle of the title.

    OpenEXR frames are scene-linear ACEScg, premultiplied, in which white is 1; they are numbered from 1 beside `out`:
    name.000001.exr. Stills have straight alpha. Raises RequestError for another suffix, FileInTheWayError for a file
    that exists, PolicyError without the permission to export, EngineError (disk full), or Cancelled.
    """
    permission.check("export")
    refuse_suffix(out)
    match out.suffix.lower():
        case ".mov":
            from engine.picture import write_alpha_movie

            refuse_existing(out, replace=replace)
            count = write_alpha_movie(
                out,
                title_frames(renderer, rate),
                size,
                rate,
                alpha=alpha,
                replace=replace,
                progress=progress,
                cancelled=cancelled,
            )
            return WrittenTitle((out,), count)
        case ".exr":
            return _write_frames(renderer, size, rate, out, replace, progress, cancelled)
        case _:
            _write_still(renderer, size, out, renderer.duration / 2 if still_at is None else still_at, replace)
            return WrittenTitle((out,), 1)


def _write_frames(
    renderer: TitleRenderer,
    size: tuple[int, int],
    rate: Fraction,
    out: Path,
    replace: bool,
    progress: Callable[[int], None] | None,
    cancelled: Callable[[], bool] | None,
) -> WrittenTitle:
    import numpy as np

    from engine.picture import overlay_light, write_exr

    count = frame_count(renderer.duration, rate)
    paths = [out.with_name(f"{out.stem}.{number:0{_DIGITS}}.exr") for number in range(1, count + 1)]
    for path in paths:
        refuse_existing(path, replace=replace)
    empty = np.zeros((size[1], size[0], 4), np.float32)
    last: NDArray[np.uint8] | None = None
    light = empty
    for number, (path, layer) in enumerate(zip(paths, title_frames(renderer, rate), strict=True), 1):
        if cancelled and cancelled():
            raise Cancelled("Stopped.", "Render again.")
        if layer is None:
            light = empty
        elif layer is not last:
            light = overlay_light(layer)
        last = layer
        write_exr(path, light, frame_rate=rate, replace=replace)
        if progress:
            progress(number)
    return WrittenTitle((paths[0], paths[-1]), count)


def _write_still(renderer: TitleRenderer, size: tuple[int, int], out: Path, at: Fraction, replace: bool) -> None:
    import numpy as np

    from engine.picture import write_png

    if not 0 <= at < renderer.duration:
        raise RequestError(f"The title is {float(renderer.duration):g} s long.", "Choose a time before its end.")
    layer = renderer.at(at)
    write_png(out, np.zeros((size[1], size[0], 4), np.uint8) if layer is None else layer, replace=replace)
