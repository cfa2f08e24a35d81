"""Draft proxies: small SDR movies that are made fast on the CPU, to watch before the exact proxy exists.

Each frame is scaled first, then converted by a table of the take's conversion to SDR. The result differs from the exact
proxy by the table's interpolation and by the order of scaling and conversion.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np
from av.filter import Graph
from av.video.frame import VideoFrame

from engine.atomic_files import partial, temporary_path, write_error
from engine.catalog import Encoding, Picture
from engine.demux import read_packets
from engine.errors import Cancelled, EngineError
from engine.picture.as_shot import conversion_of
from engine.picture.color import to_acescg, to_display
from engine.picture.container import open_media
from engine.picture.deinterlace import Deinterlacer
from engine.picture.encode import interleave, sound_packets
from engine.picture.encoders import TAGS
from engine.picture.passes import quarters
from engine.picture.planes import RGB, settled_matrix
from engine.time import FrameGrid

Step = tuple[str, dict[str, str]]
"""A filter and its options."""

_SHARE = 4
_SMALLEST_LONG_EDGE = 480
_TABLE_STEPS = 33
# Filters that turn a picture counter-clockwise by quarters.
_TURNS: tuple[tuple[Step, ...], ...] = (
    (),
    (("transpose", {"dir": "cclock"}),),
    (("hflip", {}), ("vflip", {})),
    (("transpose", {"dir": "clock"}),),
)
# Names of H.273 matrices in FFmpeg's scaler.
_MATRICES = {1: "bt709", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 9: "bt2020"}
_UNKNOWN, _FULL_RANGE = 2, 2
_TIME_BASE = Fraction(1, 1000)
_ENCODER = {"preset": "ultrafast", "crf": "26", "g": "15"}


def draft_size(picture: Picture) -> tuple[int, int]:
    """The upright size of a draft: a quarter of the picture's, but with a long edge of 480 if it is large enough."""
    width, height = picture.display_width, picture.display_height
    longest = max(width, height)
    edge = min(longest, max(longest // _SHARE, _SMALLEST_LONG_EDGE))
    return _even(width * edge / longest), _even(height * edge / longest)


def write_draft(
    out: Path,
    path: Path,
    picture: Picture,
    transform: Encoding,
    grid: FrameGrid,
    *,
    sound: Path | None = None,
    progress: Callable[[Fraction], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> None:
    """Writes a draft of a movie's picture, H.264 in MP4, with the packets of `sound`.

    Frames keep their own times on the take's clock. A frame that does not decode is left out. `progress` is called with
    the finished seconds. Raises Cancelled, and EngineError if nothing decodes or the file cannot be written.
    """
    with partial(out) as unfinished, temporary_path(out.with_suffix(".cube")) as table:
        _write_table(table, picture, transform)
        try:
            with av.open(str(unfinished), "w", format="mp4", options={"movflags": "+faststart"}) as movie:
                stream = _add_stream(movie, picture, grid)
                audio = sound_packets(movie, sound) if sound else iter(())
                frames = _frames(path, picture, grid, table)
                interleave(movie, _packets(stream, frames, grid, progress, cancelled), audio)
        except (av.error.FFmpegError, OSError) as error:
            raise write_error(f"the draft of {path.name}", error) from error


def _even(size: float) -> int:
    return max(2, round(size / 2) * 2)


def _write_table(path: Path, picture: Picture, transform: Encoding) -> None:
    """Writes the conversion from the source's R′G′B′ codes to SDR codes as a .cube file (red changes fastest)."""
    axis = np.linspace(0, 1, _TABLE_STEPS)
    blue, green, red = np.meshgrid(axis, axis, axis, indexing="ij")
    codes = np.stack([red, green, blue], -1).reshape(-1, 3)
    if conversion := conversion_of(transform, "sdr"):
        shown = conversion.convert(codes, picture.primaries)
    else:
        shown = np.clip(to_display(to_acescg(codes, transform, picture.primaries), "sdr"), 0, 1)
    lines = (f"{r:.6f} {g:.6f} {b:.6f}" for r, g, b in shown)
    path.write_text(f"LUT_3D_SIZE {_TABLE_STEPS}\n" + "\n".join(lines) + "\n")


def _add_stream(movie: Any, picture: Picture, grid: FrameGrid) -> Any:
    stream = movie.add_stream("libx264", options=_ENCODER)
    context = stream.codec_context
    context.width, context.height = draft_size(picture)
    context.pix_fmt = "yuv420p"
    context.time_base = grid.time_base
    context.framerate = grid.rate
    context.color_primaries, context.color_trc, context.colorspace = TAGS["sdr"]
    context.color_range = 1
    return stream


def _packets(
    stream: Any,
    frames: Iterator[tuple[int, VideoFrame]],
    grid: FrameGrid,
    progress: Callable[[Fraction], None] | None,
    cancelled: Callable[[], bool] | None,
) -> Iterator[Any]:
    origin = round(grid.origin / grid.time_base)
    written = -1
    for pts, frame in frames:
        if cancelled and cancelled():
            raise Cancelled("The draft was cancelled.")
        frame.pts, frame.time_base = max(pts - origin, written + 1), grid.time_base
        written = frame.pts
        yield from stream.encode(frame)
        if progress:
            progress(written * grid.time_base)
    if written < 0:
        raise EngineError("No frame decodes, so there is no draft.", "Copy the take from the camera again.")
    yield from stream.encode(None)


def _frames(path: Path, picture: Picture, grid: FrameGrid, table: Path) -> Iterator[tuple[int, VideoFrame]]:
    """The shown frames by the file's time stamps, as 8-bit 4:2:0 SDR in the draft's size."""
    graph = _DraftGraph(picture, table)
    shown = set(grid.pts)
    with open_media(path) as container:
        stream: Any = container.streams[picture.index]
        stream.thread_type = "AUTO"
        # The deblocking filter of frames that no other is predicted from costs more than it shows at this size.
        stream.codec_context.options = {**stream.codec_context.options, "skip_loop_filter": "noref"}
        deinterlacer = Deinterlacer(picture, Fraction(stream.time_base)) if picture.deinterlacer else None
        for packet in read_packets(container, stream):
            try:
                decoded = packet.decode()
            except av.error.FFmpegError:
                continue
            for frame in decoded:
                if not isinstance(frame, VideoFrame) or frame.pts is None:
                    continue
                for pts, whole in deinterlacer.push(frame) if deinterlacer else ((frame.pts, frame),):
                    if pts in shown:
                        yield pts, graph.convert(whole)
        for pts, whole in deinterlacer.flush() if deinterlacer else ():
            if pts in shown:
                yield pts, graph.convert(whole)


class _DraftGraph:
    """Scales frames, converts their colours and turns them upright. The graph is rebuilt when their format changes."""

    def __init__(self, picture: Picture, table: Path) -> None:
        self._picture = picture
        self._table = table
        self._graph: Graph | None = None
        self._form: tuple[int, int, str] | None = None

    def convert(self, frame: VideoFrame) -> VideoFrame:
        """Returns the frame converted."""
        form = (frame.width, frame.height, frame.format.name)
        if self._graph is None or form != self._form:
            self._graph, self._form = self._build(frame), form
        frame.pts = None
        self._graph.push(frame)
        converted = self._graph.pull()
        assert isinstance(converted, VideoFrame)
        return converted

    def _build(self, frame: VideoFrame) -> Graph:
        picture, graph = self._picture, Graph()
        turns = quarters(picture.rotation)
        width, height = draft_size(picture)
        if turns % 2:
            width, height = height, width
        steps: list[Step] = [
            ("scale", {"w": str(width), "h": str(height), "flags": "area", **self._source_codes(frame)}),
            ("format", {"pix_fmts": "gbrp"}),
            ("lut3d", {"file": str(self._table), "interp": "trilinear"}),
            *_TURNS[turns],
            *([("hflip", {})] if picture.mirrored else []),
            ("scale", {"flags": "area", "out_color_matrix": "bt709", "out_range": "limited"}),
            ("format", {"pix_fmts": "yuv420p"}),
            ("buffersink", {}),
        ]
        last = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=_TIME_BASE)
        for name, options in steps:
            step = graph.add(name, **options)
            last.link_to(step)
            last = step
        graph.configure()
        return graph

    def _source_codes(self, frame: VideoFrame) -> dict[str, str]:
        """The matrix and range of the frame's codes, as `engine.picture.formats` reads them."""
        if frame.format.is_rgb:
            return {}
        picture = self._picture
        matrix = picture.matrix if picture.matrix != _UNKNOWN else int(frame.colorspace)
        full = picture.full_range or int(frame.color_range) == _FULL_RANGE or frame.format.name.startswith("yuvj")
        settled = settled_matrix(_UNKNOWN if matrix == RGB else matrix, frame.width, frame.height)
        return {"in_color_matrix": _MATRICES[settled], "in_range": "full" if full else "limited"}
