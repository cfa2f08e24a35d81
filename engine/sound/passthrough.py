"""Original sound tracks go into a movie as they are: packets copied, descriptions kept, in time with the picture."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import av
import av.error
import xxhash
from av.stream import Discard

from engine.catalog import Sound
from engine.errors import EngineError, RequestError
from engine.isobmff.track_description import Description, EditList, descriptions, is_quicktime, restore
from engine.sound.passthrough_track import PassthroughTrack
from engine.time import time_zero

MovieFormat = Literal["mp4", "mov"]

PASSTHROUGH_TIMESCALE = 48_000
"""Ticks a second in which a movie with carried tracks counts its edit lists."""

# Sound before the first sample that is heard, which decoders need: Opus asks for the most, 80 ms.
_LEAD = Fraction(1, 10)
# A hole larger than this would be heard; time stamps in milliseconds wobble by less.
_HOLE = Fraction(1, 200)
# Stands in for a codec that FFmpeg has no name for, until the movie gets its own description back.
_STAND_IN = "alac"
# Longer than what a movie's own user data may hold, a description is none.
_MAX_PADDING = 60_000

_LEAVE_OUT = "Leave carry out of the recipe; the original stays where it is."


@dataclass(slots=True)
class _PacketDigest:
    """Packets, and what their bytes come to."""

    packets: int = 0
    bytes: int = 0
    hash: Any = field(default_factory=xxhash.xxh3_128)

    def take(self, packet: Any) -> None:
        if packet.size:
            self.packets += 1
            self.bytes += packet.size
            self.hash.update(bytes(packet))

    def as_fields(self) -> dict[str, Any]:
        return {"packets": self.packets, "bytes": self.bytes, "digest": self.hash.hexdigest()}


@dataclass(slots=True)
class _Track:
    """What is known of a track's packets in the stretch; times count in the stream's `unit`."""

    sound: Sound
    name: str
    description: Description | None
    unit: Fraction
    heard: range
    first: int | None = None
    after: int = 0
    holes: bool = False
    held: _PacketDigest = field(default_factory=_PacketDigest)
    place: int = -1


class Passthrough:
    """The original sound tracks of a file, on their way into one movie.

    `join` adds them to the container and gives their packets, `finish` completes the movie's index, and `carried` is
    what it should hold.
    """

    def __init__(
        self,
        path: Path,
        sounds: Sequence[Sound],
        movie: MovieFormat,
        *,
        start: Fraction = Fraction(0),
        end: Fraction | None = None,
        length: Fraction,
    ) -> None:
        """The stretch is heard from `start` seconds on for `length`; packets are taken up to `end`, None for all.

        Every packet is looked at here. RequestError where a track's time cannot be kept; for what the container
        cannot hold, see `refuse_unsupported_tracks`.
        """
        self._path, self._movie = path, movie
        with _open(path) as source:
            zero = time_zero(source)
        # From here on all times are the file's own time stamps.
        self._whole_start = not start
        self._start, self._end, self._length = start + zero, None if end is None else end + zero, length
        self._tracks = {track.sound.index: track for track in self._look(sounds)}
        self.left_out: list[str] = []
        for index, track in list(self._tracks.items()):
            if not track.held.packets or not track.heard:
                self.left_out.append(f"sound track {index} has nothing in this stretch: not carried")
                del self._tracks[index]
        for track in self._tracks.values():
            if track.holes and track.sound.codec.startswith("pcm_"):
                raise RequestError(
                    f"{_called(path, track.sound)} has holes, which uncompressed sound in a movie cannot have.",
                    _LEAVE_OUT,
                )

    def __bool__(self) -> bool:
        """Whether there is anything to carry."""
        return bool(self._tracks)

    def join(self, movie: Any) -> Iterator[Any]:
        """Adds the tracks to an open container, after those that are there; gives their packets as they come."""
        source = _open(self._path)
        try:
            streams = _add(movie, source, self._tracks.values())
        except BaseException:
            source.close()
            raise
        for index, stream in streams.items():
            self._tracks[index].place = stream.index
        return self._packets(source, streams)

    def finish(self, movie: Path) -> None:
        """Puts descriptions, languages and edit lists into the finished movie's index. EngineError if it fails."""
        restore(movie, {track.place: (track.description, self._edit(track)) for track in self._tracks.values()})

    @property
    def carried(self) -> tuple[PassthroughTrack, ...]:
        """What the movie is to hold, from the footage's own packets."""
        return tuple(self._said(track) for track in self._tracks.values())

    def _said(self, track: _Track) -> PassthroughTrack:
        edit = self._edit(track)
        return PassthroughTrack(
            index=track.sound.index,
            place=track.place,
            name=track.name,
            codec=track.sound.codec,
            channels=track.sound.channels,
            sample_rate=track.sound.sample_rate,
            described="as it was" if track.description else "anew",
            start=edit.delay,
            duration=edit.length,
            **track.held.as_fields(),
        )

    def _look(self, sounds: Sequence[Sound]) -> list[_Track]:
        """Reads every packet of the stretch once: how many, how long, and what their bytes come to."""
        with _open(self._path) as source:
            tracks = _prepared(self._path, source, sounds, self._movie)
            by_index = {track.sound.index: track for track in tracks}
            for packet in self._wanted(source, by_index):
                track = by_index[packet.stream.index]
                if track.first is None:
                    track.first = track.after = packet.pts
                if packet.pts < track.after - _HOLE / track.unit:
                    raise RequestError(
                        f"{_called(self._path, track.sound)} goes back in time "
                        f"at {float(packet.pts * track.unit):.2f} s: its packets cannot be copied as they lie.",
                        _LEAVE_OUT,
                    )
                track.holes = track.holes or packet.pts > track.after + _HOLE / track.unit
                track.after = packet.pts + (packet.duration or 0)
                track.held.take(packet)
        for track in tracks:
            begin = round(self._start / track.unit)
            over = round((self._start + self._length) / track.unit)
            first = track.first if track.first is not None else 0
            track.heard = range(
                max(track.heard.start, begin, first), min(track.heard.stop or track.after, over, track.after)
            )
        return tracks

    def _wanted(self, source: Any, tracks: dict[int, _Track]) -> Iterator[Any]:
        """The packets of the stretch, as the file has them."""
        for stream in source.streams:
            if stream.index not in tracks:
                stream.discard = Discard.all
        if self._start > 1:
            source.seek(int((self._start - 1) * av.time_base))
        streams = [source.streams[index] for index in tracks]
        for packet in source.demux(streams):
            if packet.pts is None or not packet.size:
                continue
            unit = tracks[packet.stream.index].unit
            if not self._whole_start and (packet.pts + (packet.duration or 0)) * unit <= self._start - _LEAD:
                continue
            if self._end is not None and packet.pts * unit >= self._end:
                continue
            yield packet

    def _packets(self, source: Any, streams: dict[int, Any]) -> Iterator[Any]:
        with source:
            for packet in self._wanted(source, self._tracks):
                index = packet.stream.index
                shift = round(self._start / self._tracks[index].unit)
                packet.pts -= shift
                packet.dts = packet.pts
                packet.stream = streams[index]
                yield packet

    def _edit(self, track: _Track) -> EditList:
        begin = round(self._start / track.unit)
        first = track.first if track.first is not None else 0
        return EditList(
            delay=(track.heard.start - begin) * track.unit,
            length=len(track.heard) * track.unit,
            media=(track.heard.start - first) * track.unit,
        )


