"""Encodes a movie's picture in independent chunks, so that a long render resumes after the last complete chunk."""

from __future__ import annotations

import json
import logging
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np
import xxhash

from engine.atomic_files import make_folder, partial, write_error
from engine.errors import Cancelled, EngineError
from engine.picture.encoders import TAGS, PictureFormat, add_video_stream, encoder_for, open_encoder
from engine.picture.fidelity import ChunkFidelity, FidelityMeter, PlaneSsim
from engine.picture.planes import YuvPlanes
from engine.picture.two_pass import (
    MOST,
    PassLog,
    first_pass_log,
    forget_first_passes,
    keep_measured_bits,
    measured_bits,
    share_bits,
)

# Short enough that a lost chunk costs little, long enough that encoder restarts have no visible cost.
_SECONDS = 4
# x265 writes wrong timestamps for a clip shorter than its reordering. No chunk is shorter than half this.
_FEWEST = 16
# A chunk's file ends with its fidelity as compressed JSON, the length of that JSON, and a digest of everything before.
_DIGEST_BYTES = 16
_TRAILER = struct.Struct(">I16s")
# A chunk after one above its share gets less than the recipe's rate, but never less than this share of it.
_LOWEST_SHARE = Fraction(3, 4)
# Chunks of another format version are encoded again.
_VERSION = 3

# Planar pixel formats, by chroma and bits per sample.
_PLANAR = {("420", 8): "yuv420p", ("420", 10): "yuv420p10le", ("422", 8): "yuv422p", ("422", 10): "yuv422p10le"}

FrameSource = Callable[[range], Iterable[YuvPlanes]]
"""Returns the limited-range pictures of a range of frames, counted from the movie's first."""

logger = logging.getLogger("engine.picture")


@dataclass(frozen=True, slots=True)
class Chunk:
    """An encoded range of frames, with its packets in the file at `path`, whose time base is exact.

    It is a NUT file, or QuickTime for ProRes, because NUT has no tag for it. `fidelity` was measured during encoding.
    """

    path: Path
    frames: range
    fidelity: ChunkFidelity


@dataclass(frozen=True, slots=True)
class Coded:
    """One packet: `frame` is its frame number, `order` its position in coding order, both from the movie's start."""

    packet: Any
    frame: int
    order: int


