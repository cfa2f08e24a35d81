"""Whether footage is interlaced, and which field comes first: by its frames' own flags, else by what the file says."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import Any, Literal

import av
import av.error
from av.filter import Graph

from engine.catalog import Unsupported
from engine.picture import DEINTERLACER
from engine.time import FrameGrid

FieldOrder = Literal["progressive", "top", "bottom"]

# AVFieldOrder as (coded, displayed) pairs; QuickTime's fiel 9 and 14 name the first line, which comes first in time.
_TOP, _BOTTOM = (2, 4), (3, 5)
# These codecs flag each frame for itself, and a recording may change on its way.
_CHANGING = frozenset({"h264", "mpeg2video", "mpeg1video", "mpeg4", "vc1", "wmv3"})
# These have pictures of one field each, which FFmpeg does not put together.
_FIELD_PICTURES = frozenset({"hevc", "vvc"})
_FIRST_FRAMES, _SPOTS, _FRAMES_A_SPOT = 12, 3, 4
_FILM_RATE, _PULLDOWN_FRAMES = Fraction(30_000, 1001), 30


@dataclass(frozen=True, slots=True)
class Fields:
    """How frames lie in time: `order`, and whether the frames say it (`flagged`) or the file alone does.

    `separate`: each picture is one field. `telecine`: fields are repeated as 24 frames a second need at 30.
    """

    order: FieldOrder = "progressive"
    flagged: bool = True
    separate: bool = False
    telecine: bool = False

    @property
    def unsupported(self) -> Unsupported | None:
        """Why nothing can be made of the picture."""
        if not self.separate:
            return None
        return Unsupported(
            reason="is interlaced, and each of its pictures is a single field, which cannot be put together here",
            advice="Make whole frames of it: ffmpeg -i FILE -vf weave,bwdif=send_frame -c:v ffv1 -c:a copy FRAMES.mkv",
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What needs saying of it, a line each."""
        if self.order == "progressive" or self.separate:
            return ()
        by = "" if self.flagged else ", by the file's word alone"
        said = [f"interlaced, {self.order} field first{by}: deinterlaced by {DEINTERLACER}, one frame for each"]
        if self.telecine:
            said.append(
                "film at 24 frames a second lies in it with repeated fields (telecine), which are not taken out"
            )
        return tuple(said)


def read_fields(container: Any, stream: Any, codec: str, first: Any, grid: FrameGrid) -> Fields:
    """Looks at a video stream's first frame, and at a few more where its codec flags frames one by one.

    Decodes: the container stands elsewhere afterwards. `first` is the first decoded frame.
    """
    duration, rate = grid.duration, grid.rate
    declared = int(stream.codec_context.field_order)
    flagged = first if first.interlaced_frame else None
    if flagged is None and codec in _CHANGING:
        flagged = next((frame for frame in _samples(container, stream, duration) if frame.interlaced_frame), None)
    if flagged is not None:
        order: FieldOrder = "top" if _top_field_first(flagged) else "bottom"
        separate = codec in _FIELD_PICTURES
        return Fields(order, separate=separate, telecine=not separate and _is_telecine(container, stream, rate))
    if declared in _TOP or declared in _BOTTOM:
        order = "top" if declared in _TOP else "bottom"
        return Fields(order, flagged=False, telecine=_is_telecine(container, stream, rate))
    return Fields()


def _samples(container: Any, stream: Any, duration: Fraction) -> Iterator[Any]:
    starts = [duration * place / (_SPOTS + 1) for place in range(1, _SPOTS + 1)] if duration > 2 else []
    for start, count in ((None, _FIRST_FRAMES), *((start, _FRAMES_A_SPOT) for start in starts)):
        try:
            container.seek(int((start or 0) / stream.time_base) + (stream.start_time or 0), stream=stream)
            yield from islice(container.decode(stream), count)
        except (av.error.FFmpegError, ValueError):
            continue


def _is_telecine(container: Any, stream: Any, rate: Fraction) -> bool:
    """Whether both fields are repeated in turn, as 3:2 pulldown does: each once in five frames, by FFmpeg's idet."""
    if rate != _FILM_RATE:
        return False
    found: list[str] = []
    with contextlib.suppress(av.error.FFmpegError, ValueError):
        container.seek(0)
        found += _repeated_fields(islice(container.decode(stream), _PULLDOWN_FRAMES), stream.time_base)
    return min(found.count("top"), found.count("bottom")) >= _PULLDOWN_FRAMES // 10


def _repeated_fields(frames: Iterator[Any], time_base: Fraction) -> Iterator[str]:
    """Which field of each frame is the one of the frame before again: "top", "bottom" or "neither"."""
    graph: Graph | None = None
    for frame in frames:
        if graph is None:
            graph = Graph()
            source = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=time_base)
            idet, sink = graph.add("idet"), graph.add("buffersink")
            source.link_to(idet)
            idet.link_to(sink)
            graph.configure()
        graph.push(frame)
        with contextlib.suppress(av.error.BlockingIOError):
            examined: Any = graph.pull()
            yield examined.metadata.get("lavfi.idet.repeated.current_frame", "neither")


def _top_field_first(frame: Any) -> bool:
    """The frame's own flag, which PyAV does not hand out: FFmpeg's select lets it pass only where it is set."""
    graph = Graph()
    source = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base or Fraction(1, 25)
    )
    select, sink = graph.add("select", "eq(interlace_type,TOPFIRST)"), graph.add("buffersink")
    source.link_to(select)
    select.link_to(sink)
    graph.configure()
    graph.push(frame)
    try:
        graph.pull()
    except (av.error.BlockingIOError, av.error.EOFError):
        return False
    return True
