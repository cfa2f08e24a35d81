"""Start and duration of a file's sound tracks."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import av
import av.error

from engine.demux import read_packets
from engine.time import time_zero

# Decoding of the last packets starts this long before the end, in seconds.
_TAIL = Fraction(1, 2)


def sound_timings(container: Any) -> dict[int, tuple[Fraction, Fraction]]:
    """Return (start, duration) of each sound track by stream index, in seconds on the take's clock.

    Sound before the take's time zero is not counted. Matroska and other streamable formats give tracks no duration:
    it is taken from the last packet. Reads the file's packets where necessary, which moves the container's position.
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
    """Return a track's end as a time stamp in seconds: its last packet's, less the samples that its decoder drops."""
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
    """Return the end of the last decoded samples, or `end` (the last packet's) if none decode."""
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
