"""A movie's picture in chunks, each encoded by itself: a long render goes on after the last whole one."""

from __future__ import annotations

import json
import logging
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np
import xxhash

from engine.atomic_files import make_folder, partial
from engine.errors import Cancelled, EngineError
from engine.picture.encoders import TAGS, PictureFormat, encoder_for
from engine.picture.fidelity import ChunkFidelity, FidelityMeter, PlaneSsim
from engine.picture.planes import YuvPlanes
from engine.picture.thread_priority import use_default_priority

# Little is lost with a chunk, and an encoder that starts anew this seldom costs nothing one could see.
_SECONDS = 4
# x265 misdates a clip that is shorter than its reordering. No chunk is shorter than half this.
_FEWEST = 16
# A chunk's file ends with its fidelity as compressed JSON, the length of that, and a digest of all before the digest.
_DIGEST_BYTES = 16
_TRAILER = struct.Struct(">I16s")
# A chunk after one that took more than its share gets less than the recipe's rate, but never less than this much of it.
_LOWEST_SHARE = Fraction(3, 4)
# Chunks that another version wrote in another way are made anew.
_VERSION = 2

# Planar layouts, by chroma and bits a sample.
_PLANAR = {("420", 8): "yuv420p", ("420", 10): "yuv420p10le", ("422", 8): "yuv422p", ("422", 10): "yuv422p10le"}

FrameSource = Callable[[range], Iterable[YuvPlanes]]
"""Gives the pictures of a stretch of frames, counted from the movie's first; limited range."""

logger = logging.getLogger("engine.picture")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch of frames, encoded: its packets lie in the file at `path`, which keeps times to the tick.

    That is a NUT file; QuickTime for ProRes, which NUT has no name for. `fidelity` is what was measured while it was
    encoded.
    """

    path: Path
    frames: range
    fidelity: ChunkFidelity


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
    frames: FrameSource,
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
    chunks: list[Chunk] = []
    for number, stretch in enumerate(stretches, 1):
        path = work / f"{mark}-{stretch.start:08d}.{_container(wanted)}"
        fidelity = _read_fidelity(path)
        if fidelity is not None:
            logger.info("chunk %d of %d was there", number, len(stretches))
            if progress:
                progress(stretch.stop)
        else:
            goal = replace(wanted, bit_rate=_rate_of_next(chunks, stretch, wanted))
            fidelity = _encode(path, stretch, frames, goal, progress, cancelled)
            logger.info("chunk %d of %d: frames %d to %d", number, len(stretches), stretch.start, stretch.stop - 1)
        chunks.append(Chunk(path, stretch, fidelity))
    return chunks


def _rate_of_next(chunks: list[Chunk], stretch: range, wanted: PictureFormat) -> int | None:
    """The bit rate for the chunk that follows `chunks`: the movie's, less what these took above it.

    It depends only on what came before, so that a resumed movie gets the same.
    """
    if wanted.bit_rate is None:
        return None
    budget = wanted.bit_rate * stretch.stop / wanted.rate - sum(chunk.fidelity.bits for chunk in chunks)
    share = budget * wanted.rate / len(stretch) / wanted.bit_rate
    return int(wanted.bit_rate * min(Fraction(1), max(_LOWEST_SHARE, share)))


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
    context.thread_count = encoder.threads
    # Frames rather than slices in parallel, where an encoder offers both: slices cost quality.
    context.thread_type = "FRAME" if encoder.frame_threads else "SLICE"
    if wanted.bit_rate:
        context.bit_rate = wanted.bit_rate
    context.open(strict=False)
    use_default_priority()
    return stream


def _encode(
    path: Path,
    stretch: range,
    frames: FrameSource,
    wanted: PictureFormat,
    progress: Callable[[int], None] | None,
    cancelled: Callable[[], bool] | None,
) -> ChunkFidelity:
    try:
        with partial(path) as unfinished:
            fidelity = _encode_into(unfinished, stretch, frames, wanted, progress, cancelled)
            _seal(unfinished, path.name, fidelity)
            return fidelity
    except av.error.FFmpegError as error:
        raise EngineError(
            f"{path.name} could not be written: {error.strerror or error}.",
            "Check that the studio's disk has room (cwtui doctor says how much), then deliver again.",
        ) from error


def _encode_into(
    path: Path,
    stretch: range,
    frames: FrameSource,
    wanted: PictureFormat,
    progress: Callable[[int], None] | None,
    cancelled: Callable[[], bool] | None,
) -> ChunkFidelity:
    planar = _PLANAR[wanted.chroma, wanted.bit_depth]
    with av.open(str(path), "w", format=_container(wanted), options={"fflags": "+bitexact"}) as file:
        stream = add_video_stream(file, wanted)
        if _container(wanted) == "nut":
            # A tag that a movie's file type knows, and NUT does not.
            stream.codec_context.codec_tag = "\0\0\0\0"
        with FidelityMeter(stream.codec_context, wanted.codec, planar, stretch) as meter:
            for number, planes in zip(stretch, frames(stretch), strict=True):
                if cancelled and cancelled():
                    raise Cancelled("Stopped.", "Deliver again to go on; nothing half-written is left.")
                frame = _frame(planes, planar)
                # ProRes says its colours in every frame.
                frame.color_primaries, frame.color_trc, frame.colorspace = TAGS[wanted.view]
                frame.color_range = 1
                frame.pts, frame.time_base = number - stretch.start, 1 / wanted.rate
                meter.add_source(number - stretch.start, frame)
                if stream.codec_context.pix_fmt != planar:
                    frame = frame.reformat(format=stream.codec_context.pix_fmt)
                coded = stream.encode(frame)
                meter.add_packets(coded)
                file.mux(coded)
                if progress:
                    progress(number + 1)
            coded = stream.encode()
            meter.add_packets(coded)
            file.mux(coded)
            return meter.result()


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
        content, _ = _split(path.read_bytes())
        with av.open(BytesIO(content), "r", format=path.suffix[1:]) as file:
            return [packet for packet in file.demux(video=0) if packet.size]
    except (av.error.FFmpegError, OSError) as error:
        raise EngineError(f"{path} cannot be read.", "Deliver again: it will be made anew.") from error


def _seal(path: Path, name: str, fidelity: ChunkFidelity) -> None:
    """Appends the chunk's fidelity, and what tells a whole chunk from a torn or a foreign one."""
    measured = zlib.compress(json.dumps(asdict(fidelity)).encode())
    content = path.read_bytes() + measured + struct.pack(">I", len(measured))
    with path.open("ab") as file:
        file.write(content[-len(measured) - 4 :] + _digest(name, content))


