"""Decodes a finished movie completely and reports its properties."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np
from av.sidedata.sidedata import Type
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.picture.content import PictureContent, content_of_frame, frames_between_samples
from engine.picture.fidelity import packet_of, picture_digest
from engine.picture.frame_signatures import (
    FrameSignatures,
    SignatureRecorder,
    assembled_signatures,
    luma_of,
    signature_of_frame,
)
from engine.picture.hdr_metadata import LightMetadata


@dataclass(frozen=True, slots=True)
class SoundInspection:
    """The properties of a sound track: `bit_rate` in bits per second, `end` in seconds."""

    codec: str
    profile: str
    sample_rate: int
    channels: int
    bit_rate: int
    end: Fraction


@dataclass(frozen=True, slots=True)
class MovieInspection:
    """The properties of a movie.

    `frames` is the number of decoded frames, `longest_gop` the largest distance between key frames in frames, `closed`
    whether all GOPs are closed, `tags` the H.273 codes (primaries, transfer, matrix), `bits` the total size of the
    picture track, `start` the time of the first frame in seconds, `metadata` the file's metadata, `chroma` the
    subsampling, `light` the HDR10 metadata in the bitstream (None if there is none), `pictures` the digest of each
    frame (`picture_digest`) in presentation order. `content` is measured on two frames per second.
    `passed_over` frames were not decoded, on request; they are among `frames`, and their digests are empty.
    `uneven` is the number of frames that are not a whole number of frame durations after the first.
    `keys` are the numbers of the key frames, `open_keys` those of them after which earlier frames are stored.
    `signatures` are those of all frames in presentation order. `kept` has, by the number of the frame, the luma of the
    parts that were asked for, float32 (rows, columns) in 8-bit codes.
    """

    codec: str
    tag: str
    pixel_format: str
    width: int
    height: int
    rate: Fraction
    frames: int
    start: Fraction
    longest_gop: int
    closed: bool
    tags: tuple[int, int, int]
    full_range: bool
    bits: int
    sound: SoundInspection | None
    metadata: dict[str, str]
    chroma: str
    light: LightMetadata | None
    content: PictureContent
    signatures: FrameSignatures
    pictures: tuple[bytes, ...] = ()
    passed_over: int = 0
    keys: tuple[int, ...] = ()
    open_keys: tuple[int, ...] = ()
    kept: Mapping[int, NDArray[np.float32]] = field(default_factory=dict)
    uneven: int = 0


def inspect_movie(
    path: Path, passed_over: Sequence[range] = (), kept: Mapping[int, tuple[slice, slice]] | None = None
) -> MovieInspection:
    """Decodes every frame of a finished movie. Raises EngineError if it does not decode.

    Ranges of packets that are `passed_over`, counted in decoding order, are not decoded; each ends before a key frame.
    `kept` are the parts (rows, columns) of frames to keep, by their number in the order of decoded frames.
    """
    try:
        with av.open(str(path)) as movie:
            return _inspect(movie, passed_over, kept or {})
    except (av.error.FFmpegError, ValueError) as error:
        raise EngineError(f"{path.name} does not decode: {error}.", "Deliver it again.") from error


class _BitstreamLight:
    """Finds the HDR10 metadata of the bitstream's first frame.

    The decoder of a file adds the container's metadata to frames without any; this one knows only the packets.
    """

    def __init__(self, context: Any) -> None:
        self.found: LightMetadata | None = None
        self._decoder: Any = av.CodecContext.create(context.codec.name, "r")
        self._decoder.extradata = context.extradata

    def add(self, packet: Any) -> None:
        """Decodes a packet, unless there was a frame before."""
        for frame in self._decoder.decode(packet_of(bytes(packet))) if self._decoder else ():
            self.found, self._decoder = _light(frame), None
            break


class _Pictures:
    """Decodes the packets of the picture track and measures its frames."""

    def __init__(self, video: Any, passed_over: Sequence[range], kept: Mapping[int, tuple[slice, slice]]) -> None:
        self.first: VideoFrame | None = None
        self.content = PictureContent()
        self.times: list[int] = []
        self.digests: list[tuple[int | None, bytes]] = []
        self.signatures = SignatureRecorder()
        self.kept: dict[int, NDArray[np.float32]] = {}
        self._windows = kept
        self.left_out = 0
        self._context = video.codec_context
        self._looked_at = frames_between_samples(Fraction(video.average_rate or 1))
        self._jumps = {one.start: one for one in passed_over if one}
        self._jump: range | None = None
        self.light = _BitstreamLight(self._context)
        self._resumed: int | None = None

    def add(self, packet: Any) -> None:
        """Decodes a packet; an empty one ends the track."""
        if not packet.size:
            self._measure(packet.decode())
            return
        number = len(self.times)
        self.times.append(packet.pts)
        self.light.add(packet)
        if number in self._jumps:
            self._jump = self._jumps[number]
            self._measure(self._context.decode(None))
            self._context.flush_buffers()
        elif self._jump is not None and number == self._jump.stop:
            self._jump, self._resumed = None, packet.pts
        # Frames shown before the one at which decoding resumes may refer to frames that were passed over.
        if self._jump is not None or (self._resumed is not None and packet.pts < self._resumed):
            self.left_out += 1
            return
        self._measure(packet.decode())

    def _measure(self, frames: Sequence[VideoFrame]) -> None:
        for frame in frames:
            if len(self.digests) % self._looked_at == 0:
                self.content = self.content.joined(content_of_frame(frame))
            if len(self.digests) in self._windows:
                rows, columns = self._windows[len(self.digests)]
                self.kept[len(self.digests)] = luma_of(frame)[rows, columns].astype(np.float32) * _scale(frame)
            self.digests.append((frame.pts, picture_digest(frame)))
            self.signatures.add(signature_of_frame(frame))
            self.first = self.first or frame


def _inspect(movie: Any, passed_over: Sequence[range], kept: Mapping[int, tuple[slice, slice]]) -> MovieInspection:
    video = movie.streams.video[0]
    video.thread_type = "AUTO"
    # Passthrough tracks may have a codec without a decoder.
    audio = next((stream for stream in movie.streams.audio if stream.codec_context), None)
    bits = sound_bits = 0
    pictures = _Pictures(video, passed_over, kept)
    keys: list[int] = []
    open_keys: set[int] = set()
    sound_end = Fraction(0)
    for packet in movie.demux():
        if packet.size and packet.stream is audio:
            sound_bits += packet.size * 8
            sound_end = max(sound_end, (packet.pts + packet.duration) * Fraction(packet.time_base))
        if packet.stream is not video:
            continue
        if packet.size:
            bits += packet.size * 8
            if packet.is_keyframe:
                keys.append(packet.pts)
            if keys and packet.pts < keys[-1]:
                open_keys.add(keys[-1])
        pictures.add(packet)
    first, times = pictures.first, pictures.times
    if first is None:
        raise ValueError("no frame decodes")
    order = {pts: number for number, pts in enumerate(sorted(times))}
    steps = [*(order[key] for key in keys), len(times)]
    context = video.codec_context
    return MovieInspection(
        codec=context.codec.canonical_name,
        tag=context.codec_tag,
        pixel_format=first.format.name,
        width=first.width,
        height=first.height,
        rate=Fraction(video.average_rate),
        frames=len(pictures.digests) + pictures.left_out,
        start=min(times) * Fraction(video.time_base),
        longest_gop=max(later - earlier for earlier, later in pairwise(steps)),
        closed=not open_keys,
        tags=(int(context.color_primaries), int(context.color_trc), int(context.colorspace)),
        full_range=int(context.color_range) == 2,
        bits=bits,
        sound=_sound(audio, sound_bits, sound_end) if audio else None,
        metadata={**movie.metadata, **video.metadata},
        chroma=_chroma(first),
        light=pictures.light.found,
        content=pictures.content,
        signatures=_signatures(pictures, Fraction(video.time_base)),
        pictures=_in_order(pictures),
        passed_over=pictures.left_out,
        keys=tuple(steps[:-1]),
        open_keys=tuple(sorted(order[key] for key in open_keys)),
        kept=pictures.kept,
        uneven=_uneven(sorted(times), Fraction(video.time_base) * Fraction(video.average_rate)),
    )


def _uneven(times: Sequence[int], ticks: Fraction) -> int:
    """The number of times (in ticks of `ticks` frames) that are more than one tick from their place."""
    return sum(abs((time - times[0]) * ticks - number) > ticks for number, time in enumerate(times))


def _in_order(pictures: _Pictures) -> tuple[bytes, ...]:
    """The digests in presentation order; empty for frames that were passed over."""
    if not pictures.left_out:
        return tuple(digest for _, digest in pictures.digests)
    known = dict(pictures.digests)
    return tuple(known.get(time, b"") for time in sorted(pictures.times))


def _scale(frame: VideoFrame) -> np.float32:
    """The factor from a frame's samples to 8-bit codes."""
    return np.float32(2.0 ** (8 - frame.format.components[0].bits))


