"""Detects interlacing and field order: from the frames' flags, else from the file's metadata."""

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
# These codecs flag each frame, and the flags may change within a recording.
_CHANGING = frozenset({"h264", "mpeg2video", "mpeg1video", "mpeg4", "vc1", "wmv3"})
# These codecs have pictures of a single field, which FFmpeg does not combine into frames.
_FIELD_PICTURES = frozenset({"hevc", "vvc"})
_FIRST_FRAMES, _SPOTS, _FRAMES_A_SPOT = 12, 3, 4
_FILM_RATE, _PULLDOWN_FRAMES = Fraction(30_000, 1001), 30


@dataclass(frozen=True, slots=True)
class Fields:
    """Field order, and its source: the frames' flags (`flagged`), or only the file's metadata.

    `separate`: each picture is one field. `telecine`: fields repeat as in 24 fps film at 30 fps (3:2 pulldown).
    """

    order: FieldOrder = "progressive"
    flagged: bool = True
    separate: bool = False
    telecine: bool = False

    @property
    def unsupported(self) -> Unsupported | None:
        """Why the picture cannot be used, or None."""
        if not self.separate:
            return None
        return Unsupported(
            reason="is interlaced with a single field per picture, which Cleanwater does not support",
            advice="Convert to full frames: ffmpeg -i FILE -vf weave,bwdif=send_frame -c:v ffv1 -c:a copy FRAMES.mkv",
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes about interlacing, one line each."""
        if self.order == "progressive" or self.separate:
            return ()
        by = "" if self.flagged else ", by file metadata only"
        said = [f"interlaced, {self.order} field first{by}: deinterlaced by {DEINTERLACER}, frame rate unchanged"]
        if self.telecine:
            said.append("contains 24 fps film with repeated fields (telecine), which are not removed")
        return tuple(said)


def read_fields(container: Any, stream: Any, codec: str, first: Any, grid: FrameGrid) -> Fields:
    """Detect the field order from a video stream's first frame, and from more frames if the codec flags each frame.

    It decodes, so it moves the container's position. `first` is the first decoded frame.
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
    """Return whether both fields repeat in turn, each once in five frames (3:2 pulldown), by FFmpeg's idet filter."""
    if rate != _FILM_RATE:
        return False
    found: list[str] = []
    with contextlib.suppress(av.error.FFmpegError, ValueError):
        container.seek(0)
        found += _repeated_fields(islice(container.decode(stream), _PULLDOWN_FRAMES), stream.time_base)
    return min(found.count("top"), found.count("bottom")) >= _PULLDOWN_FRAMES // 10


def _repeated_fields(frames: Iterator[Any], time_base: Fraction) -> Iterator[str]:
    """Yield for each frame the field that repeats the previous frame's: "top", "bottom" or "neither"."""
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
    """Return the frame's top-field-first flag. PyAV does not expose it, but FFmpeg's select filter can test it."""
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
