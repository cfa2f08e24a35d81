"""Compares copied stretches of a finished film with their recordings: every packet, and the frames around every join.

The frames inside a stretch follow from their packets: the recording decodes, and a decoder has the same packets there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import av.error
import xxhash

from engine.errors import EngineError
from engine.picture.container import open_media
from engine.picture.content import PictureContent, content_of_frame
from engine.picture.fidelity import picture_digest
from engine.picture.packet_copy import CopiedPacket, CopiedStretch, packets_from
from engine.picture.parameter_sets import ParameterSets, unlinked

# Frames that are decoded on either side of a join, besides those that a decoder delays.
_AROUND = 6


@dataclass(frozen=True, slots=True)
class RecordedPictures:
    """The digests of decoded frames of the recordings, by the number in the film, and their content."""

    digests: dict[int, bytes]
    content: PictureContent


def insides(copies: Sequence[CopiedStretch]) -> list[range]:
    """The packets of a film, in decoding order, that need not be decoded to prove its joins."""
    found = []
    for stretch in copies:
        inside, start = _inside(stretch), stretch.frames.start
        if inside:
            found.append(range(start + inside.start, start + inside.stop))
    return found


def recorded_pictures(copies: Sequence[CopiedStretch]) -> RecordedPictures:
    """Decodes the recordings around the joins. Raises EngineError if they do not decode."""
    digests: dict[int, bytes] = {}
    content = PictureContent()
    for stretch in copies:
        inside = _inside(stretch)
        parts = [stretch.packets[: inside.start], stretch.packets[inside.stop :]] if inside else [stretch.packets]
        for part in parts:
            first = part[0].frame
            shown = {one.recorded.pts: one.frame for one in part if one.frame >= first}
            for number, (pts, frame) in enumerate(_decoded(stretch, shown)):
                digests[shown[pts]] = picture_digest(frame)
                content = content.joined(content_of_frame(frame)) if number == 0 else content
    return RecordedPictures(digests, content)


def same_packets(movie: Path, copies: Sequence[CopiedStretch]) -> int:
    """The number of copied packets in a finished film whose content is that of the recording.

    Parameter sets before a sync picture, and the mark at the start of a stretch (`linked`), are not part of it. Raises
    EngineError if the film cannot be read.
    """
    expected = {
        stretch.frames.start + order: (stretch, order, packet)
        for stretch in copies
        for order, packet in enumerate(stretch.packets)
    }
    same = 0
    try:
        with av.open(str(movie)) as file:
            packets = (packet for packet in file.demux(file.streams.video[0]) if packet.size)
            for number, packet in enumerate(packets):
                if number in expected:
                    stretch, order, copied = expected[number]
                    content = _recorded_content(bytes(packet), stretch, order, copied)
                    same += xxhash.xxh3_128_digest(content) == copied.recorded.digest
    except av.error.FFmpegError as error:
        raise EngineError(f"{movie.name} cannot be read: {error}.", "Deliver it again.") from error
    return same


def _recorded_content(content: bytes, stretch: CopiedStretch, order: int, packet: CopiedPacket) -> bytes:
    source = stretch.source
    sets = ParameterSets.of(source.codec, source.configuration)
    if sets and packet.recorded.sync and len(content) != packet.recorded.size:
        content = sets.remove(content)
    return unlinked(content) if order == 0 and stretch.is_open else content


def _inside(stretch: CopiedStretch) -> range:
    """The packets between the first and the last frames of a stretch; empty if it is too short."""
    last = complete = 0
    around = _AROUND + stretch.delay
    first = stretch.packets[0].frame
    for number, packet in enumerate(stretch.packets, 1):
        last = max(last, packet.frame)
        if number >= around and last - first + 1 == number:
            complete = number
            break
    end = stretch.frames.stop - around
    for number in range(len(stretch.packets) - 1, complete, -1):
        packet = stretch.packets[number]
        if complete and packet.recorded.sync and packet.frame <= end:
            return range(complete, number)
    return range(0)


def _decoded(stretch: CopiedStretch, shown: dict[int, int]) -> Iterator[tuple[int, Any]]:
    """Decodes the packets with the time stamps `shown`, which begin with a sync picture."""
    source = stretch.source
    left = len(shown)
    try:
        with open_media(source.path) as container:
            stream: Any = container.streams[source.picture]
            stream.thread_type = "AUTO"
            stream.codec_context.options = {**stream.codec_context.options, "err_detect": "explode"}
            for packet in packets_from(container, stream, next(iter(shown))):
                if packet.pts in shown:
                    left -= 1
                    yield from ((frame.pts, frame) for frame in packet.decode())
                if not left:
                    break
            yield from ((frame.pts, frame) for frame in stream.codec_context.decode(None))
    except (av.error.FFmpegError, OSError) as error:
        raise EngineError(
            f"{source.path.name} does not decode near a cut: {error}.", "Copy it from the camera again."
        ) from error
