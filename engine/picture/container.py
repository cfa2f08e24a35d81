"""Media files opened in one way: from the disk alone, and only what footage and sound come in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from engine.demux import open_file

if TYPE_CHECKING:
    from av.container import InputContainer

# No playlist among them: one may name other files, itself, or an address on the network.
_FORMATS = (
    "mov", "matroska", "webm", "mxf", "gxf", "lxf", "avi", "dv", "mpegts", "mpeg", "mpegvideo", "asf", "flv", "ogg",
    "nut", "ivf", "yuv4mpegpipe", "h264", "hevc", "gif", "apng", "wav", "w64", "aiff", "caf", "flac", "mp3", "aac",
)  # fmt: skip
# As many pixels as an EXR may have: 16K by 8K.
_MOST_PIXELS = 1 << 27


def open_media(path: Path) -> InputContainer:
    """A file opened for reading. Raises what PyAV raises; of a kind that is not taken in, av.error.ArgumentError."""
    container = open_file(path, {"format_whitelist": ",".join(_FORMATS)})
    for stream in container.streams.video:
        if stream.codec_context is not None:
            stream.codec_context.options = {"max_pixels": str(_MOST_PIXELS)}
    return container
