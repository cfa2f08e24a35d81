"""Whether a track decodes at all: found by opening the file anew and trying until something comes out."""

from __future__ import annotations

from bisect import bisect_left
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.error

from engine.catalog import Damage
from engine.demux import read_packets
from engine.picture import open_media
from engine.time import FrameGrid, time_zero


def first_frame(path: Path, index: int) -> Any:
    """The first picture or block of sound that the stream with this place gives; None where nothing ever decodes.

    The file is opened anew: an edit list that begins between key frames, and a container without an index, can be
    read from the start and not sought to it.
    """
    with open_media(path) as container:
        stream = container.streams[index]
        if stream.codec_context is None:
            return None
        try:
            for packet in read_packets(container, stream):
                try:
                    frames = packet.decode()
                except (av.error.FFmpegError, ValueError):
                    # A decoder that is missing fails at every packet; damage only at some.
                    continue
                for frame in frames:
                    if stream.type == "video" or frame.samples:
                        return frame
        except (av.error.FFmpegError, OSError, ValueError):
            return None
    return None


def undecodable_start(container: Any, index: int, grid: FrameGrid, frame: Any) -> Damage | None:
    """The frames before the first one that decodes; None where that is the first.

    Only QuickTime's time stamps are exact: elsewhere one frame more or less is no damage.
    """
    if frame.pts is None:
        return None
    lead = bisect_left(grid.pts, frame.pts)
    if lead < (1 if container.format.name.startswith("mov") else 2):
        return None
    origin = time_zero(container)
    return Damage(
        kind="undecodable",
        media="picture",
        track=index,
        start=max(grid.pts[0] * grid.time_base - origin, Fraction(0)),
        end=frame.pts * grid.time_base - origin,
        count=lead,
        detail=f"The first {lead} frames do not decode.",
    )