def _signatures(pictures: _Pictures, time_base: Fraction) -> FrameSignatures:
    """The signatures in presentation order; those of frames that were passed over are unknown."""
    times = sorted(pictures.times)
    seconds = np.array(times, np.float64) * float(time_base)
    table = pictures.signatures.table()
    if not pictures.left_out:
        return assembled_signatures([(0, table)], seconds)
    place = {time: number for number, time in enumerate(times)}
    rows = [(place[pts], row) for row, (pts, _) in enumerate(pictures.digests) if pts is not None and pts in place]
    return assembled_signatures(((number, table[row : row + 1]) for number, row in rows), seconds)


def read_light_metadata(path: Path) -> LightMetadata | None:
    """The HDR10 metadata of the first picture that decodes; None if it has none."""
    with suppress(av.error.FFmpegError, IndexError), av.open(str(path)) as movie:
        for packet in movie.demux(movie.streams.video[0]):
            with suppress(av.error.FFmpegError):
                for frame in packet.decode():
                    return _light(frame)
    return None


def _chroma(frame: VideoFrame) -> str:
    across, down = 64 // frame.format.chroma_width(64), 64 // frame.format.chroma_height(64)
    return {(2, 2): "420", (2, 1): "422", (1, 1): "444"}.get((across, down), f"{across}×{down}")


