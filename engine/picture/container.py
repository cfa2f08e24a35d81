"""Opens media files safely: only from disk, and only in the formats of footage and sound."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from engine.demux import open_file

if TYPE_CHECKING:
    from av.container import InputContainer

# No playlists, because they may reference other files, themselves or network addresses.
_FORMATS = (
    "mov", "matroska", "webm", "mxf", "gxf", "lxf", "avi", "dv", "mpegts", "mpeg", "mpegvideo", "asf", "flv", "ogg",
    "nut", "ivf", "yuv4mpegpipe", "h264", "hevc", "gif", "apng", "wav", "w64", "aiff", "caf", "flac", "mp3", "aac",
)  # fmt: skip
# The same limit as for an EXR: 16K by 8K.
_MOST_PIXELS = 1 << 27


def open_media(path: Path) -> InputContainer:
    """Opens a file for reading. Raises PyAV's errors; av.error.ArgumentError for an unsupported format."""
    container = open_file(path, {"format_whitelist": ",".join(_FORMATS)})
    for stream in container.streams.video:
        if stream.codec_context is not None:
            stream.codec_context.options = {"max_pixels": str(_MOST_PIXELS)}
    return container
