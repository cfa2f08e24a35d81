"""Reads the format of a recording's picture from its bitstream alone, as a decoder in another file will see it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import av.error

from engine.errors import EngineError
from engine.picture.chroma_siting import chroma_siting
from engine.picture.container import open_media
from engine.picture.fidelity import packet_of
from engine.picture.planes import Siting


@dataclass(frozen=True, slots=True)
class CodedPicture:
    """The format of the first picture: `tags` are H.273's primaries, transfer and matrix, `tag` the sample entry."""

    codec: str
    tag: str
    pixel_format: str
    width: int
    height: int
    tags: tuple[int, int, int]
    full_range: bool
    interlaced: bool
    siting: Siting


def read_coded_picture(path: Path, picture: int) -> CodedPicture:
    """Decodes the first picture of a track without the container's tags. Raises EngineError if none decodes."""
    try:
        with open_media(path) as container:
            stream: Any = container.streams[picture]
            known = stream.codec_context
            codec, extradata = known.codec.canonical_name, bytes(known.extradata or b"")
            decoder: Any = av.CodecContext.create(codec, "r")
            if extradata:
                decoder.extradata = extradata
            for packet in container.demux(stream):
                # Without a stream, a packet has no tags of the container.
                frames = decoder.decode(packet_of(bytes(packet)) if packet.size else None)
                if frames:
                    return _described(frames[0], codec, known.codec_tag, extradata)
    except (av.error.FFmpegError, OSError) as error:
        raise EngineError(f"{path.name} cannot be read: {error}.", "Copy it from the camera again.") from error
    raise EngineError(f"No picture of {path.name} decodes.", "Copy it from the camera again.")


def _described(frame: Any, codec: str, tag: str, extradata: bytes) -> CodedPicture:
    return CodedPicture(
        codec=codec,
        tag=tag,
        pixel_format=frame.format.name,
        width=frame.width,
        height=frame.height,
        tags=(int(frame.color_primaries), int(frame.color_trc), int(frame.colorspace)),
        full_range=int(frame.color_range) == 2,
        interlaced=frame.interlaced_frame,
        siting=chroma_siting(codec, extradata, frame.format.name),
    )
