"""Whether a file is still being written: a recording that goes on, a copy that is not done."""

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

# fcntl's F_SETSIG, which Python does not name.
_F_SETSIG = 10
# A file that is open for writing is a recording while it changed in the last minute. Where the system cannot say who
# writes, one that changed in the last seconds is looked at twice.
_RECENTLY, _LATELY, _PAUSE = 60.0, 10.0, 1.5


def stat_stamps(files: Iterable[Path]) -> Stamp:
    """The files as they are now. EngineError where one is gone."""
    try:
        return tuple((about.st_size, about.st_mtime_ns) for about in (path.stat() for path in files))
    except OSError as error:
        raise EngineError(
            f"{error.filename} cannot be looked at: {error.strerror}.", "Check the disk it is on."
        ) from error


def still_written(name: str) -> EngineError:
    """The refusal of a recording that changes while it is read."""
    return EngineError(
        f"{name} is still being written: it changed while it was read, or another program has it open.",
        "Ingest it again when the recording or the copy is done; what is here has not been touched.",
    )


def open_for_writing(path: Path) -> bool | None:
    """Whether any process has the file open for writing; None where the system does not say.

    Linux grants a read lease only on a file that nobody may write (fcntl(2), F_SETLEASE).
    """
    if sys.platform != "linux":
        return None
    try:
        with path.open("rb") as file:
            # A process that opens the file for writing meanwhile causes a signal, which ends this process by default.
            fcntl.fcntl(file, _F_SETSIG, signal.SIGURG)
            fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)
            fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return True
    except OSError:
        # Another owner's file, or a file system without leases.
        return None
    return False


@dataclass(frozen=True, slots=True)
class WatchedFiles:
    """A recording before it is copied: its files, as they were when it was looked at, and whether it lacks its end."""

    files: Sequence[Path]
    before: Stamp
    endless: bool

    def changed_within(self, seconds: float) -> bool:
        """Whether one of its files changed in the last so many seconds."""
        return any(time.time() - modified / 1e9 < seconds for _, modified in self.before)

    def grew(self) -> bool:
        """Whether it is no longer what was looked at."""
        return stat_stamps(self.files) != self.before


def growing(recordings: Sequence[WatchedFiles]) -> set[int]:
    """The places of the recordings that are being written. Waits 1.5 s where only time can tell."""
    found, doubtful = set(), []
    for place, recording in enumerate(recordings):
        answers = {open_for_writing(path) for path in recording.files}
        # Some network file systems refuse every lease: an old file that is only open is no recording.
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
