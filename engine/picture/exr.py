"""Reads and writes OpenEXR as scene-linear ACEScg."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite
from pathlib import Path
from typing import Any

import Imath
import numpy as np
import OpenEXR
from numpy.typing import NDArray

from engine.atomic_files import partial
from engine.errors import EngineError, RequestError
from engine.picture.choices import DWA_LEVEL, Compression
from engine.picture.color import AP1, Chromaticities, Floats, matrix_to_acescg

HALF_MAX = 65504.0

_COMPRESSIONS = {
    "none": OpenEXR.NO_COMPRESSION,
    "zip": OpenEXR.ZIP_COMPRESSION,
    "dwaa": OpenEXR.DWAA_COMPRESSION,
    "htj2k": OpenEXR.HTJ2K256_COMPRESSION,
}

# A damaged header may contain any size; the limit is 16K by 8K.
_MOST_SIDE = 1 << 14
_MOST_PIXELS = 1 << 27
# Limit for the black part of the display window without data: 8K by 8K.
_MOST_EMPTY = 1 << 26
# Limit for the tile size, because the library buffers whole tiles, even if the picture is smaller.
_MOST_TILE = 1 << 12

_TIMECODE = re.compile(r"([01]\d|2[0-3]):([0-5]\d):([0-5]\d)([:;.])(\d\d)")


@dataclass(frozen=True, slots=True)
class ExrInfo:
    """Header information: the display window's size, and the frame rate and primaries if present.

    `pixel_aspect` is a pixel's width over its height, `alpha` is whether there is an alpha channel; `notes` has remarks
    for the user.
    """

    width: int
    height: int
    frame_rate: Fraction | None
    chromaticities: Chromaticities | None
    pixel_aspect: Fraction = Fraction(1)
    alpha: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExrFrame:
    """A frame of a file: ACEScg float32 (height, width, 3 or 4), all finite; `notes` lists repairs."""

    pixels: Floats
    chromaticities: Chromaticities | None
    not_a_number: int
    infinite: int
    notes: tuple[str, ...]


def write_exr(
    path: Path,
    pixels: NDArray[Any],
    *,
    half: bool = True,
    compression: Compression = "zip",
    level: float = DWA_LEVEL,
    frame_rate: Fraction | None = None,
    timecode: str | None = None,
    attributes: Mapping[str, str] | None = None,
    replace: bool = True,
) -> None:
    """Write ACEScg pixels (height, width, 3 or 4) with AP1 chromaticities, atomically.

    Half floats are limited to ±65504; values beyond are clipped. `timecode` is HH:MM:SS:FF, or ;FF for drop frame; it
    is omitted above 60 frames per second, which the format does not support. The output is reproducible. Raises
    EngineError if the file cannot be written.
    """
    kind = np.float16 if half else np.float32
    limit = float(np.finfo(kind).max)
    stored = np.ascontiguousarray(np.clip(pixels, -limit, limit), dtype=kind)
    header: dict[str, Any] = {
        "compression": _COMPRESSIONS[compression],
        "type": OpenEXR.scanlineimage,
        "chromaticities": AP1,
        **(attributes or {}),
    }
    if compression == "dwaa":
        header["dwaCompressionLevel"] = float(level)
    if frame_rate is not None:
        header["framesPerSecond"] = frame_rate
    if code := _time_code(timecode, frame_rate):
        header["timeCode"] = code
    try:
        with partial(path, replace=replace) as unfinished:
            OpenEXR.File(header, {"RGBA" if stored.shape[2] == 4 else "RGB": stored}).write(str(unfinished))
    except RuntimeError as problem:
        raise EngineError(
            f"{path} cannot be written: {problem}", "Check the folder and the space on its disk."
        ) from None


def _time_code(code: str | None, rate: Fraction | None) -> OpenEXR.TimeCode | None:
    """SMPTE ST 12-1 time code; above 30 frames per second it counts frame pairs, and the field bit marks the second."""
    found = _TIMECODE.fullmatch(code or "")
    base = round(rate or 30)
    if not found or base > 60:
        return None
    hours, minutes, seconds, frame = (int(found[n]) for n in (1, 2, 3, 5))
    if frame >= base:
        return None
    second = 0
    if base > 30:
        frame, second = divmod(frame, 2)
    drop = int(found[4] != ":")
    no_flags, no_user_bits = (0, 0, 0), (0,) * 8
    return OpenEXR.TimeCode(hours, minutes, seconds, frame, drop, 0, second, *no_flags, *no_user_bits)


def read_exr(path: Path) -> ExrFrame:
    """Read any RGB, RGBA or luminance EXR as ACEScg.

    First, NaN is replaced by 0 and ±Inf by ±65504, and both are counted. The primaries are those of the attribute
    `chromaticities`; a file without it is ACEScg by contract, with a note. The picture is the first part's display
    window; outside the data window it is black. Raises EngineError, with the file's name, if the file is damaged or has
    no picture.
    """
    header = _header(path)
    notes: list[str] = []
    pixels = _pixels(path, header, _picture_channels(path, header, notes))
    not_a_number, infinite = int(np.isnan(pixels).sum()), int(np.isinf(pixels).sum())
    if not_a_number or infinite:
        notes.append(f"{path.name}: {not_a_number} NaN made 0, {infinite} infinite made ±65504")
        np.nan_to_num(pixels, copy=False, nan=0.0, posinf=HALF_MAX, neginf=-HALF_MAX)
    found = _chromaticities(header)
    if found is None:
        notes.append(f"{path.name}: no chromaticities, ACEScg assumed")
    else:
        try:
            matrix = matrix_to_acescg(found)
        except ValueError as problem:
            raise EngineError(f"{path.name}: {problem}", "Correct the file's chromaticities attribute.") from None
        if not np.array_equal(matrix, np.eye(3)):
            pixels[..., :3] = np.clip(pixels[..., :3] @ matrix.T, -3e38, 3e38)
    return ExrFrame(_windowed(path, pixels, header), found, not_a_number, infinite, tuple(notes))


def exr_info(path: Path) -> ExrInfo:
    """Read only the headers. Raises EngineError if the file is not an EXR, RequestError for a deep image."""
    header = _header(path)
    _refuse_deep(path, header)
    width, height = _display_size(path, header)
    with _readable(path):
        alpha = any(channel.name.rsplit(".", 1)[-1].upper() == "A" for channel in header.get("channels", ()))
    aspect = header.get("pixelAspectRatio")
    return ExrInfo(
        width,
        height,
        _frame_rate(header),
        _chromaticities(header),
        Fraction(aspect).limit_denominator(1000) if isinstance(aspect, float) and isfinite(aspect) else Fraction(1),
        alpha,
        (*_part_notes(path), *_window_notes(path, header)),
    )


def sample_bits(path: Path) -> int:
    """Bits of the largest sample of a file: 16 for half floats, else 32. Raises EngineError if it is not an EXR."""
    with _readable(path), contextlib.closing(OpenEXR.InputFile(str(path))) as file:
        kinds = [channel.type for channel in file.header()["channels"].values()]
        return 16 if all(kind.v == Imath.PixelType.HALF for kind in kinds) else 32


def _refuse_deep(path: Path, header: Mapping[str, Any]) -> None:
    if header.get("type") in (OpenEXR.deepscanline, OpenEXR.deeptile):
        raise RequestError(
            f"{path.name} is a deep image, which has several samples per pixel.",
            "Flatten it in the application that rendered it, then export R, G, B.",
        )


def _part_notes(path: Path) -> Iterator[str]:
    with _readable(path), OpenEXR.File(str(path), header_only=True) as file:
        names = [str(part.header.get("name") or number) for number, part in enumerate(file.parts)]
    if len(names) > 1:
        yield f"{len(names)} parts ({', '.join(names)}): the first is read"


def _window_notes(path: Path, header: Mapping[str, Any]) -> Iterator[str]:
    data, shown = _window(path, header, "dataWindow"), _window(path, header, "displayWindow")
    if data == shown:
        return
    inside = all(data[0][axis] >= shown[0][axis] and data[1][axis] <= shown[1][axis] for axis in (0, 1))
    covers = all(data[0][axis] <= shown[0][axis] and data[1][axis] >= shown[1][axis] for axis in (0, 1))
    if inside:
        yield "the data window is smaller than the display window: the rest is black"
    elif covers:
        yield "the data window is larger than the display window: the outside is cropped"
    else:
        yield "the data window only overlaps the display window: the outside is cropped, the rest is black"


@contextlib.contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Converts the library's errors about damaged files to EngineError."""
    try:
        yield
    except (RuntimeError, ValueError, TypeError, LookupError, MemoryError, OverflowError, OSError) as problem:
        raise EngineError(
            f"{path} is not a readable OpenEXR file: {problem}",
            "Export the frame again; other frames are not affected.",
        ) from None


