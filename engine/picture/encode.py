"""The far door: planar pictures and a finished sound file become one movie, rightly tagged."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from heapq import merge
from pathlib import Path
from typing import Any, Literal

import av
import av.error

from engine.errors import EngineError
from engine.picture.chunks import Chunk, FrameSource, add_video_stream, encode_chunks, packets, reordering
from engine.picture.encoders import PictureFormat
from engine.picture.fidelity import ChunkFidelity
from engine.picture.hdr10 import add_hdr10_stream


@dataclass(frozen=True, slots=True)
class MovieLayout:
    """How the file is laid out: MP4 or QuickTime, with an edit list or without, its index first or last.

    `timescale` is the unit of its edit lists, in ticks a second; FFmpeg's where it is left out.
    """

    format: Literal["mp4", "mov"] = "mp4"
    edit_list: bool = True
    faststart: bool = True
    timescale: int | None = None


ExtraStreams = Callable[[Any], Iterator[Any]]
"""Adds further tracks to an open container, after picture and sound, and gives their packets as they come."""


def write_movie(
    path: Path,
    frames: FrameSource,
    wanted: PictureFormat,
    *,
    work: Path,
    sound: Path | None = None,
    passengers: Sequence[ExtraStreams] = (),
    layout: MovieLayout | None = None,
    progress: Callable[[int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> list[ChunkFidelity]:
    """Encodes `frames` chunk by chunk below `work`, then joins them with the packets of `sound`.

    With `passengers`, further tracks travel beside that sound, which is then the one that players choose.
    Chunks that are there already are taken as they are: the movie is the same, byte for byte.
    Nothing but pictures, sound and colour tags is written: no location, no camera, no dates.
    Returns how close each chunk's picture comes to its frames.
    Raises EngineError (disk full, encoder refused) or Cancelled; `path` is then gone.
    """
    chunks = encode_chunks(work, frames, wanted, progress=progress, cancelled=cancelled)
    layout = layout or MovieLayout()
    movflags = ["faststart"] if layout.faststart else []
    if not layout.edit_list:
        # Without an edit list, reordered frames only start at zero if their offsets may be negative.
        movflags.append("negative_cts_offsets")
    options = {"movflags": "+".join(["", *movflags]), "use_editlist": str(int(layout.edit_list)), "fflags": "+bitexact"}
    if layout.timescale:
        options["movie_timescale"] = str(layout.timescale)
    try:
        with av.open(str(path), "w", format=layout.format, options=options) as movie:
            light = wanted.light if wanted.view == "pq" else None
            video = add_hdr10_stream(movie, wanted, light) if light else add_video_stream(movie, wanted)
            audio = _sound_packets(movie, sound, chosen=bool(passengers)) if sound else iter(())
            further = [join(movie) for join in passengers]
            _interleave(movie, _picture_packets(video, chunks, wanted), merge(audio, *further, key=_moment))
        with path.open("rb+") as file:
            os.fsync(file.fileno())
        return [chunk.fidelity for chunk in chunks]
    except (av.error.FFmpegError, OSError) as error:
        path.unlink(missing_ok=True)
        raise EngineError(
            f"{path.name} could not be written: {error.strerror or error}.",
            "Check that the studio's disk has room (cwtui doctor says how much), then deliver again.",
        ) from error
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _picture_packets(stream: Any, chunks: list[Chunk], wanted: PictureFormat) -> Iterator[Any]:
    """All chunks as one stream: a frame is shown at its number, and decoded no later than it is shown."""
    delay = max(reordering(chunk, wanted.rate) for chunk in chunks)
    for coded in packets(chunks):
        packet = coded.packet
        packet.stream = stream
        packet.time_base = 1 / wanted.rate
        packet.pts, packet.dts, packet.duration = coded.frame, coded.order - delay, 1
        yield packet


def _sound_packets(movie: Any, sound: Path, chosen: bool) -> Iterator[Any]:
    source = av.open(str(sound))
    template = source.streams.audio[0]
    stream = movie.add_stream_from_template(template)
    if chosen:
        stream.disposition = stream.disposition.default
        stream.metadata["handler_name"] = "dialog"

    def packets() -> Iterator[Any]:
        with source:
            for packet in source.demux(template):
                if packet.dts is not None:
                    packet.stream = stream
                    yield packet

    return packets()


def _interleave(movie: Any, pictures: Iterator[Any], sounds: Iterator[Any]) -> None:
    waiting = next(sounds, None)
    for picture in pictures:
        moment = _moment(picture)
        while waiting is not None and _moment(waiting) <= moment:
            movie.mux(waiting)
            waiting = next(sounds, None)
        movie.mux(picture)
    while waiting is not None:
        movie.mux(waiting)
        waiting = next(sounds, None)


def _moment(packet: Any) -> Fraction:
    return Fraction(packet.dts * packet.time_base)
