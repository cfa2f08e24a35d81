"""Encodes pictures and joins them with a finished sound file to a tagged movie."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from heapq import merge
from pathlib import Path
from typing import Any, Literal

import av
import av.error

from engine.atomic_files import final_name, write_error
from engine.isobmff.sample_entries import set_sample_entries
from engine.picture.chapters import MovieChapter, add_chapters
from engine.picture.chunk_file import Chunk, packets, reordering
from engine.picture.chunks import FrameSource, encode_chunks
from engine.picture.encoders import PictureFormat, add_video_stream
from engine.picture.fidelity import ChunkFidelity
from engine.picture.hdr10 import add_hdr10_stream
from engine.picture.joined_picture import JoinedPicture
from engine.picture.packet_copy import CopiedStretch


@dataclass(frozen=True, slots=True)
class MovieLayout:
    """File layout: MP4 or QuickTime, with or without an edit list, index first or last.

    `timescale` is the unit of its edit lists in ticks per second; the default is FFmpeg's. `tags` are the names and
    values of QuickTime metadata items.
    """

    format: Literal["mp4", "mov"] = "mp4"
    edit_list: bool = True
    faststart: bool = True
    timescale: int | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


ExtraStreams = Callable[[Any], Iterator[Any]]
"""Adds tracks to an open container, after picture and sound, and yields their packets in order."""


def write_movie(
    path: Path,
    frames: FrameSource,
    wanted: PictureFormat,
    *,
    work: Path,
    sound: Path | None = None,
    passengers: Sequence[ExtraStreams] = (),
    layout: MovieLayout | None = None,
    chapters: Sequence[MovieChapter] = (),
    copies: Sequence[CopiedStretch] = (),
    progress: Callable[[int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> list[ChunkFidelity]:
    """Encodes `frames` chunk by chunk below `work`, then joins them with the packets of `sound`.

    The frames of `copies`, in order, are not encoded: their packets are copied.
    `passengers` add further tracks; `sound` is then marked as the default track for players.
    Existing chunks are reused: the movie is byte-identical.
    The movie contains only pictures, tracks, colour tags and the tags of its layout: no location, camera or dates.
    Returns the fidelity of each chunk.
    Raises EngineError (disk full, encoder error) or Cancelled, and removes `path` first.
    """
    copied = {one.frames: one.bits for one in copies}
    chunks = encode_chunks(work, frames, wanted, copied=copied, progress=progress, cancelled=cancelled)
    joined = JoinedPicture(wanted, chunks, copies) if copies else None
    layout = layout or MovieLayout()
    movflags = ["faststart"] if layout.faststart else []
    if not layout.edit_list:
        # Without an edit list, reordered frames only start at zero if their offsets may be negative.
        movflags.append("negative_cts_offsets")
    if layout.tags:
        movflags.append("use_metadata_tags")
    options = {"movflags": "+".join(["", *movflags]), "use_editlist": str(int(layout.edit_list)), "fflags": "+bitexact"}
    if layout.timescale:
        options["movie_timescale"] = str(layout.timescale)
    try:
        with av.open(str(path), "w", format=layout.format, options=options) as movie:
            movie.metadata.update(layout.tags)
            light = wanted.light if wanted.view == "pq" else None
            if joined:
                video = joined.add_stream(movie)
            else:
                video = add_hdr10_stream(movie, wanted, light) if light else add_video_stream(movie, wanted)
            audio = sound_packets(movie, sound, chosen=bool(passengers)) if sound else iter(())
            if chapters:
                add_chapters(movie, chapters, wanted.frames / wanted.rate)
            further = [join(movie) for join in passengers]
            pictures = joined.packets(video) if joined else _picture_packets(video, chunks, wanted)
            interleave(movie, pictures, merge(audio, *further, key=_moment))
        if joined and joined.runs:
            set_sample_entries(path, 0, joined.runs)
        with path.open("rb+") as file:
            os.fsync(file.fileno())
        return [chunk.fidelity for chunk in chunks]
    except (av.error.FFmpegError, OSError) as error:
        path.unlink(missing_ok=True)
        raise write_error(final_name(path), error, "deliver again") from error
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _picture_packets(stream: Any, chunks: list[Chunk], wanted: PictureFormat) -> Iterator[Any]:
    """The packets of all chunks as one stream: PTS is the frame number, and DTS is never later than PTS."""
    delay = max(reordering(chunk, wanted.rate) for chunk in chunks)
    for coded in packets(chunks):
        packet = coded.packet
        packet.stream = stream
        packet.time_base = 1 / wanted.rate
        packet.pts, packet.dts, packet.duration = coded.frame, coded.order - delay, 1
        yield packet


def sound_packets(movie: Any, sound: Path, chosen: bool = False) -> Iterator[Any]:
    """Adds the track of a sound file to a container, as its default if `chosen`, and yields the packets."""
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


def interleave(movie: Any, pictures: Iterator[Any], sounds: Iterator[Any]) -> None:
    """Writes packets of picture and sound in the order of their decoding times."""
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
