"""Copies stretches of a recording's picture into a film without encoding them: which packets, and their content.

A stretch begins with a picture at which decoding can start. Pictures that are stored after it and shown before it may
refer to earlier ones, so they are left out. It ends after any packet up to which all of its frames are complete, in
decoding order: a decoder needs nothing of what follows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import av.error
import xxhash

from engine.demux import read_packets
from engine.errors import EngineError
from engine.picture.container import open_media
from engine.picture.nal import NalFormat, is_malformed
from engine.picture.parameter_sets import ParameterSets, Sync, has_layers, sync_kind

COPIED_CODECS = ("h264", "hevc", "prores")
"""The codecs whose packets can be copied."""


@dataclass(frozen=True, slots=True)
class RecordedPacket:
    """A packet of a recording: `digest` is the XXH3-128 of its content, `sync` whether decoding can start at it."""

    pts: int
    size: int
    digest: bytes
    sync: Sync | None
    key: bool


@dataclass(frozen=True, slots=True)
class RecordedStretch:
    """The packets of a part of a recording in decoding order, and the configuration of its decoder.

    `picture` is the index of the track, `codec` FFmpeg's name, `tag` the sample entry. `problem` is the reason why
    packets cannot be copied; empty if they can.
    """

    path: Path
    picture: int
    codec: str
    tag: str
    configuration: bytes
    packets: tuple[RecordedPacket, ...]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class CopiedPacket:
    """A packet that a film copies, and the number of its frame in the film."""

    recorded: RecordedPacket
    frame: int


@dataclass(frozen=True, slots=True)
class CopiedStretch:
    """Packets that a film copies, in decoding order. They have all `frames` of the film, without a hole."""

    source: RecordedStretch
    packets: tuple[CopiedPacket, ...]

    @property
    def frames(self) -> range:
        """The frames of the film."""
        first = min(packet.frame for packet in self.packets)
        return range(first, first + len(self.packets))

    @property
    def is_open(self) -> bool:
        """Whether its first picture must be marked as the start of a sequence (`linked`)."""
        return self.packets[0].recorded.sync == "open"

    @property
    def delay(self) -> int:
        """The most frames by which decoding precedes presentation."""
        first = self.frames.start
        return max(first + order - packet.frame for order, packet in enumerate(self.packets))

    @property
    def bits(self) -> int:
        """The size of all packets."""
        return 8 * sum(packet.recorded.size for packet in self.packets)

    @property
    def longest_gop(self) -> int:
        """The longest distance between pictures at which decoding can start, in frames."""
        starts = sorted(packet.frame for packet in self.packets if packet.recorded.sync)
        return max(later - earlier for earlier, later in pairwise([*starts, self.frames.stop]))

    @property
    def digest(self) -> str:
        """One digest of all packets (XXH3-128, hexadecimal)."""
        return xxhash.xxh3_128_hexdigest(b"".join(packet.recorded.digest for packet in self.packets))

    def bit_rate(self, rate: Fraction) -> Fraction:
        """Bits per second on average; `rate` in frames per second."""
        return self.bits * rate / len(self.packets)

    def overflow(self, rate: Fraction, bit_rate: int) -> Fraction:
        """The most bits that a buffer has which empties at `bit_rate`."""
        full = most = Fraction(0)
        for packet in self.packets:
            full += 8 * packet.recorded.size
            most = max(most, full)
            full = max(Fraction(0), full - bit_rate / rate)
        return most

    def within(self, frames: range) -> CopiedStretch | None:
        """The longest part of it that can be copied and is within `frames` of the film; None if there is none."""
        wanted = {packet.recorded.pts: packet.frame for packet in self.packets if packet.frame in frames}
        return copyable(replace(self.source, packets=tuple(packet.recorded for packet in self.packets)), wanted)


def read_stretch(path: Path, picture: int, first: int, last: int) -> RecordedStretch:
    """Reads the packets of a picture track for the frames with the time stamps `first` to `last`.

    Raises EngineError if the file cannot be read.
    """
    try:
        with open_media(path) as container:
            stream: Any = container.streams[picture]
            context = stream.codec_context
            found = RecordedStretch(
                path, picture, context.codec.canonical_name, context.codec_tag, bytes(context.extradata or b""), ()
            )
            form = NalFormat.of(found.codec, found.configuration)
            if found.codec != "prores" and ParameterSets.of(found.codec, found.configuration) is None:
                return replace(
                    found, problem="its container has no parameter sets, or another form of packets than MP4"
                )
            packets: list[RecordedPacket] = []
            for number, packet in enumerate(packets_from(container, stream, first)):
                content = bytes(packet)
                problem = "the sample description changes" if number and packet.has_sidedata("new_extradata") else ""
                if packet.is_corrupt or packet.pts is None or (form and is_malformed(content, form)):
                    problem = "a packet is damaged"
                elif has_layers(found.codec, content):
                    problem = "it has two views"
                if problem:
                    return replace(found, problem=problem)
                sync = sync_kind(found.codec, content)
                if sync and packet.pts > last:
                    break
                digest = xxhash.xxh3_128_digest(content)
                packets.append(RecordedPacket(packet.pts, packet.size, digest, sync, packet.is_keyframe))
            return replace(found, packets=tuple(packets))
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise EngineError(f"{path.name} cannot be read: {error}.", "Copy it from the camera again.") from error


def index_stretch(path: Path, picture: int, shown: Sequence[int], first: int, last: int) -> RecordedStretch:
    """What the index of a file says about the packets that `read_stretch` reads, for an estimate: no content is read.

    `shown` are the time stamps of all frames, ascending. They are given to the packets in decoding order, so those of
    reordered frames are a few frames off. Raises EngineError if the file cannot be opened.
    """
    try:
        with open_media(path) as container:
            stream: Any = container.streams[picture]
            context = stream.codec_context
            found = RecordedStretch(path, picture, context.codec.canonical_name, context.codec_tag, b"", ())
            packets: list[RecordedPacket] = []
            for pts, entry in zip(shown, stream.index_entries, strict=False):
                if entry.is_keyframe and pts <= first:
                    packets.clear()
                elif entry.is_keyframe and pts > last:
                    break
                sync: Sync | None = "closed" if entry.is_keyframe else None
                packets.append(RecordedPacket(pts, entry.size, b"", sync, entry.is_keyframe))
            return replace(found, packets=tuple(packets))
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise EngineError(f"{path.name} cannot be read: {error}.", "Copy it from the camera again.") from error


def copyable(source: RecordedStretch, frames: Mapping[int, int]) -> CopiedStretch | None:
    """The longest stretch that can be copied for `frames`: of each time stamp, the number in the film, without holes.

    None if decoding cannot start in any of them.
    """
    begin = next((n for n, one in enumerate(source.packets) if one.sync and one.pts in frames), None)
    if begin is None:
        return None
    start = source.packets[begin]
    taken: list[CopiedPacket] = []
    complete = last = 0
    for one in source.packets[begin:]:
        if one.pts < start.pts:
            continue
        if one.pts not in frames:
            break
        taken.append(CopiedPacket(one, frames[one.pts]))
        last = max(last, taken[-1].frame)
        if last - taken[0].frame + 1 == len(taken):
            complete = len(taken)
    return CopiedStretch(source, tuple(taken[:complete])) if complete else None


def copied_contents(stretch: CopiedStretch) -> Iterator[bytes]:
    """The content of each packet of a stretch. Raises EngineError if the recording has changed since it was read."""
    source = stretch.source
    wanted = iter(stretch.packets)
    expected = next(wanted, None)
    try:
        with open_media(source.path) as container:
            stream: Any = container.streams[source.picture]
            for packet in packets_from(container, stream, stretch.packets[0].recorded.pts):
                if expected is None:
                    return
                if packet.pts == expected.recorded.pts:
                    content = bytes(packet)
                    if xxhash.xxh3_128_digest(content) != expected.recorded.digest:
                        break
                    yield content
                    expected = next(wanted, None)
    except (av.error.FFmpegError, OSError) as error:
        raise EngineError(f"{source.path.name} cannot be read: {error}.", "Copy it from the camera again.") from error
    if expected is not None:
        raise EngineError(f"{source.path.name} changed during the delivery.", "Deliver again.")


def keep_long_pieces(
    stretches: Sequence[CopiedStretch], frames: int, fewest: int, shortest: int
) -> list[CopiedStretch]:
    """Shortens copied stretches of a film so that each encoded piece between them has at least `fewest` frames.

    A stretch of fewer than `shortest` frames is left out, too. `frames` is the length of the film.
    """
    kept = [one for one in stretches if len(one.packets) >= shortest]
    number = 0
    while kept and number <= len(kept):
        start = kept[number - 1].frames.stop if number else 0
        end = kept[number].frames.start if number < len(kept) else frames
        if start == end or end - start >= fewest:
            number += 1
            continue
        # Shortening the end is exact to a few frames; the start moves to another key frame.
        place = number - 1 if number else 0
        whole = kept[place].frames
        part = range(whole.start, end - fewest) if number else range(fewest, whole.stop)
        shorter = kept[place].within(part)
        if shorter is not None and len(shorter.packets) >= shortest:
            kept[place] = shorter
        else:
            del kept[place]
        number = max(0, place - 1)
    return kept


def packets_from(container: Any, stream: Any, pts: int) -> Iterator[Any]:
    """The packets with content from the key frame at or before `pts` on."""
    container.seek(pts, stream=stream, backward=True)
    return (packet for packet in read_packets(container, stream) if packet.size)
