"""Measures the fidelity of an encoded picture: SSIM against the frames sent to the encoder, frame by frame.

The packets are decoded during encoding, so that a source frame is kept only for the delay of encoder and decoder.
FFmpeg's `ssim` filter compares the two: the structural similarity of Wang, Bovik, Sheikh and Simoncelli (2004), over
windows of 8×8 samples every 4 samples, by plane; 1 is identical.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from types import TracebackType
from typing import Any, NamedTuple, Self

import av
import av.error
import numpy as np
import xxhash

from engine.errors import EngineError
from engine.picture.frame_signatures import SignatureRecorder, signature_of_frame

# FFmpeg's own AV1 decoder requires a hardware decoder.
_DECODERS = {"hevc": "hevc", "h264": "h264", "av1": "libdav1d", "prores": "prores"}
# Two threads keep pace with an encoder; more only add delay, and each delayed picture keeps its source in memory.
_DECODER_THREADS = 2
# Maximum number of queued packet batches before the encoder waits.
_WAITING = 4


class PlaneSsim(NamedTuple):
    """SSIM of one frame, by plane, at most 1."""

    luma: float
    cb: float
    cr: float


@dataclass(frozen=True, slots=True)
class ChunkFidelity:
    """The fidelity of one chunk.

    `first` is the chunk's first frame in the movie, `decoded` the number of pictures decoded from its packets, `digest`
    identifies these pictures (`join_digests`). `ssim` has a value for frame `first` and every `step`th frame after it.
    `bits` is the size of all packets, `signatures` has those of the frames sent to the encoder (`signatures_from`).
    `lowered`: the delivery encoded it again at a lower bit rate.
    """

    first: int
    decoded: int
    digest: str
    step: int
    ssim: tuple[PlaneSsim, ...]
    bits: int
    signatures: str = ""
    lowered: bool = False


def measured_step(width: int, height: int) -> int:
    """The interval of measured frames: 1 up to 720p, 3 up to 1080p, 5 above.

    The steps are odd, so that they cover every layer of a dyadic B-frame pyramid equally often.
    """
    pixels = width * height
    return 1 if pixels <= 1280 * 720 else 3 if pixels <= 1920 * 1088 else 5


def picture_digest(frame: av.VideoFrame) -> bytes:
    """XXH3-64 of a decoded picture's visible samples (8 bytes)."""
    digest = xxhash.xxh3_64()
    for plane in frame.planes:
        # Every format here has samples of one or two bytes.
        used = plane.width * (2 if "10" in frame.format.name else 1)
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, abs(plane.line_size))
        digest.update(rows[: plane.height, :used].tobytes())
    return digest.digest()


def join_digests(pictures: Iterable[bytes]) -> str:
    """One digest for a sequence of picture digests (XXH3-128, hexadecimal)."""
    return xxhash.xxh3_128_hexdigest(b"".join(pictures))


def packet_of(content: bytes) -> Any:
    """A packet with a copy of the content.

    `av.Packet(content)` would share the bytes object. A decoder's thread takes Python's lock to release it, and waits
    for ever if a thread that has the lock frees the decoder at that moment.
    """
    packet: Any = av.Packet(len(content))
    packet.update(content)
    return packet


