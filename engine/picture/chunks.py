"""A movie's picture in chunks, each encoded by itself: a long render goes on after the last whole one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np
import xxhash

from engine.artefact import make_folder, partial
from engine.errors import Cancelled, EngineError
from engine.picture.encoders import TAGS, PictureFormat, encoder_for
from engine.picture.planes import YuvPlanes
from engine.picture.turns import take_ordinary_turns

# Little is lost with a chunk, and an encoder that starts anew this seldom costs nothing one could see.
_SECONDS = 4
# x265 misdates a clip that is shorter than its reordering. No chunk is shorter than half this.
_FEWEST = 16
# Bytes of the digest at a chunk's end.
_SEAL = 16

# Planar layouts, by chroma and bits a sample.
_PLANAR = {("420", 8): "yuv420p", ("420", 10): "yuv420p10le", ("422", 8): "yuv422p", ("422", 10): "yuv422p10le"}

Frames = Callable[[range], Iterable[YuvPlanes]]
"""Gives the pictures of a stretch of frames, counted from the movie's first; limited range."""

logger = logging.getLogger("engine.picture")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch of frames, encoded: its packets lie in the file at `path`, which keeps times to the tick.

    That is a NUT file; QuickTime for ProRes, which NUT has no name for.
    """

    path: Path
    frames: range


@dataclass(frozen=True, slots=True)
class Coded:
    """One packet: `frame` is the picture it shows, `order` its place among all, both from the movie's start."""

    packet: Any
    frame: int
    order: int


