"""Finds the frames of a take that do not decode or decode with errors, by decoding every frame."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import av
import av.error

from engine.catalog import Damage, Picture
from engine.decoder_log import decoder_log, is_serious
from engine.demux import read_packets
from engine.errors import Cancelled, EngineError
from engine.picture.container import open_media
from engine.picture.exr import read_exr
from engine.picture.exr_sequence import frame_ticks, is_pattern, sequence_files
from engine.picture.nal import NalFormat, is_disposable, is_malformed
from engine.time import FrameGrid

# Stretches closer than this (in seconds) are merged.
_APART = Fraction(1, 2)

DamageKind = Literal["undecodable", "frozen"]
Progress = Callable[[Fraction], None]
"""Called with the decoded seconds of the take."""


def check_picture(
    path: Path,
    picture: Picture,
    grid: FrameGrid,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> tuple[Damage, ...]:
    """The damaged stretches of a picture track or EXR sequence, in seconds on the take's clock.

    A first pass decodes with all cores and the decoder's strictest error detection (`err_detect=explode`), which
    makes each damaged frame an error. It skips the loop filter, which does not affect errors. If it finds an error, a
    second pass on one thread assigns the decoder's errors and log lines to frames. All frames from an error to the
    next key frame that decodes count as damaged, because they are predicted from damaged frames.

    Raises Cancelled, and EngineError if the file cannot be read.
    """
    watch = _Watch(progress or (lambda done: None), cancelled or (lambda: False))
    if path.is_dir() or is_pattern(path) or path.suffix.lower() == ".exr":
        lost = _sequence(path, watch)
        return damaged_stretches(grid, lost)
    try:
        if not _is_suspect(path, picture, watch):
            return ()
        lost, wrong = _damaged_frames(path, picture, watch)
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise EngineError(f"{path.name} cannot be read: {error}.", "Copy it from the camera again.") from error
    return damaged_stretches(grid, lost, wrong)


@dataclass(frozen=True, slots=True)
class _Watch:
    progress: Progress
    cancelled: Callable[[], bool]

    def at(self, seconds: Fraction) -> None:
        if self.cancelled():
            raise Cancelled("The check of the picture was stopped.")
        self.progress(seconds)


def _sequence(path: Path, watch: _Watch) -> set[int]:
    lost: set[int] = set()
    frames = sequence_files(path)
    for frame, tick in zip(frames, frame_ticks(frames), strict=True):
        watch.at(Fraction(0))
        try:
            read_exr(frame)
        except EngineError:
            lost.add(tick)
    return lost


def _is_suspect(path: Path, picture: Picture, watch: _Watch) -> bool:
    """Whether any packet of a picture track is malformed, fails to decode, or lacks its frame."""
    with open_media(path) as container:
        stream: Any = container.streams[picture.index]
        context = stream.codec_context
        stream.thread_type = "AUTO"
        context.options = {**context.options, "err_detect": "explode", "skip_loop_filter": "all"}
        nal = NalFormat.of(context.codec.canonical_name, context.extradata)
        promised: set[int] = set()
        decoded: set[int] = set()
        for packet in read_packets(container, stream):
            if packet.size and packet.pts is not None:
                watch.at(packet.pts * Fraction(stream.time_base))
                if not packet.is_discard:
                    promised.add(packet.pts)
            if packet.is_corrupt or (nal and packet.size and is_malformed(bytes(packet), nal)):
                return True
            try:
                frames = packet.decode()
            except av.error.FFmpegError:
                return True
            for frame in frames:
                if frame.is_corrupt:
                    return True
                decoded.add(frame.pts)
    return bool(promised - decoded)


@dataclass(slots=True)
class _Packet:
    """One packet in decoding order; `broken` is true if the decoder finds an error in it."""

    pts: int
    key: bool
    disposable: bool
    broken: bool


@dataclass(slots=True)
class _Decoded:
    packets: list[_Packet] = field(default_factory=list)
    promised: set[int] = field(default_factory=set)
    frames: set[int] = field(default_factory=set)
    corrupt: set[int] = field(default_factory=set)


def _damaged_frames(path: Path, picture: Picture, watch: _Watch) -> tuple[set[int], set[int]]:
    """The time stamps of the frames without a picture, and of those with a wrong picture."""
    found = _decode_one_by_one(path, picture, watch)
    lost = found.promised - found.frames
    wrong: set[int] = set()
    lost_reference = leading = False
    key: int | None = None
    for packet in found.packets:
        if packet.key:
            # Leading frames (stored after a key frame, shown before it) may be predicted from frames before it.
            key, leading, lost_reference = packet.pts, lost_reference, False
        elif key is not None and packet.pts < key:
            if leading:
                wrong.add(packet.pts)
        elif lost_reference:
            wrong.add(packet.pts)
        if packet.broken or packet.pts in found.corrupt or packet.pts in lost:
            wrong.add(packet.pts)
            lost_reference = lost_reference or not packet.disposable
    return lost, (wrong & found.promised) - lost


def _decode_one_by_one(path: Path, picture: Picture, watch: _Watch) -> _Decoded:
    """Decodes on one thread, so that each error and log line belongs to one packet."""
    found = _Decoded()
    with decoder_log() as log, open_media(path) as container:
        stream: Any = container.streams[picture.index]
        context = stream.codec_context
        context.thread_count = 1
        is_hevc = context.codec.canonical_name == "hevc"
        nal = NalFormat.of(context.codec.canonical_name, context.extradata)
        for packet in read_packets(container, stream):
            log.clear()
            broken = packet.is_corrupt
            try:
                frames = packet.decode()
            except av.error.FFmpegError:
                broken, frames = True, []
            broken = broken or bool(log and any(is_serious(line) for line in log))
            found.frames.update(frame.pts for frame in frames)
            found.corrupt.update(frame.pts for frame in frames if frame.is_corrupt)
            if not packet.size or packet.pts is None:
                continue
            watch.at(packet.pts * Fraction(stream.time_base))
            data = bytes(packet)
            broken = broken or bool(nal and is_malformed(data, nal))
            # FFmpeg detects only some of the wrong bits in HEVC, so no HEVC frame counts as disposable.
            disposable = not is_hevc and (packet.is_disposable or bool(nal and is_disposable(data, nal)))
            found.packets.append(_Packet(packet.pts, packet.is_keyframe, disposable, broken))
            if not packet.is_discard:
                found.promised.add(packet.pts)
    return found


def damaged_stretches(
    grid: FrameGrid, lost: Collection[int], wrong: Collection[int] = (), *, kind: DamageKind = "undecodable"
) -> tuple[Damage, ...]:
    """Groups frames without a picture (`lost`) or with a wrong one into damaged stretches.

    `lost` and `wrong` are the file's time stamps. A stretch is in seconds on the take's clock, from the start of its
    first frame to the end of its last. `frozen` means that the previous picture is shown instead.
    """
    ends = [*(pts * grid.time_base - grid.origin for pts in grid.pts), grid.duration]
    places = [number for number, pts in enumerate(grid.pts) if pts in lost or pts in wrong]
    found = []
    for first, last in _runs(places, ends):
        members = grid.pts[first : last + 1]
        none = sum(pts in lost for pts in members)
        bad = sum(pts in wrong for pts in members)
        shown = "; the picture before is shown" if kind == "frozen" else ""
        found.append(
            Damage(
                kind=kind,
                media="picture",
                start=max(ends[first], Fraction(0)),
                end=max(ends[last + 1], ends[last]),
                count=none + bad,
                detail=_detail(none, bad) + shown,
            )
        )
    return tuple(found)


def _detail(none: int, bad: int) -> str:
    count = none + bad
    what = "do not decode" if not bad else "decode with errors" if not none else "do not decode or decode with errors"
    if count == 1:
        what = what.replace("do not", "does not").replace("decode with", "decodes with")
    return f"{count} frame{'s' if count != 1 else ''} {what}"


def _runs(places: Sequence[int], times: Sequence[Fraction]) -> Iterator[tuple[int, int]]:
    """The first and last index of each group of frames with gaps of at most `_APART`."""
    if not places:
        return
    first = places[0]
    for before, after in pairwise(places):
        if times[after] - times[before + 1] > _APART:
            yield first, before
            first = after
    yield first, places[-1]