def _light(frame: VideoFrame) -> LightMetadata | None:
    """The metadata of a decoded picture: FFmpeg's AVMasteringDisplayMetadata and AVContentLightMetadata."""
    held: Any = frame.side_data
    side_data = {part.type: part for part in (held[number] for number in range(len(held)))}
    display, levels = side_data.get(Type.MASTERING_DISPLAY_METADATA), side_data.get(Type.CONTENT_LIGHT_LEVEL)
    if display is None or levels is None:
        return None
    # Ten fractions: red, green, blue and white as x, y; black; peak.
    pairs = struct.unpack_from("<20i", bytes(display))
    values = [Fraction(top, bottom or 1) for top, bottom in zip(pairs[::2], pairs[1::2], strict=True)]
    max_cll, max_fall = struct.unpack_from("<2I", bytes(levels))
    red, green, blue, white = zip(values[:8:2], values[1:8:2], strict=True)
    return LightMetadata(red, green, blue, white, values[9], values[8], max_cll, max_fall)


def _sound(stream: Any, bits: int, end: Fraction) -> SoundInspection:
    context = stream.codec_context
    return SoundInspection(
        codec=context.codec.canonical_name,
        profile=context.profile or "",
        sample_rate=context.sample_rate,
        channels=context.channels,
        bit_rate=int(bits / end) if end else 0,
        end=end,
    )
