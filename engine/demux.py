"""Media files opened in one way, and the packets of one track, past the places where its file breaks off."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import av.error
from av.container import InputContainer
from av.stream import Discard

from engine.isobmff.repaired_file import open_repaired

# So many places in a row may fail to read before a file that has no index is given up.
_MOST_FAILURES = 1000


def open_file(path: Path, options: dict[str, str]) -> InputContainer:
    """A file opened for reading from the disk alone. Raises what PyAV raises.

    One whose chunk tables contradict each other is opened without the contradiction.
    """
    # An absolute name: FFmpeg takes what comes before a colon for a protocol.
    name, options = os.path.abspath(path), {"protocol_whitelist": "file", **options}
    try:
        return av.open(name, options=options, metadata_errors="replace")
    except av.error.InvalidDataError:
        mended = open_repaired(Path(name))
        if mended is None:
            raise
        return av.open(mended, "r", options=options, metadata_errors="replace")


def read_packets(container: Any, stream: Any) -> Iterator[Any]:
    """Every packet of `stream` from where the container stands, in file order, then the empty one that flushes.

    The other tracks are left out: one whose samples lie past the end of the file would end this one as well. A
    sample that cannot be read is skipped, and the ones behind it are read. Raises what PyAV raises where nothing
    more can be read and the end is not reached.
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
        # QuickTime ends a track at the first sample past the end of the file, and goes on behind it when read again.
        if last_place is None:
            last_place, holes = _index(container, stream)
        failures += 1
        if place >= last_place or failures > holes:
            if flush is not None:
                yield flush
            return


def _index(container: Any, stream: Any) -> tuple[int, int]:
    """(where the last sample that is in the file begins, how many are not) by a QuickTime index; (−1, 0) without."""
    if not container.format.name.startswith("mov"):
        return -1, 0
    last, holes, size = -1, 0, container.size
    for entry in stream.index_entries:
        if entry.pos >= 0 and entry.pos + entry.size <= size:
            last = max(last, entry.pos)
        else:
            holes += 1
    return last, holes
