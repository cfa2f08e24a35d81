"""Opening media files, and reading one track's packets past unreadable places."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import av.error
import xxhash
from av.container import InputContainer
from av.stream import Discard

from engine.errors import EngineError
from engine.isobmff.repaired_file import open_repaired

# The number of consecutive read errors after which reading a file without an index stops.
_MOST_FAILURES = 1000


def open_file(path: Path, options: dict[str, str]) -> InputContainer:
    """Open a local file with PyAV, without network protocols. Raises PyAV's errors.

    If a QuickTime file's chunk tables contradict each other, it is opened with repaired tables.
    """
    # The path is absolute because FFmpeg interprets text before a colon as a protocol.
    name, options = os.path.abspath(path), {"protocol_whitelist": "file", **options}
    try:
        return av.open(name, options=options, metadata_errors="replace")
    except av.error.InvalidDataError:
        repaired = open_repaired(Path(name))
        if repaired is None:
            raise
        return av.open(repaired, "r", options=options, metadata_errors="replace")


def read_packets(container: Any, stream: Any) -> Iterator[Any]:
    """Yield each packet of `stream` from the container's position on, in file order, then the empty flush packet.

    Other tracks are discarded: a sample of theirs past the end of the file would end this track, too. Samples
    that cannot be read are skipped. Raises PyAV's errors if reading fails for good before the end.
    """
    for other in container.streams:
        other.discard = Discard.default if other.index == stream.index else Discard.all
    last_place: int | None = None
    holes = failures = 0
    place = -1
    while True:
        flush = None
        try:
            for packet in container.demux(stream):
                if packet.size:
                    failures = 0
                    place = max(place, packet.pos or 0)
                    yield packet
                else:
                    flush = packet
        except (av.error.FFmpegError, OSError):
            failures += 1
            if failures > _MOST_FAILURES + holes:
                raise
            continue
        # FFmpeg's QuickTime demuxer ends a track at the first sample past the end of the file. Reading again continues
        # after that sample.
        if last_place is None:
            last_place, holes = _index(container, stream)
        failures += 1
        if place >= last_place or failures > holes:
            if flush is not None:
                yield flush
            return


def ffmpeg_versions() -> dict[str, str]:
    """Return the versions of PyAV and of FFmpeg, with those of its libraries for codecs and containers."""
    libraries = ("libavcodec", "libavformat")
    found = ", ".join(f"{name} {'.'.join(map(str, av.library_versions[name]))}" for name in libraries)
    return {"PyAV": av.__version__, "FFmpeg": f"{av.ffmpeg_version_info} ({found})"}


def packets_digest(path: Path) -> str:
    """Return the XXH3-128 of all packets of a file: their streams, times, sizes and content, in file order.

    Raises EngineError if the file cannot be read.
    """
    digest = xxhash.xxh3_128()
    try:
        with open_file(path, {}) as container:
            for packet in container.demux():
                # The flush packets at the end have no content.
                if packet.size:
                    times = (packet.stream_index, packet.pts, packet.dts, packet.duration, packet.is_keyframe)
                    digest.update(repr(times).encode())
                    digest.update(bytes(packet))
    except (av.error.FFmpegError, OSError) as error:
        raise EngineError(f"The packets of {path.name} cannot be read: {error}.", "Deliver it again.") from error
    return digest.hexdigest()


def _index(container: Any, stream: Any) -> tuple[int, int]:
    """Return (last sample's offset, number of samples past the end of the file) by a QuickTime index, or (−1, 0)."""
    if not container.format.name.startswith("mov"):
        return -1, 0
    last, holes, size = -1, 0, container.size
    for entry in stream.index_entries:
        if entry.pos >= 0 and entry.pos + entry.size <= size:
            last = max(last, entry.pos)
        else:
            holes += 1
    return last, holes