def _split(content: bytes) -> tuple[bytes, bytes]:
    """The container and the compressed JSON of a chunk's file."""
    length, _ = _TRAILER.unpack(content[-_TRAILER.size :])
    end = len(content) - _TRAILER.size - length
    return content[:end], content[end : -_TRAILER.size]


def _read_fidelity(path: Path) -> ChunkFidelity | None:
    """The fidelity of a chunk that an earlier attempt made, None where it is not there or not whole."""
    if not path.is_file():
        return None
    content = path.read_bytes()
    if content[-_DIGEST_BYTES:] != _digest(path.name, content[:-_DIGEST_BYTES]):
        return None
    measured = json.loads(zlib.decompress(_split(content)[1]))
    measured["ssim"] = tuple(PlaneSsim(*values) for values in measured["ssim"])
    return ChunkFidelity(**measured)


def _digest(name: str, content: bytes) -> bytes:
    return xxhash.xxh3_128_digest(name.encode() + content)


def _mark(wanted: PictureFormat) -> str:
    """Tells chunks of one encoder, set one way, from any other's: they only join with their own kind."""
    encoder = encoder_for(wanted)
    kind = repr((_VERSION, wanted, encoder, av.__version__, sorted(av.library_versions.items())))
    return xxhash.xxh3_64_hexdigest(kind.encode())


def forget_chunks(work: Path) -> None:
    """Removes what `encode_chunks` left below `work`, unfinished pieces among it."""
    for path in work.iterdir() if work.is_dir() else ():
        if path.suffix in (".nut", ".mov"):
            path.unlink(missing_ok=True)