def cut(frames: int, gop: int, rate: Fraction) -> list[range]:
    """Stretches of whole GOPs, about four seconds each; a short rest goes with the last. `gop` in frames."""
    length = gop * max(round(_SECONDS * rate / gop), -(-_FEWEST // gop))
    count = max(1, (2 * frames + length) // (2 * length))
    return [range(n * length, frames if n == count - 1 else (n + 1) * length) for n in range(count)]


def encode_chunks(
    work: Path,
    frames: Frames,
    wanted: PictureFormat,
    *,
    progress: Callable[[int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> list[Chunk]:
    """All of a movie's chunks below `work`, which is this movie's alone; makes those that are not there yet.

    `progress` gets the frames that are done. Raises EngineError where the disk or the encoder
    fails, Cancelled; whole chunks stay.
    """
    make_folder(work)
    stretches = cut(wanted.frames, wanted.gop, wanted.rate)
    mark = _mark(wanted)
    chunks = []
    for number, stretch in enumerate(stretches, 1):
        chunk = Chunk(work / f"{mark}-{stretch.start:08d}.{_container(wanted)}", stretch)
        chunks.append(chunk)
        if _is_whole(chunk.path):
            logger.info("chunk %d of %d was there", number, len(stretches))
            if progress:
                progress(stretch.stop)
        else:
            _encode(chunk, frames, wanted, progress, cancelled)
            logger.info("chunk %d of %d: frames %d to %d", number, len(stretches), stretch.start, stretch.stop - 1)
    return chunks


def packets(chunks: Iterable[Chunk]) -> Iterator[Coded]:
    """The packets of all chunks in coding order. EngineError where a chunk cannot be read."""
    for chunk in chunks:
        coded = _read(chunk.path)
        shown = {pts: number for number, pts in enumerate(sorted(packet.pts for packet in coded))}
        for order, packet in enumerate(coded):
            yield Coded(packet, chunk.frames.start + shown[packet.pts], chunk.frames.start + order)


def reordering(chunk: Chunk, rate: Fraction) -> int:
    """How many frames ahead of its showing a picture must be decoded, at most.

    A chunk's time starts when its first packet is decoded, which is shown this much later.
    """
    first = _read(chunk.path)[0]
    delay: int = round(first.pts * first.time_base * rate)
    return delay


def add_video_stream(movie: Any, wanted: PictureFormat) -> Any:
    """The picture's stream of a container, with its encoder, opened, and its colour tags."""
    encoder = encoder_for(wanted)
    stream = movie.add_stream(encoder.name, rate=wanted.rate, options=encoder.options)
    context = stream.codec_context
    context.width, context.height, context.pix_fmt = wanted.width, wanted.height, encoder.pixel_format
    context.time_base = 1 / wanted.rate
    context.codec_tag = encoder.tag
    context.color_primaries, context.color_trc, context.colorspace = TAGS[wanted.view]
    context.color_range = 1
    if wanted.bit_rate:
        context.bit_rate = wanted.bit_rate
    context.open(strict=False)
    take_ordinary_turns()
    return stream


def _encode(
    chunk: Chunk,
    frames: Frames,
    wanted: PictureFormat,
    progress: Callable[[int], None] | None,
    cancelled: Callable[[], bool] | None,
) -> None:
    try:
        with partial(chunk.path) as unfinished:
            _encode_into(unfinished, chunk.frames, frames, wanted, progress, cancelled)
            _seal(unfinished, chunk.path.name)
    except av.error.FFmpegError as error:
        raise EngineError(
            f"{chunk.path.name} could not be written: {error.strerror or error}.",
            "Check that the studio's disk has room (cwtui doctor says how much), then deliver again.",
        ) from error


def _encode_into(
    path: Path,
    stretch: range,
    frames: Frames,
    wanted: PictureFormat,
    progress: Callable[[int], None] | None,
    cancelled: Callable[[], bool] | None,
) -> None:
    planar = _PLANAR[wanted.chroma, wanted.bit_depth]
    with av.open(str(path), "w", format=_container(wanted), options={"fflags": "+bitexact"}) as file:
        stream = add_video_stream(file, wanted)
        if _container(wanted) == "nut":
            # A tag that a movie's file type knows, and NUT does not.
            stream.codec_context.codec_tag = "\0\0\0\0"
        for number, planes in zip(stretch, frames(stretch), strict=True):
            if cancelled and cancelled():
                raise Cancelled("Stopped.", "Deliver again to go on; nothing half-written is left.")
            frame = _frame(planes, planar)
            # ProRes says its colours in every frame.
            frame.color_primaries, frame.color_trc, frame.colorspace = TAGS[wanted.view]
            frame.color_range = 1
            if stream.codec_context.pix_fmt != planar:
                frame = frame.reformat(format=stream.codec_context.pix_fmt)
            frame.pts, frame.time_base = number - stretch.start, 1 / wanted.rate
            file.mux(stream.encode(frame))
            if progress:
                progress(number + 1)
        file.mux(stream.encode())


def _container(wanted: PictureFormat) -> str:
    return "mov" if wanted.codec == "prores" else "nut"


def _frame(planes: YuvPlanes, pixel_format: str) -> av.VideoFrame:
    height, width = planes.y.shape
    frame = av.VideoFrame(width, height, pixel_format)
    for plane, values in zip(frame.planes, (planes.y, planes.u, planes.v), strict=True):
        rows, columns = values.shape
        stride = plane.line_size // values.itemsize
        np.frombuffer(memoryview(plane), values.dtype).reshape(-1, stride)[:rows, :columns] = values
    return frame


def _read(path: Path) -> list[Any]:
    try:
        with av.open(BytesIO(path.read_bytes()[:-_SEAL]), "r", format=path.suffix[1:]) as file:
            return [packet for packet in file.demux(video=0) if packet.size]
    except (av.error.FFmpegError, OSError) as error:
        raise EngineError(f"{path} cannot be read.", "Deliver again: it will be made anew.") from error


def _seal(path: Path, name: str) -> None:
    """Appends what tells a whole chunk from a torn or a foreign one."""
    content = path.read_bytes()
    with path.open("ab") as file:
        file.write(_digest(name, content))


def _is_whole(path: Path) -> bool:
    """Whether an earlier attempt made this chunk, and all of it is still there."""
    if not path.is_file():
        return False
    content = path.read_bytes()
    return content[-_SEAL:] == _digest(path.name, content[:-_SEAL])


def _digest(name: str, content: bytes) -> bytes:
    return xxhash.xxh3_128_digest(name.encode() + content)


def _mark(wanted: PictureFormat) -> str:
    """Tells chunks of one encoder, set one way, from any other's: they only join with their own kind."""
    encoder = encoder_for(wanted)
    kind = repr((wanted, encoder, av.__version__, sorted(av.library_versions.items())))
    return xxhash.xxh3_64_hexdigest(kind.encode())


def forget_chunks(work: Path) -> None:
    """Removes what `encode_chunks` left below `work`, unfinished pieces among it."""
    for path in work.iterdir() if work.is_dir() else ():
        if path.suffix in (".nut", ".mov"):
            path.unlink(missing_ok=True)