class FidelityMeter:
    """Decodes the packets of one chunk on a separate thread and compares them with the source frames.

    Use it as a context manager: call `add_source` before a frame is encoded, `add_packets` with the encoder's output,
    then `result` after the last packet. `add_packets` and `result` raise EngineError if a packet does not decode.
    """

    def __init__(self, encoder: Any, codec: str, pixel_format: str, stretch: range) -> None:
        """`encoder` is the open encoder's context, `pixel_format` that of the source frames."""
        self._stretch = stretch
        self._format = pixel_format
        self._step = measured_step(encoder.width, encoder.height)
        self._decoder: Any = av.CodecContext.create(_DECODERS[codec], "r")
        self._decoder.thread_count = _DECODER_THREADS
        self._decoder.thread_type = "AUTO"
        if encoder.extradata:
            self._decoder.extradata = encoder.extradata
        self._comparison = _SsimGraph(encoder.width, encoder.height, pixel_format)
        self._sources: deque[av.VideoFrame] = deque()
        self._digests: list[bytes] = []
        self._ssim: list[PlaneSsim] = []
        self._signatures = SignatureRecorder()
        self._bits = 0
        self._stopped = threading.Event()
        self._waiting: deque[Future[None]] = deque()
        self._thread = ThreadPoolExecutor(1, "fidelity")

    def __enter__(self) -> Self:
        """Return the meter."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the thread; queued batches are dropped."""
        self._stopped.set()
        self._thread.shutdown(cancel_futures=True)

    def add_source(self, number: int, frame: av.VideoFrame) -> None:
        """Add a frame before it is encoded; `number` counts from the chunk's first frame."""
        self._signatures.add(signature_of_frame(frame))
        if number % self._step == 0:
            self._sources.append(frame)

    def add_packets(self, packets: Sequence[Any]) -> None:
        """Add packets from the encoder, before they are muxed."""
        if not packets:
            return
        copies = [bytes(packet) for packet in packets]
        self._bits += 8 * sum(map(len, copies))
        self._waiting.append(self._thread.submit(self._decode, copies))
        while len(self._waiting) > _WAITING:
            self._waiting.popleft().result()

    def result(self) -> ChunkFidelity:
        """The fidelity of the whole chunk; call it after the last packet."""
        self._waiting.append(self._thread.submit(self._decode, [None]))
        while self._waiting:
            self._waiting.popleft().result()
        return ChunkFidelity(
            first=self._stretch.start,
            decoded=len(self._digests),
            digest=join_digests(self._digests),
            step=self._step,
            ssim=tuple(self._ssim),
            bits=self._bits,
            signatures=self._signatures.text(),
        )

    def _decode(self, packets: Sequence[bytes | None]) -> None:
        for packet in packets:
            if self._stopped.is_set():
                return
            try:
                pictures = self._decoder.decode(None if packet is None else packet_of(packet))
            except av.error.FFmpegError as error:
                raise EngineError(
                    f"The encoded picture near frame {self._stretch.start + len(self._digests)} does not decode.",
                    "Deliver again; if the error persists, choose another codec in the recipe.",
                ) from error
            for picture in pictures:
                self._compare(picture)

    def _compare(self, picture: av.VideoFrame) -> None:
        number = len(self._digests)
        self._digests.append(picture_digest(picture))
        if number % self._step == 0 and self._sources:
            source = self._sources.popleft()
            if picture.format.name != self._format:
                picture = picture.reformat(format=self._format)
            self._ssim.append(self._comparison.compare(picture, source))


class _SsimGraph:
    """FFmpeg's `ssim` filter for pairs of frames of the same size and format."""

    def __init__(self, width: int, height: int, pixel_format: str) -> None:
        self._graph = av.filter.Graph()
        kind: Any = av.VideoFormat(pixel_format)
        self._time_base = Fraction(1, 1000)
        self._inputs = [
            self._graph.add_buffer(width=width, height=height, format=kind, time_base=self._time_base) for _ in range(2)
        ]
        ssim, self._output = self._graph.add("ssim"), self._graph.add("buffersink")
        for number, source in enumerate(self._inputs):
            source.link_to(ssim, 0, number)
        ssim.link_to(self._output)
        self._graph.configure()
        self._pairs = 0

    def compare(self, picture: av.VideoFrame, source: av.VideoFrame) -> PlaneSsim:
        """SSIM of two frames per plane."""
        for frame, entry in zip((picture, source), self._inputs, strict=True):
            frame.pts, frame.time_base = self._pairs, self._time_base
            entry.push(frame)
        self._pairs += 1
        values: Any = self._output.pull()
        luma, cb, cr = (round(float(values.metadata[f"lavfi.ssim.{plane}"]), 5) for plane in "YUV")
        return PlaneSsim(luma, cb, cr)
