"""Tests whether a track decodes, on a separately opened file."""

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
    """Return the first decoded video or audio frame of the stream with this index, or None if nothing decodes.

    The file is opened again, because seeking to the start fails if the edit list starts between key frames or the
    container has no index.
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
                    # A missing decoder fails on every packet, damage only on some.
                    continue
                for frame in frames:
                    if stream.type == "video" or frame.samples:
                        return frame
        except (av.error.FFmpegError, OSError, ValueError):
            return None
    return None


def undecodable_start(container: Any, index: int, grid: FrameGrid, frame: Any) -> Damage | None:
    """Return the damage record of the frames before `frame`, the first that decodes; None if it is the first frame.

    Only QuickTime's time stamps are exact: in other containers a difference of one frame is not damage.
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
