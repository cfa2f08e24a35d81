"""The far door: planar pictures and a finished sound file become one movie, rightly tagged."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np

from engine.errors import Cancelled, EngineError
from engine.picture.encoders import PictureFormat, encoder_for
from engine.picture.planes import YuvPlanes

# ITU-T H.273: (primaries, transfer, matrix).
_HLG_TAGS, _SDR_TAGS = (9, 18, 9), (1, 1, 1)


@dataclass(frozen=True, slots=True)
class Layout:
    """How the file is laid out: with an edit list or without, its index first or last."""

    edit_list: bool = True
    faststart: bool = True


def write_movie(
    path: Path,
    frames: Iterable[YuvPlanes],
    wanted: PictureFormat,
    *,
    sound: Path | None = None,
    layout: Layout | None = None,
    progress: Callable[[int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> None:
    """Encodes `frames` (limited-range 4:2:0, one a tick) and copies the packets of `sound` beside them.

    Nothing but pictures, sound and colour tags is written: no location, no camera, no dates.
    Raises EngineError (disk full, encoder refused) or Cancelled; `path` is then gone.
    """
    layout = layout or Layout()
    movflags = ["faststart"] if layout.faststart else []
    if not layout.edit_list:
        # Without an edit list, reordered frames only start at zero if their offsets may be negative.
        movflags.append("negative_cts_offsets")
    options = {"movflags": "+".join(["", *movflags]), "use_editlist": str(int(layout.edit_list)), "fflags": "+bitexact"}
    try:
        with av.open(str(path), "w", format="mp4", options=options) as movie:
            video = _video_stream(movie, wanted)
            audio = _sound_packets(movie, sound) if sound else iter(())
            _interleave(movie, _encoded(video, frames, wanted, progress, cancelled), audio)
        with path.open("rb+") as file:
            os.fsync(file.fileno())
    except (av.error.FFmpegError, OSError) as error:
        path.unlink(missing_ok=True)
        raise EngineError(
            f"{path.name} could not be written: {error.strerror or error}.",
            "Check that the studio's disk has room (cwtui doctor says how much), then deliver again.",
        ) from error
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _video_stream(movie: Any, wanted: PictureFormat) -> Any:
    encoder = encoder_for(wanted)
    stream = movie.add_stream(encoder.name, rate=wanted.rate, options=encoder.options)
    context = stream.codec_context
    context.width, context.height, context.pix_fmt = wanted.width, wanted.height, encoder.pixel_format
    context.time_base = 1 / wanted.rate
    context.codec_tag = encoder.tag
    context.color_primaries, context.color_trc, context.colorspace = _HLG_TAGS if wanted.hdr else _SDR_TAGS
    context.color_range = 1
    if wanted.bit_rate:
        context.bit_rate = wanted.bit_rate
    return stream


def _encoded(
    stream: Any,
    frames: Iterable[YuvPlanes],
    wanted: PictureFormat,
    progress: Callable[[int], None] | None,
    cancelled: Callable[[], bool] | None,
) -> Iterator[Any]:
    planar = "yuv420p10le" if wanted.bit_depth == 10 else "yuv420p"
    pixel_format = stream.codec_context.pix_fmt
    for number, planes in enumerate(frames):
        if cancelled and cancelled():
            raise Cancelled("Stopped.", "Deliver again to start over; nothing half-written is left.")
        frame = _frame(planes, planar)
        if pixel_format != planar:
            frame = frame.reformat(format=pixel_format)
        frame.pts, frame.time_base = number, 1 / wanted.rate
        yield from stream.encode(frame)
        if progress:
            progress(number + 1)
    yield from stream.encode()


def _frame(planes: YuvPlanes, pixel_format: str) -> av.VideoFrame:
    height, width = planes.y.shape
    frame = av.VideoFrame(width, height, pixel_format)
    for plane, values in zip(frame.planes, (planes.y, planes.u, planes.v), strict=True):
        rows, columns = values.shape
        stride = plane.line_size // values.itemsize
        np.frombuffer(memoryview(plane), values.dtype).reshape(-1, stride)[:rows, :columns] = values
    return frame


def _sound_packets(movie: Any, sound: Path) -> Iterator[Any]:
    source = av.open(str(sound))
    template = source.streams.audio[0]
    stream = movie.add_stream_from_template(template)

    def packets() -> Iterator[Any]:
        with source:
            for packet in source.demux(template):
                if packet.dts is not None:
                    packet.stream = stream
                    yield packet

    return packets()


def _interleave(movie: Any, pictures: Iterator[Any], sounds: Iterator[Any]) -> None:
    waiting = next(sounds, None)
    for picture in pictures:
        moment = picture.dts * picture.time_base if picture.dts is not None else Fraction(0)
        while waiting is not None and waiting.dts * waiting.time_base <= moment:
            movie.mux(waiting)
            waiting = next(sounds, None)
        movie.mux(picture)
    while waiting is not None:
        movie.mux(waiting)
        waiting = next(sounds, None)
