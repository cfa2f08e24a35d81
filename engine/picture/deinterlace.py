"""Interlaced footage as whole frames: one for each that was recorded, at its own time.

FFmpeg's bwdif (Bob Weaver, with the BBC's w3fdif where lines move) keeps a frame's first field as it is and fills in
the other field's lines from the frames before and after.
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
    """Frames in, the same number of whole frames out, one frame later.

    A frame's own flags say which field comes first, and frames flagged progressive pass as they are. Where only the
    file says that its frames are interlaced (`picture.flagged_frames` is False), every frame is, in the file's order.
    """

    def __init__(self, picture: Picture, time_base: Fraction) -> None:
        first = "tff" if picture.field_order == "top" else "bff"
        parity, frames = ("auto", "interlaced") if picture.flagged_frames else (first, "all")
        self._arguments = f"mode=send_frame:parity={parity}:deint={frames}"
        self._time_base = time_base
        self._graph: Graph | None = None
        self._form: tuple[int, int, str] | None = None

    def push(self, frame: VideoFrame) -> Iterator[tuple[int, VideoFrame]]:
        """What comes out by this frame: (presentation time in the time base, frame)."""
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
        """The frame that waited for the next one."""
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
