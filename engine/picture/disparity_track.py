"""Reads the disparity track of a Cinematic clip without macOS: HEVC with a declared range of inverse distances."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np
from av.codec.context import CodecContext
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.isobmff import DisparityTrack, disparity_track
from engine.picture.container import open_media
from engine.picture.depth_range import DepthRange, depth_range
from engine.picture.parameter_sets import configuration_units, units
from engine.time import time_zero

_ON_A_MAC = "A Mac reads it: perceive the take there, or choose a depth model with --model ID."


@dataclass(frozen=True, slots=True, eq=False)
class DisparityPicture:
    """A picture of a disparity track, as it is stored: `time` is in seconds of the take.

    `values` are inverse distances, (height, width), float32, larger nearer, NaN where the camera found none.
    """

    time: Fraction
    values: NDArray[np.float32]


class DisparityMovie:
    """The disparity track of a file, opened for decoding.

    Raises EngineError if the file has no such track, or one whose luma codes have no declared meaning.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        found = disparity_track(path)
        if found is None:
            raise EngineError(f"{path.name} has no disparity track.", "Choose a depth model with --model ID.")
        self._track: DisparityTrack = found
        self._standing = _range_of(path, configuration_units("hevc", found.configuration))
        if self._standing is None and next(self.pictures(), None) is None:
            raise EngineError(f"The disparity track of {path.name} is empty.", _ON_A_MAC)

    @property
    def runtime(self) -> str:
        """The library that decodes it."""
        return f"FFmpeg {av.ffmpeg_version_info}"

    def pictures(self, start: Fraction = Fraction(0)) -> Iterator[DisparityPicture]:
        """The pictures from the last key picture before a time on, in order of time. Raises EngineError if damaged."""
        try:
            with open_media(self._path) as container:
                yield from self._decoded(container, start)
        except (av.error.FFmpegError, OSError) as error:
            raise EngineError(
                f"The disparity track of {self._path.name} cannot be read: {error}.", _ON_A_MAC
            ) from error

    def _decoded(self, container: Any, start: Fraction) -> Iterator[DisparityPicture]:
        stream = container.streams[self._track.index]
        zero, base = time_zero(container), Fraction(stream.time_base)
        if start > 0:
            container.seek(int((start + zero) / base), stream=stream, backward=True)
        decoder: Any = CodecContext.create("hevc", "r")
        decoder.extradata = self._track.configuration
        ranges: dict[int, DepthRange] = {}
        for packet in container.demux(stream):
            if packet.size:
                found = _range_of(self._path, units(bytes(packet))) or self._standing
                if found is None:
                    raise EngineError(f"The depth of {self._path.name} has no declared range.", _ON_A_MAC)
                self._standing = found
                ranges[packet.pts] = found
            for frame in decoder.decode(packet if packet.size else None):
                meaning = ranges.pop(frame.pts, self._standing)
                if meaning is not None:
                    yield DisparityPicture(frame.pts * base - zero, _values(frame, meaning))


def media_time_zero(path: Path) -> Fraction:
    """The time zero of a take in seconds of its file's time stamps. Raises EngineError if the file cannot be read."""
    try:
        with open_media(path) as container:
            return time_zero(container)
    except (av.error.FFmpegError, OSError) as error:
        raise EngineError(f"{path.name} cannot be read: {error}.", "Check that the file is whole.") from error


def _range_of(path: Path, found: Iterator[bytes]) -> DepthRange | None:
    try:
        return depth_range(found)
    except ValueError as error:
        raise EngineError(f"The disparity track of {path.name} is not readable here: {error}.", _ON_A_MAC) from error


def _values(frame: Any, meaning: DepthRange) -> NDArray[np.float32]:
    plane = frame.planes[0]
    component = frame.format.components[0]
    sample = np.dtype(np.uint16 if component.bits > 8 else np.uint8)
    row = frame.width * sample.itemsize
    rows = np.frombuffer(plane, np.uint8, plane.line_size * frame.height).reshape(frame.height, plane.line_size)
    codes = np.ascontiguousarray(rows[:, :row]).view(sample).astype(np.float32)
    share = codes / np.float32((1 << component.bits) - 1)
    return np.asarray(meaning.far + (meaning.near - meaning.far) * share, dtype=np.float32)