def cut(frames: int, gop: int, rate: Fraction) -> list[range]:
    """Ranges of whole GOPs, about four seconds each; the last one includes a short remainder. `gop` in frames."""
    length = gop * max(round(_SECONDS * rate / gop), -(-_FEWEST // gop))
    count = max(1, (2 * frames + length) // (2 * length))
    return [range(n * length, frames if n == count - 1 else (n + 1) * length) for n in range(count)]


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
    stretches = _cut_around(list(copied), wanted)
    mark = _mark(wanted)
    paths = [work / f"{mark}-{one.start:08d}-{len(one)}.{_container(wanted)}" for one in stretches]
    costs: list[int] = []
    if wanted.passes == 2:
        costs = _measure_all(paths, stretches, frames, wanted, progress, cancelled)
        progress = _later_half(progress, wanted)
    chunks: list[Chunk] = []
    for number, (path, stretch) in enumerate(zip(paths, stretches, strict=True), 1):
        fidelity = _read_fidelity(path)
        if fidelity is not None:
            logger.info("chunk %d of %d was there", number, len(stretches))
            if progress:
                progress(stretch.stop)
        else:
            spent = sum(bits for frames_there, bits in copied.items() if frames_there.stop <= stretch.start)
            log = PassLog(2, first_pass_log(path)) if costs else None
            rate = (
                _measured_rate(chunks, stretches, costs, wanted, sum(copied.values()))
                if costs
                else _rate_of_next(chunks, stretch, wanted, spent)
            )
            goal = replace(wanted, bit_rate=rate, highest_rate=_highest(wanted) if log else None)
            fidelity = _encode(path, stretch, frames, goal, progress, cancelled, log)
            logger.info("chunk %d of %d: frames %d to %d", number, len(stretches), stretch.start, stretch.stop - 1)
        chunks.append(Chunk(path, stretch, fidelity))
    if copied and progress:
        progress(wanted.frames)
    return chunks


def _cut_around(copied: list[range], wanted: PictureFormat) -> list[range]:
    """The chunks of all frames that are not copied, as `cut` for each piece."""
    starts = [0, *(one.stop for one in copied)]
    ends = [*(one.start for one in copied), wanted.frames]
    return [
        range(start + part.start, start + part.stop)
        for start, end in zip(starts, ends, strict=True)
        if end > start
        for part in cut(end - start, wanted.gop, wanted.rate)
    ]


def _rate_of_next(chunks: list[Chunk], stretch: range, wanted: PictureFormat, spent: int) -> int | None:
    """The bit rate of the chunk after `chunks` and `spent` bits of copied frames: the movie's rate, less their excess.

    It depends only on earlier chunks, so that a resumed movie has the same rates.
    """
    if wanted.bit_rate is None:
        return None
    budget = wanted.bit_rate * stretch.stop / wanted.rate - sum(chunk.fidelity.bits for chunk in chunks) - spent
    share = budget * wanted.rate / len(stretch) / wanted.bit_rate
    return int(wanted.bit_rate * min(Fraction(1), max(_LOWEST_SHARE, share)))


def _measure_all(
    paths: list[Path],
    stretches: list[range],
    frames: FrameSource,
    wanted: PictureFormat,
    progress: Callable[[int], None] | None,
    cancelled: Callable[[], bool] | None,
) -> list[int]:
    """The sizes in bits of all chunks in their first pass, which is the first half of the progress."""
    # The constant quality is the encoder's own default.
    quick = replace(wanted, bit_rate=None)
    costs = []
    for path, stretch in zip(paths, stretches, strict=True):
        bits = measured_bits(path)
        if bits is None:
            bits = _measure(PassLog(1, first_pass_log(path)), stretch, frames, quick, progress, cancelled)
            keep_measured_bits(path, bits)
        costs.append(bits)
    return costs


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
            progress((number + 1) // 2)
    for packet in context.encode(None):
        bits += 8 * packet.size
    return bits


def _later_half(progress: Callable[[int], None] | None, wanted: PictureFormat) -> Callable[[int], None] | None:
    return (lambda done: progress((wanted.frames + done) // 2)) if progress else None


def _highest(wanted: PictureFormat) -> int:
    """The highest rate of a chunk and of any second in two passes, in bits per second."""
    assert wanted.bit_rate
    return int(MOST * wanted.bit_rate)


def _measured_rate(
    chunks: list[Chunk], stretches: list[range], costs: list[int], wanted: PictureFormat, spent: int
) -> int:
    """The bit rate of the chunk after `chunks` by the costs of all that are left; `spent` bits are copied in all."""
    assert wanted.bit_rate
    budget = wanted.bit_rate * wanted.frames / wanted.rate - sum(chunk.fidelity.bits for chunk in chunks) - spent
    left = slice(len(chunks), None)
    lengths = [len(one) for one in stretches[left]]
    bits = share_bits(budget, costs[left], lengths, _highest(wanted) / wanted.rate)[0]
    return max(1, int(bits * wanted.rate / lengths[0]))


def packets(chunks: Iterable[Chunk]) -> Iterator[Coded]:
    """The packets of all chunks in coding order. Raises EngineError if a chunk cannot be read."""
    for chunk in chunks:
        coded = _read(chunk.path)
        shown = {pts: number for number, pts in enumerate(sorted(packet.pts for packet in coded))}
        for order, packet in enumerate(coded):
            yield Coded(packet, chunk.frames.start + shown[packet.pts], chunk.frames.start + order)


def reordering(chunk: Chunk, rate: Fraction) -> int:
    """The maximum number of frames by which decoding precedes presentation.

    A chunk's time starts with the decoding of its first packet, which is shown this much later.
    """
    first = _read(chunk.path)[0]
    delay: int = round(first.pts * first.time_base * rate)
    return delay


def _encode(
    path: Path,
    stretch: range,
    frames: FrameSource,
    wanted: PictureFormat,
    progress: Callable[[int], None] | None,
    cancelled: Callable[[], bool] | None,
    log: PassLog | None,
) -> ChunkFidelity:
    try:
        with partial(path) as unfinished:
            fidelity = _encode_into(unfinished, stretch, frames, wanted, progress, cancelled, log)
            _seal(unfinished, path.name, fidelity)
            return fidelity
    except av.error.FFmpegError as error:
        raise write_error(path.name, error, "deliver again") from error


def _encode_into(
    path: Path,
    stretch: range,
    frames: FrameSource,
    wanted: PictureFormat,
    progress: Callable[[int], None] | None,
    cancelled: Callable[[], bool] | None,
    log: PassLog | None,
) -> ChunkFidelity:
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
            return meter.result()


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


def _read(path: Path) -> list[Any]:
    try:
        content, _ = _split(path.read_bytes())
        with av.open(BytesIO(content), "r", format=path.suffix[1:]) as file:
            return [packet for packet in file.demux(video=0) if packet.size]
    except (av.error.FFmpegError, OSError) as error:
        raise EngineError(f"{path} cannot be read.", "Deliver again: it will be encoded again.") from error


def _seal(path: Path, name: str, fidelity: ChunkFidelity) -> None:
    """Appends the chunk's fidelity, and a digest that identifies complete chunks of this name."""
    measured = zlib.compress(json.dumps(asdict(fidelity)).encode())
    content = path.read_bytes() + measured + struct.pack(">I", len(measured))
    with path.open("ab") as file:
        file.write(content[-len(measured) - 4 :] + _digest(name, content))


def _split(content: bytes) -> tuple[bytes, bytes]:
    """The container and the compressed JSON in a chunk's file."""
    length, _ = _TRAILER.unpack(content[-_TRAILER.size :])
    end = len(content) - _TRAILER.size - length
    return content[:end], content[end : -_TRAILER.size]


def _read_fidelity(path: Path) -> ChunkFidelity | None:
    """The fidelity of a chunk from an earlier attempt, None if it is missing or incomplete."""
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
