"""Compares frames of a finished movie with the pictures that were sent to its encoder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.picture.choices import View
from engine.picture.flip import mean_flip
from engine.picture.planes import YuvPlanes

Floats = NDArray[np.float32]

# Kr and Kb of ITU-R BT.709 and BT.2020.
_WEIGHTS: dict[View, tuple[float, float]] = {
    "sdr": (0.2126, 0.0722),
    "hlg": (0.2627, 0.0593),
    "pq": (0.2627, 0.0593),
}


def flip_of_frames(movie: Path, first: int, rendered: Iterable[YuvPlanes], rate: Fraction, view: View) -> list[float]:
    """The mean FLIP of consecutive frames of a movie, from `first` on, against the pictures of the same frames.

    Codes of an HDR view are compared as if they were sRGB. Raises EngineError if the movie does not decode.
    """
    pictures = list(rendered)
    found = _decoded(movie, range(first, first + len(pictures)), rate)
    return [mean_flip(_rgb(shown, view), _rgb(own, view)) for shown, own in zip(found, pictures, strict=True)]


def _decoded(movie: Path, numbers: range, rate: Fraction) -> Iterator[YuvPlanes]:
    try:
        with av.open(str(movie)) as file:
            stream: Any = file.streams.video[0]
            start = stream.start_time or 0
            file.seek(start + int(numbers.start / rate / stream.time_base), stream=stream)
            for frame in file.decode(stream):
                number = round((frame.pts - start) * stream.time_base * rate)
                if number in numbers:
                    yield _planes(frame)
                if number >= numbers.stop - 1:
                    return
    except av.error.FFmpegError as error:
        raise EngineError(f"The frames of {movie.name} cannot be decoded: {error}.", "Deliver it again.") from error


def _planes(frame: av.VideoFrame) -> YuvPlanes:
    deep = "10" in frame.format.name
    planes = []
    for plane in frame.planes:
        rows = np.frombuffer(memoryview(plane), np.uint16 if deep else np.uint8)
        planes.append(rows.reshape(plane.height, -1)[:, : plane.width].copy())
    return YuvPlanes(planes[0], planes[1], planes[2], 10 if deep else 8)


def _rgb(planes: YuvPlanes, view: View) -> Floats:
    """Codes 0 to 1, (height, width, 3); chroma is repeated."""
    scale = 1 << (planes.bit_depth - 8)
    height, width = planes.y.shape
    luma = (planes.y / scale - 16) / 219
    cb, cr = (
        (np.repeat(np.repeat(plane, height // plane.shape[0], 0), width // plane.shape[1], 1) / scale - 128) / 224
        for plane in (planes.u, planes.v)
    )
    kr, kb = _WEIGHTS[view]
    red, blue = luma + 2 * (1 - kr) * cr, luma + 2 * (1 - kb) * cb
    green = (luma - kr * red - kb * blue) / (1 - kr - kb)
    codes: Floats = np.clip(np.stack([red, green, blue], -1), 0, 1).astype(np.float32)
    return codes
