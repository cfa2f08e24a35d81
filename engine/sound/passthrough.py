"""Copies original sound tracks into a movie unchanged: same packets and descriptions, in sync with the picture."""

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
from engine.isobmff.track_description import (
    Description,
    EditList,
    descriptions,
    edited_lengths,
    is_quicktime,
    restore,
)
from engine.sound.passthrough_track import PassthroughTrack
from engine.sound.track import unreadable_sound
from engine.time import time_zero

MovieFormat = Literal["mp4", "mov"]

PASSTHROUGH_TIMESCALE = 48_000
"""Time scale, in ticks per second, of the edit lists in a movie with passed-through tracks."""

# Pre-roll that decoders need before the first audible sample: Opus needs the most, 80 ms.
_LEAD = Fraction(1, 10)
# A gap longer than this would be audible; time stamps in milliseconds jitter by less.
_HOLE = Fraction(1, 200)
# Placeholder for a codec unknown to FFmpeg, until `restore` writes the original description.
_STAND_IN = "alac"
# The comment field that reserves space for descriptions cannot be longer than this.
_MAX_PADDING = 60_000

_LEAVE_OUT = "Remove carry from the recipe; the original file keeps its sound."


@dataclass(slots=True)
class _PacketDigest:
    """The count, size and XXH128 of a track's packets."""

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
    """A track's packets in the range; times are in the stream's time base `unit`."""

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
    """The original sound tracks of a file, for copying into one movie.

    `join` adds them to the container and yields their packets, `finish` completes the movie's index, and `carried`
    describes the tracks that the movie should contain.
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
        """The movie plays `length` seconds from `start`; packets are copied up to `end`, None for all.

        Reads every packet once. Raises RequestError if a track's timing cannot be preserved; for tracks that the
        container does not support, see `refuse_unsupported_tracks`.
        """
        self._path, self._movie = path, movie
        with _open(path) as source:
            zero = time_zero(source)
        # From here on, all times are the file's time stamps.
        self._whole_start = not start
        self._start, self._end, self._length = start + zero, None if end is None else end + zero, length
        self._tracks = {track.sound.index: track for track in self._look(sounds)}
        self.left_out: list[str] = []
        for index, track in list(self._tracks.items()):
            if not track.held.packets or not track.heard:
                self.left_out.append(f"sound track {index} has no sound in this range: left out")
                del self._tracks[index]
        for track in self._tracks.values():
            if track.holes and track.sound.codec.startswith("pcm_"):
                raise RequestError(
                    f"{_called(path, track.sound)} has gaps, which uncompressed sound in a movie cannot have.",
                    _LEAVE_OUT,
                )

    def __bool__(self) -> bool:
        """Whether there is any track to copy."""
        return bool(self._tracks)

    def join(self, movie: Any) -> Iterator[Any]:
        """Adds the tracks to an open container, after its existing streams; returns an iterator over their packets."""
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
        """Writes descriptions, languages and edit lists to the finished movie's index. Raises EngineError."""
        restore(movie, {track.place: (track.description, self._edit(track)) for track in self._tracks.values()})

    @property
    def carried(self) -> tuple[PassthroughTrack, ...]:
        """The tracks that the movie should contain, from the footage's packets."""
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
        """Reads every packet of the range once: count, length and digest."""
        with _open(self._path) as source:
            tracks = _prepared(self._path, source, sounds, self._movie)
            by_index = {track.sound.index: track for track in tracks}
            for packet in self._wanted(source, by_index):
                track = by_index[packet.stream.index]
                if track.first is None:
                    track.first = track.after = packet.pts
                if packet.pts < track.after - _HOLE / track.unit:
                    raise RequestError(
                        f"{_called(self._path, track.sound)} has time stamps that go backwards "
                        f"at {float(packet.pts * track.unit):.2f} s: its packets cannot be copied in order.",
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
        """The packets of the range, in file order."""
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
    """Raises RequestError if a container of this format does not support one of these tracks unchanged."""
    with _open(path) as source:
        for track in _prepared(path, source, sounds, movie):
            where = _called(path, track.sound)
            if track.description and track.description.entries > 1:
                raise RequestError(f"{where} changes its format in the middle, which a copy would lose.", _LEAVE_OUT)
            try:
                with av.open(BytesIO(), "w", format=movie) as trial:
                    _add(trial, source, [track])
                    trial.start_encoding()
            except (ValueError, av.error.FFmpegError) as error:
                kind = "an MP4" if movie == "mp4" else "a QuickTime movie"
                hint = 'Use QuickTime: container.format = "mov".' if movie == "mp4" else _LEAVE_OUT
                raise RequestError(f"{where} cannot be copied into {kind}.", hint) from error


def _prepared(path: Path, source: Any, sounds: Sequence[Sound], movie: MovieFormat) -> list[_Track]:
    said = descriptions(path)
    # A QuickTime sample entry has a different meaning in an MP4, and vice versa.
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
    """Adds a stream per track; returns streams by source index. Raises ValueError or FFmpegError if unsupported."""
    streams = {}
    padding = 64
    for track in tracks:
        template, said = source.streams[track.sound.index], track.description
        if template.codec_context is not None:
            stream = movie.add_stream_from_template(template)
        elif said and movie.format.name == "mov":
            stream = movie.add_mux_stream(_STAND_IN, rate=int(1 / track.unit))
        else:
            raise ValueError(f"no sample description for {track.sound.codec}")
        stream.time_base = track.unit
        stream.metadata["handler_name"] = track.name
        if language := template.metadata.get("language"):
            stream.metadata["language"] = language
        stream.disposition = 0
        streams[track.sound.index] = stream
        padding += 256 + (len(said.stsd) + len(said.extended) if said else 0)
    if padding > _MAX_PADDING:
        raise ValueError("the sample descriptions are too long")
    # Reserves the space in the index that `restore` needs and removes again.
    movie.metadata["comment"] = " " * padding
    return streams


def passthrough_tracks_in(movie: Path, tracks: Sequence[PassthroughTrack]) -> tuple[PassthroughTrack, ...]:
    """These tracks as read back from a finished movie, including packets that an edit list hides.

    Raises EngineError if they cannot be read.
    """
    said, lengths = descriptions(movie), edited_lengths(movie)
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
                    "duration": lengths.get(track.place, (stream.duration or 0) * unit),
                }
                found.append(track.model_copy(update=seen))
    except (av.error.FFmpegError, LookupError) as error:
        raise EngineError(f"{movie.name} lacks its original sound: {error}.", "Deliver it again.") from error
    return tuple(found)


def _called(path: Path, sound: Sound) -> str:
    return f"Sound track {sound.index} of {path.name} ({sound.codec})"


def _kind(sound: Sound, description: Description | None) -> str:
    """The track's format for display."""
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
        raise unreadable_sound(path, error) from error
