"""Finds damaged sound in a take: parts that do not decode, were overwritten with zeros, or are missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np

from engine.catalog import Damage, Sound
from engine.decoder_log import decoder_log, is_serious
from engine.demux import read_packets
from engine.errors import Cancelled, EngineError
from engine.sound.track import declared_end, open_sound
from engine.time import time_zero

# Damage closer together than this is one finding; a smaller difference at a track's end is container rounding.
_APART = Fraction(1, 2)
_ROUNDING = Fraction(1, 8)
# Time stamps in Matroska and other containers jitter; a gap is larger.
_HOLE = Fraction(1, 10)
# Zeros that replace data start and end on disk blocks. A pause in a recording starts and ends on samples.
_BLOCK = 512
# This many bytes next to the zeros may be zero by chance.
_CHANCE = 4
_SILENCE_S = Fraction(1, 20)

Progress = Callable[[Fraction], None]
"""Called with the seconds of the take decoded so far."""


def check_sound(
    path: Path,
    tracks: Sequence[Sound],
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> tuple[Damage, ...]:
    """The damaged ranges of a file's sound tracks, in seconds on the take's clock.

    Tracks whose codec FFmpeg does not decode are skipped. A packet is damaged if its decoder raises or logs an error,
    or if all its bytes are zero in a codec that never writes that. Raises Cancelled, and EngineError if the file
    cannot be read.
    """
    try:
        return tuple(damage for track in tracks for damage in _check(path, track, progress, cancelled))
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise EngineError(f"{path.name} cannot be read: {error}.", "Copy it from the camera again.") from error


def _check(
    path: Path, sound: Sound, progress: Progress | None, cancelled: Callable[[], bool] | None
) -> Iterator[Damage]:
    with decoder_log() as log, open_sound(path) as container:
        stream = container.streams[sound.index]
        if stream.codec_context is None:
            return
        track = _Track.of(path, sound, container)
        stream.codec_context.thread_count = 1
        stream.codec_context.options = {"err_detect": "crccheck"}
        for packet in read_packets(container, stream):
            if cancelled and cancelled():
                raise Cancelled("The sound check was cancelled.")
            log.clear()
            try:
                frames, broken = packet.decode(), packet.is_corrupt
            except av.error.PatchWelcomeError:
                # FFmpeg does not support this variant of the codec; that is not damage.
                return
            except av.error.FFmpegError:
                frames, broken = [], True
            track.take(packet, frames, broken or any(is_serious(line) for line in log))
            if progress:
                progress(track.end)
    yield from track.damage()


@dataclass(slots=True)
class _Zeros:
    """A run of zero bytes in uncompressed sound: its byte range in the file and its time range in seconds.

    `ends_packet`: the run reaches the last byte of its packet. `beyond`: the bytes of other tracks between its packets
    are zero too.
    """

    first_byte: int
    end_byte: int
    start: Fraction
    end: Fraction
    ends_packet: bool
    beyond: bool = False


@dataclass(slots=True)
class _Track:
    """The findings for one track; times in seconds. `promised` is the end that the container declares."""

    path: Path
    sound: Sound
    origin: Fraction
    promised: Fraction
    may_have_holes: bool
    end: Fraction = Fraction(0)
    broken: list[tuple[Fraction, Fraction]] = field(default_factory=list)
    holes: list[tuple[Fraction, Fraction]] = field(default_factory=list)
    zeros: list[_Zeros] = field(default_factory=list)
    started: bool = False

    @classmethod
    def of(cls, path: Path, sound: Sound, container: Any) -> _Track:
        """The state before the first packet. In MOV and MP4, edit lists leave gaps that are not damage."""
        edited = container.format.name.startswith("mov")
        return cls(path, sound, time_zero(container), _promised(container, sound.index), edited)

    def take(self, packet: Any, frames: Sequence[Any], broken: bool) -> None:
        """Adds one packet and its decoded frames."""
        if not packet.size or packet.pts is None:
            if broken:
                self.broken.append((self.end, self.end))
            return
        start = packet.pts * Fraction(packet.time_base) - self.origin
        length = (packet.duration or 0) * Fraction(packet.time_base)
        if not length and frames:
            length = Fraction(sum(frame.samples for frame in frames), self.sound.sample_rate or 48_000)
        if self.started and start - self.end > _HOLE and not self.may_have_holes:
            self.holes.append((self.end, start))
        self.started = True
        self.end = max(self.end, start + length)
        data = bytes(packet)
        if self._is_pcm:
            self._find_zeros(data, packet.pos, start, length)
        elif not data.strip(b"\0"):
            broken = True
        if broken:
            self.broken.append((start, start + length))

    def damage(self) -> Iterator[Damage]:
        """The track's damaged ranges."""
        for start, end in _merged(self.broken):
            yield self._record("undecodable", start, end, "of the sound does not decode")
        for zeros in self.zeros:
            if self._is_damage(zeros):
                yield self._record("silent", zeros.start, zeros.end, "of the sound is zeros instead of data")
        for start, end in self.holes:
            yield self._record("missing", start, end, "of the sound is missing")
        if self.promised - self.end > _ROUNDING:
            yield self._record("missing", self.end, self.promised, "of the sound is missing at its end")

    def _record(self, kind: Any, start: Fraction, end: Fraction, what: str) -> Damage:
        start = max(start, Fraction(0))
        end = max(end, start)
        return Damage(
            kind=kind,
            media="sound",
            track=self.sound.index,
            start=start,
            end=end,
            count=round((end - start) * self.sound.sample_rate),
            detail=f"{float(end - start):.2f} s {what}",
        )

    @property
    def _is_pcm(self) -> bool:
        return self.sound.codec.startswith("pcm_")

    def _find_zeros(self, data: bytes, position: int | None, start: Fraction, length: Fraction) -> None:
        """Records runs of zero bytes; joins a run that continues from the previous packet."""
        if position is None or not data:
            return
        before = self.zeros[-1] if self.zeros else None
        for first, end in _zero_runs(data):
            begins, ends = (start + length * Fraction(at, len(data)) for at in (first, end))
            if before and not first and before.ends_packet and start - before.end < _ROUNDING:
                before.beyond = before.beyond or self._is_zero(before.end_byte, position)
                before.end_byte, before.end, before.ends_packet = position + end, ends, end == len(data)
            elif end - first >= _BLOCK or end == len(data):
                self.zeros.append(_Zeros(position + first, position + end, begins, ends, end == len(data)))

    def _is_zero(self, first_byte: int, end_byte: int) -> bool:
        """Whether the byte range has at least one disk block and contains only zeros."""
        if end_byte - first_byte < _BLOCK:
            return False
        with self.path.open("rb") as file:
            file.seek(first_byte)
            # Reading 1 MiB suffices: the track's next packet lies within a second of picture.
            return not file.read(min(end_byte - first_byte, 1 << 20)).strip(b"\0")

    def _is_damage(self, zeros: _Zeros) -> bool:
        """Whether the zeros replace data: they extend over other tracks' data, or cover whole disk blocks.

        A muted or silent part starts and ends on any sample. By chance, one in (512 / 4)² starts and ends on blocks.
        """
        if zeros.end - zeros.start < _SILENCE_S:
            return False
        if zeros.beyond:
            return True
        at_end = self.promised and abs(self.promised - zeros.end) < _ROUNDING
        first = -zeros.first_byte % _BLOCK < _CHANCE
        last = zeros.end_byte % _BLOCK < _CHANCE
        return bool(first and (last or at_end) and zeros.start > 0)


def _promised(container: Any, index: int) -> Fraction:
    """The declared end of a track in seconds; 0 if the file does not declare one."""
    stream = container.streams[index]
    if len(container.streams) > 1 and not stream.duration:
        return Fraction(0)
    return declared_end(container, stream) or Fraction(0)


def _zero_runs(data: bytes) -> Iterator[tuple[int, int]]:
    """(start, end) of each run of at least 16 zero bytes, and of shorter runs at either end of the data."""
    if b"\0" * 16 not in data and data[0] and data[-1]:
        return
    edges = np.flatnonzero(np.diff(np.frombuffer(data, np.uint8) == 0, prepend=False, append=False))
    for first, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if end - first >= 16 or not first or end == len(data):
            yield first, end


def _merged(parts: Sequence[tuple[Fraction, Fraction]]) -> Iterator[tuple[Fraction, Fraction]]:
    """The parts in order; parts at most `_APART` apart are merged."""
    ordered = sorted(parts)
    if not ordered:
        return
    first, end = ordered[0]
    for (_, _), (start, stop) in pairwise(ordered):
        if start - end > _APART:
            yield first, end
            first = start
        end = max(end, stop)
    yield first, end
