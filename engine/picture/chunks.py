"""Encodes a movie's picture in independent chunks, so that a long render resumes after the last complete chunk."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np
import xxhash

from engine.atomic_files import make_folder, partial, write_error
from engine.errors import Cancelled, EngineError
from engine.picture.chunk_file import Chunk, read_chunk, seal_chunk
from engine.picture.chunk_rates import first_rate, highest_rate, lower_rates, shared_rates
from engine.picture.encoders import TAGS, PictureFormat, add_video_stream, encoder_for, open_encoder
from engine.picture.fidelity import ChunkFidelity, FidelityMeter
from engine.picture.planes import YuvPlanes
from engine.picture.two_pass import PassLog, first_pass_log, forget_first_passes, keep_measured_bits, measured_bits

# Short enough that a lost chunk costs little, long enough that encoder restarts have no visible cost.
_SECONDS = 4
# x265 writes wrong timestamps for a clip shorter than its reordering. No chunk is shorter than half this.
_FEWEST = 16
# A movie above its bit rate has chunks encoded again at most so many times.
_ATTEMPTS = 3
# Chunks of another format version are encoded again.
_VERSION = 5

# Planar pixel formats, by chroma and bits per sample.
_PLANAR = {("420", 8): "yuv420p", ("420", 10): "yuv420p10le", ("422", 8): "yuv422p", ("422", 10): "yuv422p10le"}

FrameSource = Callable[[range], Iterable[YuvPlanes]]
"""Returns the limited-range pictures of a range of frames, counted from the movie's first."""

logger = logging.getLogger("engine.picture")


