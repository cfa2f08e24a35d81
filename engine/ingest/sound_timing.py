"""When each sound track of a file begins, and how long it is."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import av
import av.error

from engine.demux import read_packets
from engine.time import time_zero

# The last packets are decoded from so many seconds before the end.
_TAIL = Fraction(1, 2)


def sound_timings(container: Any) -> dict[int, tuple[Fraction, Fraction]]:
    """(start, duration) in seconds on the take's clock of each sound track, by its stream's place in the file.

    What lies before the take's time zero is not counted. Matroska, and others that are written as they are
    recorded, give their tracks no length: it is taken from the last packet. Reads the file's packets where that is
    needed, and leaves an open (PyAV) container anywhere.
    """
    origin = time_zero(container)
    tracks = [stream for stream in container.streams if stream.type == "audio"]
    timings = {}
    for track in tracks:
        stamp = _declared_end(track) if track.duration else _last_packet(container, track, origin)
        start = Fraction(track.start_time or 0) * Fraction(track.time_base or 1) if track.start_time else origin
        start = max(start - origin, Fraction(0))
        timings[track.index] = start, max(stamp - origin - start, Fraction(0))
    return timings


def _declared_end(track: Any) -> Fraction:
    return Fraction((track.start_time or 0) + track.duration) * Fraction(track.time_base)


def _last_packet(container: Any, track: Any, origin: Fraction) -> Fraction:
    """Where a track ends, as a time stamp in seconds: its last packet, less what its decoder leaves out of it."""
    end = origin
    try:
        container.seek(0)
        for packet in read_packets(container, track):
            if packet.pts is not None and packet.size:
                end = max(end, (packet.pts + (packet.duration or 0)) * Fraction(packet.time_base))
    except (av.error.FFmpegError, OSError):
        return end
    return _decoded_end(container, track, end)


def _decoded_end(container: Any, track: Any, end: Fraction) -> Fraction:
    """The end of the last samples that come out; `end`, that of the last packet, where none do."""
    if track.codec_context is None:
        return end
    last = None
    try:
        container.seek(int((end - _TAIL) / Fraction(track.time_base)), stream=track)
        for packet in read_packets(container, track):
            for frame in packet.decode():
                if frame.pts is not None and frame.samples:
                    last = frame.pts * frame.time_base + Fraction(frame.samples, frame.sample_rate)
    except (av.error.FFmpegError, OSError, ValueError):
        return end
    return last if last is not None and abs(last - end) < _TAIL else end
