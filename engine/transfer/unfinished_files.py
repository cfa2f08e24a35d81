"""Detects files that are still being written: running recordings, unfinished copies."""

from __future__ import annotations

import fcntl
import signal
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.errors import EngineError

Stamp = tuple[tuple[int, int], ...]
"""The size and modification time (ns) of each file of a recording."""

# fcntl's F_SETSIG, which Python's fcntl module lacks.
_F_SETSIG = 10
# A file that is open for writing and changed in the last minute is being recorded. If the system cannot tell which
# files are open, one that changed in the last seconds is checked twice. In seconds.
_RECENTLY, _LATELY, _PAUSE = 60.0, 10.0, 1.5


def stat_stamps(files: Iterable[Path]) -> Stamp:
    """Return the current stamp of files. Raises EngineError if one is missing."""
    try:
        return tuple((about.st_size, about.st_mtime_ns) for about in (path.stat() for path in files))
    except OSError as error:
        raise EngineError(f"{error.filename} cannot be read: {error.strerror}.", "Check the disk it is on.") from error


def still_written(name: str) -> EngineError:
    """Return the error for a recording that changes while it is read."""
    return EngineError(
        f"{name} is still being written: it changed while it was read, or another program has it open.",
        "Ingest it again when the recording or copy has finished. The file was not changed.",
    )


def open_for_writing(path: Path) -> bool | None:
    """Return whether any process has the file open for writing, or None if the system cannot tell.

    Linux grants a read lease only on a file that no process has open for writing (fcntl(2), F_SETLEASE).
    """
    if sys.platform != "linux":
        return None
    try:
        with path.open("rb") as file:
            # A process that opens the file for writing causes a signal; the default one would end this process.
            fcntl.fcntl(file, _F_SETSIG, signal.SIGURG)
            fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)
            fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return True
    except OSError:
        # The file has another owner, or the file system has no leases.
        return None
    return False


@dataclass(frozen=True, slots=True)
class WatchedFiles:
    """A recording to be copied: its files, their stamp when it was probed, and whether its end is missing."""

    files: Sequence[Path]
    before: Stamp
    endless: bool

    def changed_within(self, seconds: float) -> bool:
        """Return whether a file changed within the last `seconds`."""
        return any(time.time() - modified / 1e9 < seconds for _, modified in self.before)

    def grew(self) -> bool:
        """Return whether a file changed since it was probed."""
        return stat_stamps(self.files) != self.before


def growing(recordings: Sequence[WatchedFiles]) -> set[int]:
    """Return the indices of the recordings that are being written. Waits 1.5 s for doubtful ones."""
    found, doubtful = set(), []
    for place, recording in enumerate(recordings):
        answers = {open_for_writing(path) for path in recording.files}
        # Some network file systems refuse every lease, so an old file is not taken for a recording.
        if recording.grew() or (True in answers and recording.changed_within(_RECENTLY)):
            found.add(place)
        elif None in answers and recording.changed_within(_LATELY):
            if recording.endless:
                found.add(place)
            else:
                doubtful.append(place)
    if doubtful:
        time.sleep(_PAUSE)
        found.update(place for place in doubtful if recordings[place].grew())
    return found