def refuse_unsupported_tracks(path: Path, sounds: Sequence[Sound], movie: MovieFormat) -> None:
    """Raises RequestError where a container of this kind cannot hold one of these tracks as it is."""
    with _open(path) as source:
        for track in _prepared(path, source, sounds, movie):
            where = _called(path, track.sound)
            if track.description and track.description.entries > 1:
                raise RequestError(f"{where} changes its kind on the way, which a copy would not tell.", _LEAVE_OUT)
            try:
                with av.open(BytesIO(), "w", format=movie) as trial:
                    _add(trial, source, [track])
                    trial.start_encoding()
            except (ValueError, av.error.FFmpegError) as error:
                kind = "an MP4" if movie == "mp4" else "a QuickTime movie"
                hint = 'Put the movie into QuickTime: container.format = "mov".' if movie == "mp4" else _LEAVE_OUT
                raise RequestError(f"{where} cannot be put into {kind}.", hint) from error


def _prepared(path: Path, source: Any, sounds: Sequence[Sound], movie: MovieFormat) -> list[_Track]:
    said = descriptions(path)
    # A QuickTime sample entry means something else in an MP4, and the other way round.
    akin = bool(said) and is_quicktime(path) == (movie == "mov")
    tracks = []
    for number, sound in enumerate(sounds, 1):
        stream, found = source.streams[sound.index], said.get(sound.index)
        known = sound.model_copy(update={"channels": sound.channels or (found.channels if found else 0)})
        start = stream.start_time or 0
        tracks.append(
            _Track(
                sound=known,
                name=f"original {number}: {_kind(known, found)}",
                description=found if akin or stream.codec_context is None else None,
                unit=Fraction(stream.time_base),
                heard=range(start, start + stream.duration if stream.duration else 0),
            )
        )
    return tracks


