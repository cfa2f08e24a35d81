"""A file's video tracks: in which order they are tried, and what those are that are not the take's picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from engine.catalog import OtherPicture
from engine.track_choice import TrackFlags, preference, read_flags

# AV_DISPOSITION_*: an image that stands for the file, a track of thumbnails, one image as a track.
_COVER, _THUMBNAILS, _STILL = 1 << 10, 1 << 11, 1 << 20


def video_tracks(path: Path, container: Any) -> list[tuple[Any, TrackFlags]]:
    """An open container's video streams with their flags, the one to be tried first at the front."""
    streams = {stream.index: stream for stream in container.streams if stream.type == "video"}
    flags = read_flags(path, container, "video")
    return [(streams[mark.index], mark) for mark in preference(flags.values())]


def is_image(stream: Any) -> bool:
    """Whether a video stream is a cover or thumbnails, not a recording."""
    return bool(int(stream.disposition) & (_COVER | _THUMBNAILS | _STILL))


def other_picture(stream: Any, flags: TrackFlags) -> OtherPicture:
    """A video stream that is not the take's picture."""
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
    """The codec's own name (`av1`), whichever decoder stands for it (`libdav1d`); empty where FFmpeg knows none."""
    context = stream.codec_context
    return str(context.codec.canonical_name) if context else ""
