"""Deinterlaces footage to whole frames: one per recorded frame, at its time.

FFmpeg's bwdif (Bob Weaver, with the BBC's w3fdif for moving lines) keeps a frame's first field and interpolates the
lines of the other field from the frames before and after.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import av
import av.error
from av.filter import Graph
from av.video.frame import VideoFrame

from engine.catalog import Picture
from engine.picture.formats import planar

DEINTERLACER = "bwdif"


class Deinterlacer:
    """Deinterlaces frames one to one, with a delay of one frame.

    A frame's own flags give the field order, and progressive frames are not changed. If only the file declares its
    frames interlaced (`picture.flagged_frames` is False), every frame is deinterlaced, in the file's field order.
    """

    def __init__(self, picture: Picture, time_base: Fraction) -> None:
        first = "tff" if picture.field_order == "top" else "bff"
        parity, frames = ("auto", "interlaced") if picture.flagged_frames else (first, "all")
        self._arguments = f"mode=send_frame:parity={parity}:deint={frames}"
        self._time_base = time_base
        self._graph: Graph | None = None
        self._form: tuple[int, int, str] | None = None

    def push(self, frame: VideoFrame) -> Iterator[tuple[int, VideoFrame]]:
        """Add a frame; returns finished frames as (presentation time in the time base, frame)."""
        frame = planar(frame)
        form = (frame.width, frame.height, frame.format.name)
        if form != self._form:
            yield from self.flush()
            self._graph, self._form = self._built(frame), form
        assert self._graph is not None
        frame.time_base = self._time_base
        self._graph.push(frame)
        yield from self._pulled()

    def flush(self) -> Iterator[tuple[int, VideoFrame]]:
        """Return the last, delayed frame."""
        if self._graph is not None:
            self._graph.push(None)
            yield from self._pulled()
            self._graph = self._form = None

    def _built(self, frame: VideoFrame) -> Graph:
        graph = Graph()
        source = graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format, time_base=self._time_base
        )
        filtered, sink = graph.add(DEINTERLACER, self._arguments), graph.add("buffersink")
        source.link_to(filtered)
        filtered.link_to(sink)
        graph.configure()
        return graph

    def _pulled(self) -> Iterator[tuple[int, VideoFrame]]:
        assert self._graph is not None
        while True:
            try:
                frame = self._graph.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            if isinstance(frame, VideoFrame) and frame.pts is not None and frame.time_base is not None:
                yield int(frame.pts * frame.time_base / self._time_base), frame
