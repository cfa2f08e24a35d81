"""Decodes footage frame by frame, by presentation time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from fractions import Fraction
from itertools import dropwhile, islice, starmap
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Protocol, Self

import av
import av.error
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from engine.catalog import Damage, Picture
from engine.demux import read_packets
from engine.errors import EngineError
from engine.picture.chroma_siting import chroma_siting
from engine.picture.condition import damaged_stretches
from engine.picture.container import open_media
from engine.picture.deinterlace import Deinterlacer
from engine.picture.exr import read_exr
from engine.picture.exr_sequence import frame_ticks, sequence_files
from engine.picture.formats import planes_of
from engine.picture.planes import Planes
from engine.time import FrameGrid

# Up to this distance in seconds, decoding forward is cheaper than seeking.
_NEAR = Fraction(2)


class _Reader(Protocol):
    notes: list[str]
    lost: set[int]
    suspect: bool

    def planes_at(self, pts: int) -> Planes: ...

    def close(self) -> None: ...


class PictureSource:
    """A take's decoded frames, by presentation time. Use as a context manager.

    `path` is a media file, or an EXR sequence given by its folder or first frame, whose ticks follow the frame numbers
    and start at 0.
    If a frame does not decode, the previous one is returned again, and `damage` lists it. Raises EngineError, with the
    file's name, if nothing decodes.
    """

    def __init__(self, path: Path, picture: Picture) -> None:
        self._reader: _Reader
        if path.is_dir() or path.suffix.lower() == ".exr":
            self._reader = _SequenceDecoder(path)
        else:
            self._reader = _MovieDecoder(path, picture)

    @property
    def notes(self) -> list[str]:
        """Notes about repairs and read errors, one line each."""
        return self._reader.notes

    @property
    def suspect(self) -> bool:
        """Whether the decoder has found an error so far, in returned or skipped frames."""
        return self._reader.suspect or bool(self._reader.lost)

    def is_lost(self, pts: int) -> bool:
        """Whether the frame at `pts` was requested and did not decode, so that another one replaced it."""
        return pts in self._reader.lost

    def damage(self, grid: FrameGrid) -> tuple[Damage, ...]:
        """The requested frames that did not decode, as stretches in seconds on the take's clock."""
        return damaged_stretches(grid, self._reader.lost, kind="frozen")

    def planes_at(self, pts: int) -> Planes:
        """The frame shown at `pts` (in the grid's time base), independent of earlier calls."""
        return self._reader.planes_at(pts)

    def frames(self, grid: FrameGrid, start: int = 0, stop: int | None = None) -> Iterator[Planes]:
        """The frame of each tick from `start` up to, but not including, `stop`; repeated frames are the same object."""
        for source in grid.sources[start:stop]:
            yield self.planes_at(grid.pts[source])

    def close(self) -> None:
        """Close the file."""
        self._reader.close()

    def __enter__(self) -> Self:
        """Return the source."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self.close()


class _Decoded(NamedTuple):
    """A decoded frame and its presentation time."""

    pts: int
    frame: VideoFrame


class _MovieDecoder:
    """A media file's picture track."""

    def __init__(self, path: Path, picture: Picture) -> None:
        self.notes: list[str] = []
        self.lost: set[int] = set()
        self.suspect = False
        self._path = path
        self._picture = picture
        self._container: InputContainer | None = None
        self._held: _Decoded | None = None
        self._next: _Decoded | None = None
        self._shown: tuple[int, Planes] | None = None
        # Frame threads are fastest, but an error also loses good frames beside the bad one.
        self._threads = "AUTO"
        self._stumbled = False
        self._rewind()
        self._first_pts = self._next.pts if self._next is not None else 0

    def close(self) -> None:
        if self._container is not None:
            self._container.close()
            self._container = None

    def planes_at(self, pts: int) -> Planes:
        if self._shown is not None and self._shown[0] == pts:
            return self._shown[1]
        at = self._held or self._next
        if at is not None and ((at is self._held and pts < at.pts) or (pts - at.pts) * self._time_base > _NEAR):
            self._approach(pts)
        self._advance(pts)
        if self._stumbled:
            self._rewind()
            self._approach(pts)
            self._advance(pts)
        found = self._held or self._next
        if found is None:
            raise EngineError(f"No frame of {self._path} decodes.", "Copy it from the camera again.")
        if found.pts != pts:
            self.lost.add(pts)
        if self._shown is None or self._shown[0] != found.pts:
            self._shown = (found.pts, self._planes(found))
        return self._shown[1]

    def _planes(self, found: _Decoded) -> Planes:
        try:
            return planes_of(found.frame, self._picture, self._siting)
        except (av.error.FFmpegError, ValueError, MemoryError) as problem:
            raise EngineError(
                f"The frame at {float(found.pts * self._time_base):.3f} s of {self._path} cannot be read: {problem}",
                "Copy it from the camera again.",
            ) from None

    def _advance(self, pts: int) -> None:
        while self._next is not None and self._next.pts <= pts:
            self._held, self._next = self._next, next(self._decoded, None)

    def _approach(self, pts: int) -> None:
        """Seek to a position from which decoding forward reaches the frame at `pts` or the last one before it."""
        back = Fraction(0)
        while True:
            target = pts - int(back / self._time_base)
            if target <= self._first_pts or not self._seek(target):
                self._rewind()
                return
            if self._next is not None and self._next.pts <= pts:
                return
            back = max(_NEAR, back * 4)

    def _rewind(self) -> None:
        """Reopen the file, because not every container can seek to before its first key frame."""
        self.close()
        try:
            container = open_media(self._path)
        except (av.error.FFmpegError, OSError, ValueError) as problem:
            raise EngineError(f"{self._path} cannot be opened: {problem}", "Copy it from the camera again.") from None
        self._container = container
        streams = container.streams
        stream = streams[self._picture.index] if self._picture.index < len(streams) else None
        if not isinstance(stream, VideoStream) or stream.time_base is None:
            raise EngineError(f"Track {self._picture.index} of {self._path} is not a picture.", "Probe the file again.")
        if self._stumbled:
            self._threads = "SLICE"
        stream.thread_type = self._threads
        if self._threads == "AUTO":
            # Strict until the first error, so that none is missed; afterwards, decode as much as possible.
            stream.codec_context.options = {**stream.codec_context.options, "err_detect": "explode"}
        self._stumbled = False
        self._time_base = Fraction(stream.time_base)
        coded = stream.codec_context
        self._siting = chroma_siting(coded.codec.canonical_name, coded.extradata, coded.pix_fmt or "")
        self._begin(container, stream)
        if self._stumbled:
            self._rewind()

    def _seek(self, pts: int) -> bool:
        assert self._container is not None
        stream = self._container.streams[self._picture.index]
        assert isinstance(stream, VideoStream)
        try:
            self._container.seek(pts, stream=stream, backward=True)
        except av.error.FFmpegError:
            return False
        self._begin(self._container, stream, inside=True)
        return True

    def _begin(self, container: InputContainer, stream: VideoStream, *, inside: bool = False) -> None:
        """Decode from the container's position. After a seek (`inside`), the first frames lack their references."""
        decoded = self._decode(container, stream)
        if inside:
            # Leading frames of the first key frame lack their references.
            decoded = dropwhile(lambda found: not found.frame.key_frame, decoded)
        if self._picture.deinterlacer:
            decoded = self._deinterlaced(decoded)
            if inside:
                # The first frame was deinterlaced without its predecessor.
                decoded = islice(decoded, 1, None)
        self._decoded = decoded
        self._held = None
        self._next = next(self._decoded, None)

    def _decode(self, container: InputContainer, stream: VideoStream) -> Iterator[_Decoded]:
        packets = read_packets(container, stream)
        while True:
            try:
                packet = next(packets, None)
            except (av.error.FFmpegError, OSError) as problem:
                self._note(f"the file is truncated or unreadable: {problem}")
                self.suspect = True
                return
            if packet is None:
                return
            try:
                frames = packet.decode()
            except av.error.FFmpegError:
                self.suspect = True
                if self._threads == "AUTO":
                    self._stumbled = True
                    return
                continue
            for frame in frames:
                if isinstance(frame, VideoFrame) and frame.pts is not None:
                    self.suspect = self.suspect or frame.is_corrupt
                    yield _Decoded(frame.pts, frame)

    def _deinterlaced(self, decoded: Iterator[_Decoded]) -> Iterator[_Decoded]:
        deinterlacer = Deinterlacer(self._picture, self._time_base)
        for found in decoded:
            yield from starmap(_Decoded, deinterlacer.push(found.frame))
        yield from starmap(_Decoded, deinterlacer.flush())

    def _note(self, what: str) -> None:
        if what not in self.notes:
            self.notes.append(what)