def _header(path: Path) -> dict[str, Any]:
    """The first part's attributes."""
    if not path.is_file():
        raise RequestError(f"File {path} not found.", "Check the name.")
    with _readable(path), OpenEXR.File(str(path), header_only=True) as file:
        return dict(file.header())


def _picture_channels(path: Path, header: Mapping[str, Any], notes: list[str]) -> list[str]:
    """The names of R, G, B, or of a single channel three times; and of A if present. Layer names are ignored if there
    are no plain channels."""
    with _readable(path):  # a name may be invalid text
        channels = {channel.name: channel for channel in header.get("channels", ())}
    by_last = {name.rsplit(".", 1)[-1].upper(): name for name in reversed(channels)}
    by_last |= {name.upper(): name for name in channels if "." not in name}
    _refuse_deep(path, header)
    if {"R", "G", "B"} <= by_last.keys():
        names = ["R", "G", "B"]
    elif single := [name for name in ("Y", "R", "G", "B") if name in by_last]:
        names = [single[0]] * 3
    else:
        raise EngineError(
            f"{path} has no picture: its channels are {', '.join(channels) or 'none'}.", "Export R, G, B."
        )
    if names[0] == "Y" and {"RY", "BY"} <= by_last.keys():
        notes.append(f"{path.name}: luminance and chroma channels: colour is not read, export R, G, B")
    if "A" in by_last:
        names.append("A")
    found = [by_last[name] for name in names]
    if any((channels[name].xSampling, channels[name].ySampling) != (1, 1) for name in found):
        raise EngineError(f"{path} has channels of different sizes.", "Export it without subsampled channels.")
    return found


