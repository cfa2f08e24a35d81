"""The file of an encoded chunk: its packets, its fidelity, and a seal with its frames, by which it is complete."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import av.error
import xxhash

from engine.errors import EngineError
from engine.picture.fidelity import ChunkFidelity, PlaneSsim

# A chunk's file ends with its fidelity as compressed JSON, the length of that JSON, and a digest of everything before.
_DIGEST_BYTES = 16
_TRAILER = struct.Struct(">I16s")


@dataclass(frozen=True, slots=True)
class Chunk:
    """An encoded range of frames, with its packets in the file at `path`, whose time base is exact.

    It is a NUT file, or QuickTime for ProRes, because NUT has no tag for it. `fidelity` was measured during encoding,
    `parameters` is a digest of the encoder's parameter sets.
    """

    path: Path
    frames: range
    fidelity: ChunkFidelity
    parameters: str


@dataclass(frozen=True, slots=True)
class Coded:
    """One packet: `frame` is its frame number, `order` its position in coding order, both from the movie's start."""

    packet: Any
    frame: int
    order: int


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


def _read(path: Path) -> list[Any]:
    try:
        content, _ = _split(path.read_bytes())
        with av.open(BytesIO(content), "r", format=path.suffix[1:]) as file:
            return [packet for packet in file.demux(video=0) if packet.size]
    except (av.error.FFmpegError, OSError) as error:
        raise EngineError(f"{path} cannot be read.", "Deliver again: it will be encoded again.") from error


def seal_chunk(path: Path, name: str, fidelity: ChunkFidelity, parameters: bytes) -> str:
    """Appends the chunk's fidelity and the digest of its parameter sets, and a digest that identifies complete chunks
    of this name. Returns the digest of the parameter sets."""
    sets = xxhash.xxh3_64_hexdigest(parameters)
    measured = zlib.compress(json.dumps({**asdict(fidelity), "parameters": sets}).encode())
    content = path.read_bytes() + measured + struct.pack(">I", len(measured))
    with path.open("ab") as file:
        file.write(content[-len(measured) - 4 :] + _digest(name, content))
    return sets


def _split(content: bytes) -> tuple[bytes, bytes]:
    """The container and the compressed JSON in a chunk's file."""
    length, _ = _TRAILER.unpack(content[-_TRAILER.size :])
    end = len(content) - _TRAILER.size - length
    return content[:end], content[end : -_TRAILER.size]


def read_chunk(path: Path, stretch: range) -> Chunk | None:
    """The sealed chunk with the frames of `stretch`, None if it is missing, incomplete or another."""
    if not path.is_file():
        return None
    content = path.read_bytes()
    if content[-_DIGEST_BYTES:] != _digest(path.name, content[:-_DIGEST_BYTES]):
        return None
    measured = json.loads(zlib.decompress(_split(content)[1]))
    measured["ssim"] = tuple(PlaneSsim(*values) for values in measured["ssim"])
    parameters = measured.pop("parameters")
    fidelity = ChunkFidelity(**measured)
    if (fidelity.first, fidelity.decoded) != (stretch.start, len(stretch)):
        return None
    return Chunk(path, stretch, fidelity, parameters)


def _digest(name: str, content: bytes) -> bytes:
    return xxhash.xxh3_128_digest(name.encode() + content)