class _SequenceDecoder:
    """Numbered EXR frames."""

    def __init__(self, path: Path) -> None:
        self.notes: list[str] = []
        self.lost: set[int] = set()
        self.suspect = False
        self._frames = sequence_files(path)
        self._ticks = frame_ticks(self._frames)
        self._last: tuple[int, Planes] | None = None

    def close(self) -> None:
        self._last = None

    def planes_at(self, pts: int) -> Planes:
        if self._last and self._last[0] == pts:
            return self._last[1]
        wanted = max(bisect_right(self._ticks, pts) - 1, 0)
        broken: EngineError | None = None
        # The nearest readable frame before; a later one only if there is none.
        for number in (*range(wanted, -1, -1), *range(wanted + 1, len(self._frames))):
            try:
                frame = read_exr(self._frames[number])
            except EngineError as problem:
                self.lost.update([pts] if number == wanted else [])
                broken = broken or problem
                continue
            for note in frame.notes:
                self._note(note)
            red, green, blue = (np.ascontiguousarray(frame.pixels[..., channel]) for channel in range(3))
            height, width = red.shape
            alpha = np.ascontiguousarray(frame.pixels[..., 3]) if frame.pixels.shape[2] == 4 else None
            self._last = (pts, Planes((green, blue, red), width, height, 32, alpha=alpha))
            return self._last[1]
        assert broken is not None
        raise broken

    def _note(self, what: str) -> None:
        if what not in self.notes:
            self.notes.append(what)