def _pixels(path: Path, header: Mapping[str, Any], names: list[str]) -> Floats:
    """These channels of the data window as (height, width, channels).

    This uses the library's older interface, which reads only these channels and raises errors that `OpenEXR.File` only
    prints.
    """
    width, height = _size(path, header, "dataWindow")
    tiles = header.get("tiles")
    if tiles is not None and (tiles.xSize > max(width, _MOST_TILE) or tiles.ySize > max(height, _MOST_TILE)):
        raise EngineError(
            f"{path} declares tiles of {tiles.xSize} × {tiles.ySize} pixels.",
            "Export the frame again; its header is damaged.",
        )
    wanted = list(dict.fromkeys(names))
    with _readable(path), contextlib.closing(OpenEXR.InputFile(str(path))) as file:
        found = dict(zip(wanted, file.channels(wanted, Imath.PixelType(Imath.PixelType.FLOAT)), strict=True))
        return np.stack([np.frombuffer(found[name], np.float32).reshape(height, width) for name in names], -1)


def _windowed(path: Path, pixels: Floats, header: Mapping[str, Any]) -> Floats:
    data = np.array(_window(path, header, "dataWindow")[0])
    shown = np.array(_window(path, header, "displayWindow"))
    width, height = _display_size(path, header)
    if (data == shown[0]).all() and pixels.shape[:2] == (height, width):
        return pixels
    left, top = (data - shown[0]).tolist()
    picture = np.zeros((height, width, pixels.shape[2]), np.float32)
    rows = slice(max(top, 0), min(top + pixels.shape[0], height))
    columns = slice(max(left, 0), min(left + pixels.shape[1], width))
    if rows.start < rows.stop and columns.start < columns.stop:
        picture[rows, columns] = pixels[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
    return picture


def _window(path: Path, header: Mapping[str, Any], name: str) -> list[list[int]]:
    """A window's corners as (x, y). Raises EngineError if the attribute is damaged."""
    try:
        (left, top), (right, bottom) = (np.asarray(corner, np.int64).tolist() for corner in header[name])
    except (KeyError, TypeError, ValueError):
        raise EngineError(f"{path} has no {name}.", "Export the frame again; its header is damaged.") from None
    return [[left, top], [right, bottom]]


def _display_size(path: Path, header: Mapping[str, Any]) -> tuple[int, int]:
    width, height = _size(path, header, "displayWindow")
    held_width, held_height = _size(path, header, "dataWindow")
    if width * height - held_width * held_height > _MOST_EMPTY:
        raise EngineError(
            f"{path} declares {width} × {height} pixels but contains {held_width} × {held_height}.",
            "Export the frame again; its header is damaged.",
        )
    return width, height


def _size(path: Path, header: Mapping[str, Any], name: str) -> tuple[int, int]:
    (left, top), (right, bottom) = _window(path, header, name)
    width, height = right - left + 1, bottom - top + 1
    if not (1 <= width <= _MOST_SIDE and 1 <= height <= _MOST_SIDE and width * height <= _MOST_PIXELS):
        raise EngineError(
            f"{path} declares {width} × {height} pixels.", "Export the frame again; its header is damaged."
        )
    return width, height


def _chromaticities(header: Mapping[str, Any]) -> Chromaticities | None:
    found = header.get("chromaticities")
    if not isinstance(found, tuple) or len(found) != 8:
        return None
    red_x, red_y, green_x, green_y, blue_x, blue_y, white_x, white_y = (float(value) for value in found)
    return red_x, red_y, green_x, green_y, blue_x, blue_y, white_x, white_y


def _frame_rate(header: Mapping[str, Any]) -> Fraction | None:
    """The frame rate. The standard attribute is a rational; some applications write a pair or a float."""
    found = header.get("framesPerSecond")
    if found is None:
        return None
    with contextlib.suppress(TypeError, ValueError, ZeroDivisionError, OverflowError):
        if isinstance(found, OpenEXR.Rational):
            rate = Fraction(int(found.n), int(found.d))
        elif np.size(found) == 2:
            rate = Fraction(int(found[0]), int(found[1]))
        else:
            rate = Fraction(float(found)).limit_denominator(1001)
        return rate if rate > 0 else None
    return None