def _add(movie: Any, source: Any, tracks: Iterable[_Track]) -> dict[int, Any]:
    """The container's streams for these tracks. ValueError or FFmpegError where one cannot be."""
    streams = {}
    padding = 64
    for track in tracks:
        template, said = source.streams[track.sound.index], track.description
        if template.codec_context is not None:
            stream = movie.add_stream_from_template(template)
        elif said and movie.format.name == "mov":
            stream = movie.add_mux_stream(_STAND_IN, rate=int(1 / track.unit))
        else:
            raise ValueError(f"nothing says how {track.sound.codec} is held")
        stream.time_base = track.unit
        stream.metadata["handler_name"] = track.name
        if language := template.metadata.get("language"):
            stream.metadata["language"] = language
        stream.disposition = 0
        streams[track.sound.index] = stream
        padding += 256 + (len(said.stsd) + len(said.extended) if said else 0)
    if padding > _MAX_PADDING:
        raise ValueError("their descriptions are too long")
    # Holds the room in the index that `restore` needs, and is gone after it.
    movie.metadata["comment"] = " " * padding
    return streams


def passthrough_tracks_in(movie: Path, tracks: Sequence[PassthroughTrack]) -> tuple[PassthroughTrack, ...]:
    """What a finished movie really holds of these tracks, packets that an edit list hides among it.

    EngineError where it cannot be read.
    """
    said = descriptions(movie)
    held = {track.place: _PacketDigest() for track in tracks}
    found = []
    try:
        with av.open(os.path.abspath(movie), options={"ignore_editlist": "1"}) as file:
            for packet in file.demux([file.streams[place] for place in held]):
                held[packet.stream.index].take(packet)
        with av.open(os.path.abspath(movie)) as file:
            for track in tracks:
                stream: Any = file.streams[track.place]
                unit, context = Fraction(stream.time_base), stream.codec_context
                kind = context.codec.canonical_name if context else said[track.place].kind
                seen = {
                    "name": stream.metadata.get("handler_name", ""),
                    "codec": kind,
                    **held[track.place].as_fields(),
                    "start": (stream.start_time or 0) * unit,
                    "duration": (stream.duration or 0) * unit,
                }
                found.append(track.model_copy(update=seen))
    except (av.error.FFmpegError, LookupError) as error:
        raise EngineError(f"{movie.name} does not hold its original sound: {error}.", "Deliver it again.") from error
    return tuple(found)


def _called(path: Path, sound: Sound) -> str:
    return f"Sound track {sound.index} of {path.name} ({sound.codec})"


def _kind(sound: Sound, description: Description | None) -> str:
    """What a person would call it."""
    if not sound.decodable:
        return f"{sound.channels}-channel {sound.codec.upper()}" if sound.channels else sound.codec.upper()
    if sound.layout.startswith("ambisonic") or (description and description.ambisonic):
        return f"{sound.channels}-channel ambisonic"
    plain = {1: "mono", 2: "stereo"}.get(sound.channels)
    named = "channel" not in sound.layout and sound.layout != "unknown"
    return plain or (sound.layout if named else f"{sound.channels}-channel")


def _open(path: Path) -> Any:
    try:
        return av.open(os.path.abspath(path), options={"protocol_whitelist": "file"}, metadata_errors="replace")
    except (av.error.FFmpegError, OSError) as error:
        raise RequestError(
            f"{path.name} is not a file whose sound can be read ({error.strerror or error}).",
            "Check that it plays where it came from, then copy it again.",
        ) from error
