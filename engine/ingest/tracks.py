"""A file's video tracks: the order in which they are tried, and the kinds of those that are not the take's picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from engine.catalog import OtherPicture
from engine.track_choice import TrackFlags, preference, read_flags

# AV_DISPOSITION_ATTACHED_PIC, AV_DISPOSITION_TIMED_THUMBNAILS, AV_DISPOSITION_STILL_IMAGE.
_COVER, _THUMBNAILS, _STILL = 1 << 10, 1 << 11, 1 << 20


def video_tracks(path: Path, container: Any) -> list[tuple[Any, TrackFlags]]:
    """Return an open container's video streams with their flags, in the order in which they are tried."""
    streams = {stream.index: stream for stream in container.streams if stream.type == "video"}
    flags = read_flags(path, container, "video")
    return [(streams[mark.index], mark) for mark in preference(flags.values())]


def is_image(stream: Any) -> bool:
    """Return whether a video stream is a cover or thumbnails, not a recording."""
    return bool(int(stream.disposition) & (_COVER | _THUMBNAILS | _STILL))


def other_picture(stream: Any, flags: TrackFlags) -> OtherPicture:
    """Return the description of a video stream that is not the take's picture."""
    marks = int(stream.disposition)
    context = stream.codec_context
    return OtherPicture(
        index=stream.index,
        kind="cover" if marks & (_COVER | _STILL) else "thumbnails" if marks & _THUMBNAILS else "picture",
        codec=codec_name(stream) or "unknown",
        width=context.width if context else 0,
        height=context.height if context else 0,
        enabled=flags.enabled,
        default=flags.default,
    )


def codec_name(stream: Any) -> str:
    """Return the codec's name (`av1`), not the decoder's (`libdav1d`); empty if FFmpeg does not know the codec."""
    context = stream.codec_context
    return str(context.codec.canonical_name) if context else ""