def cut(frames: int, gop: int, rate: Fraction) -> list[range]:
    """Ranges of whole GOPs, about four seconds each; the last one includes a short remainder. `gop` in frames."""
    length = gop * max(round(_SECONDS * rate / gop), -(-_FEWEST // gop))
    count = max(1, (2 * frames + length) // (2 * length))
    return [range(n * length, frames if n == count - 1 else (n + 1) * length) for n in range(count)]


def movie_stretches(wanted: PictureFormat, copied: Iterable[range] = ()) -> list[range]:
    """The frames of each chunk of a movie: all that are not copied, as `cut` for each piece between the copied ones."""
    copied = list(copied)
    starts = [0, *(one.stop for one in copied)]
    ends = [*(one.start for one in copied), wanted.frames]
    return [
        range(start + part.start, start + part.stop)
        for start, end in zip(starts, ends, strict=True)
        if end > start
        for part in cut(end - start, wanted.gop, wanted.rate)
    ]


def chunk_path(work: Path, wanted: PictureFormat, stretch: range) -> Path:
    """The file of a chunk below the work folder of its movie. Its name identifies the encoder and its settings."""
    return work / f"{_mark(wanted)}-{stretch.start:08d}-{len(stretch)}.{_container(wanted)}"


def encode_chunks(
    work: Path,
    frames: FrameSource,
    wanted: PictureFormat,
    *,
    copied: Mapping[range, int] | None = None,
    progress: Callable[[int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> list[Chunk]:
    """Encodes the missing chunks of a movie below `work`, which belongs to this movie alone, and returns all chunks.

    `copied` are ranges of frames that the movie takes from elsewhere, in order, with their sizes in bits. They are not
    encoded, and no chunk has frames of both sides. `progress` receives the number of finished frames. Raises
    EngineError if the disk or the encoder fails, or Cancelled; complete chunks are kept.
    """
    make_folder(work)
    copied = copied or {}
    stretches = movie_stretches(wanted, copied)
    paths = [chunk_path(work, wanted, one) for one in stretches]
    rates: list[int] = []
    if wanted.passes == 2 and any(read_chunk(*one) is None for one in zip(paths, stretches, strict=True)):
        costs = _measure_all(paths, stretches, frames, wanted, progress, cancelled)
        rates = shared_rates(costs, [len(one) for one in stretches], wanted, sum(copied.values()))
        progress = _later_half(progress, wanted)
    chunks: list[Chunk] = []
    for number, (path, stretch) in enumerate(zip(paths, stretches, strict=True), 1):
        chunk = read_chunk(path, stretch)
        if chunk is not None:
            logger.info("chunk %d of %d was there", number, len(stretches))
            if progress:
                progress(stretch.stop)
        else:
            rate = rates[number - 1] if rates else None
            chunk = encode_chunk(path, stretch, frames, wanted, rate, progress=progress, cancelled=cancelled)
            logger.info("chunk %d of %d: frames %d to %d", number, len(stretches), stretch.start, stretch.stop - 1)
        chunks.append(chunk)
    if copied and progress:
        progress(wanted.frames)
    chunks = _lowered(chunks, work, frames, wanted, sum(copied.values()), progress, cancelled)
    _refuse_mixture(chunks, wanted)
    return chunks


def _lowered(
    chunks: list[Chunk],
    work: Path,
    frames: FrameSource,
    wanted: PictureFormat,
    spent: int,
    progress: Callable[[int], None] | None,
    cancelled: Callable[[], bool] | None,
) -> list[Chunk]:
    """All chunks; in one pass, with some encoded again at lower rates if together they exceed the movie's rate.

    Their files have the names of chunks of a movie with that rate, and those of the first time are kept: a resumed
    movie finds both.
    """
    if wanted.bit_rate is None or wanted.passes == 2:
        return chunks
    rates = [first_rate(wanted) or 0] * len(chunks)
    lengths = [len(chunk.frames) for chunk in chunks]
    reported = (lambda done: progress(wanted.frames)) if progress else None
    for _ in range(_ATTEMPTS):
        lower = lower_rates([chunk.fidelity.bits for chunk in chunks], lengths, rates, wanted, spent)
        if not any(lower):
            break
        for number, rate in enumerate(lower):
            if rate is None:
                continue
            stretch, rates[number] = chunks[number].frames, rate
            path = chunk_path(work, replace(wanted, bit_rate=rate), stretch)
            chunk = read_chunk(path, stretch)
            if chunk is None:
                logger.info("frames %d to %d again, at %d bits per second", stretch.start, stretch.stop - 1, rate)
                chunk = encode_chunk(path, stretch, frames, wanted, rate, progress=reported, cancelled=cancelled)
            chunks[number] = replace(chunk, fidelity=replace(chunk.fidelity, lowered=True))
    return chunks


def _refuse_mixture(chunks: list[Chunk], wanted: PictureFormat) -> None:
    """Raises EngineError if the chunks have several parameter sets: a track has one.

    A lower bit rate of one pass may declare a lower level, which does not matter to a decoder.
    """
    if wanted.bit_rate and wanted.passes == 1:
        return
    for chunk in chunks[1:]:
        if chunk.parameters != chunks[0].parameters:
            raise EngineError(
                f"The frames from {chunk.frames.start} on were encoded with other parameter sets than those before.",
                "Deliver again without --farm, so that one encoder makes them all.",
            )


def encode_chunk(
    path: Path,
    stretch: range,
    frames: FrameSource,
    wanted: PictureFormat,
    rate: int | None,
    *,
    progress: Callable[[int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Chunk:
    """Encodes one chunk of a movie to its file (`chunk_path`) at `rate` bits per second.

    Without a rate, it has that of one pass, or constant quality. In two passes, the files of its first pass are beside
    it. Errors as `encode_chunks`.
    """
    log = PassLog(2, first_pass_log(path)) if wanted.passes == 2 else None
    bit_rate = first_rate(wanted) if rate is None else rate
    goal = replace(wanted, bit_rate=bit_rate, highest_rate=highest_rate(wanted) if log else None)
    try:
        with partial(path) as unfinished:
            fidelity, parameters = _encode_into(unfinished, stretch, frames, goal, progress, cancelled, log)
            return Chunk(path, stretch, fidelity, seal_chunk(unfinished, path.name, fidelity, parameters))
    except av.error.FFmpegError as error:
        raise write_error(path.name, error, "deliver again") from error


def measure_chunk(
    path: Path,
    stretch: range,
    frames: FrameSource,
    wanted: PictureFormat,
    *,
    progress: Callable[[int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> int:
    """Runs the first of two passes of a chunk, unless it is finished, and returns the chunk's size in bits."""
    bits = measured_bits(path)
    if bits is None:
        # The constant quality is the encoder's own default.
        quick = replace(wanted, bit_rate=None)
        bits = _measure(PassLog(1, first_pass_log(path)), stretch, frames, quick, progress, cancelled)
        keep_measured_bits(path, bits)
    return bits


def _measure_all(
    paths: list[Path],
    stretches: list[range],
    frames: FrameSource,
    wanted: PictureFormat,
    progress: Callable[[int], None] | None,
    cancelled: Callable[[], bool] | None,
) -> list[int]:
    """The sizes in bits of all chunks in their first pass, which is the first half of the progress."""
    half = (lambda done: progress(done // 2)) if progress else None
    return [
        measure_chunk(path, stretch, frames, wanted, progress=half, cancelled=cancelled)
        for path, stretch in zip(paths, stretches, strict=True)
    ]


def _measure(
    log: PassLog,
    stretch: range,
    frames: FrameSource,
    wanted: PictureFormat,
    progress: Callable[[int], None] | None,
    cancelled: Callable[[], bool] | None,
) -> int:
    """The size in bits of a chunk. The encoder closes its log with the context, when this returns."""
    encoder = encoder_for(wanted, log)
    context: Any = av.CodecContext.create(encoder.name, "w")
    context.options = encoder.options
    context.framerate = wanted.rate
    open_encoder(context, encoder, wanted)
    bits = 0
    for number, frame in _encoder_frames(context, stretch, frames, wanted, cancelled):
        bits += sum(8 * packet.size for packet in context.encode(frame))
        if progress:
            progress(number + 1)
    for packet in context.encode(None):
        bits += 8 * packet.size
    return bits


def _later_half(progress: Callable[[int], None] | None, wanted: PictureFormat) -> Callable[[int], None] | None:
    return (lambda done: progress((wanted.frames + done) // 2)) if progress else None


def _encode_into(
    path: Path,
    stretch: range,
    frames: FrameSource,
    wanted: PictureFormat,
    progress: Callable[[int], None] | None,
    cancelled: Callable[[], bool] | None,
    log: PassLog | None,
) -> tuple[ChunkFidelity, bytes]:
    planar = _PLANAR[wanted.chroma, wanted.bit_depth]
    with av.open(str(path), "w", format=_container(wanted), options={"fflags": "+bitexact"}) as file:
        stream = add_video_stream(file, wanted, log)
        if _container(wanted) == "nut":
            # NUT does not support the tag of the movie's container.
            stream.codec_context.codec_tag = "\0\0\0\0"
        with FidelityMeter(stream.codec_context, wanted.codec, planar, stretch) as meter:
            for number, frame in _encoder_frames(
                stream.codec_context, stretch, frames, wanted, cancelled, meter.add_source
            ):
                coded = stream.encode(frame)
                meter.add_packets(coded)
                file.mux(coded)
                if progress:
                    progress(number + 1)
            coded = stream.encode()
            meter.add_packets(coded)
            file.mux(coded)
            return meter.result(), bytes(stream.codec_context.extradata or b"")


def _encoder_frames(
    encoder: Any,
    stretch: range,
    frames: FrameSource,
    wanted: PictureFormat,
    cancelled: Callable[[], bool] | None,
    measured: Callable[[int, av.VideoFrame], None] | None = None,
) -> Iterator[tuple[int, av.VideoFrame]]:
    """The frames of a stretch for an encoder, with their numbers; `measured` receives each in the planar format."""
    planar = _PLANAR[wanted.chroma, wanted.bit_depth]
    for number, planes in zip(stretch, frames(stretch), strict=True):
        if cancelled and cancelled():
            raise Cancelled("Stopped.", "Deliver again to resume; finished chunks are kept.")
        frame = encoder_frame(planes, planar)
        # ProRes stores its colour tags in every frame.
        frame.color_primaries, frame.color_trc, frame.colorspace = TAGS[wanted.view]
        frame.color_range = 1
        frame.pts, frame.time_base = number - stretch.start, 1 / wanted.rate
        if measured:
            measured(number - stretch.start, frame)
        if encoder.pix_fmt != planar:
            frame = frame.reformat(format=encoder.pix_fmt)
        yield number, frame


def _container(wanted: PictureFormat) -> str:
    return "mov" if wanted.codec == "prores" else "nut"


def encoder_frame(planes: YuvPlanes, pixel_format: str) -> av.VideoFrame:
    """A frame for an encoder, with a copy of the samples."""
    height, width = planes.y.shape
    frame = av.VideoFrame(width, height, pixel_format)
    for plane, values in zip(frame.planes, (planes.y, planes.u, planes.v), strict=True):
        rows, columns = values.shape
        stride = plane.line_size // values.itemsize
        np.frombuffer(memoryview(plane), values.dtype).reshape(-1, stride)[:rows, :columns] = values
    return frame


def _mark(wanted: PictureFormat) -> str:
    """A hash of the encoder and its settings: only chunks with the same hash can be joined."""
    encoder = encoder_for(wanted)
    kind = repr((_VERSION, wanted, encoder, av.__version__, sorted(av.library_versions.items())))
    return xxhash.xxh3_64_hexdigest(kind.encode())


def forget_chunks(work: Path) -> None:
    """Removes the files of `encode_chunks` below `work`, including unfinished ones."""
    for path in work.iterdir() if work.is_dir() else ():
        if path.suffix in (".nut", ".mov"):
            path.unlink(missing_ok=True)
    forget_first_passes(work)
