"""Judges whether a studio process whose heartbeat is late has hung, or only waits for a busy processor or disk."""

from __future__ import annotations

import socket
import time
from pathlib import Path

from engine.errors import EngineError
from engine.jobs.presence import Presence, seconds_silent

# A process that does nothing has hung after this time.
_IDLE_S = 10.0
# A process that computes or waits for a disk is starved. After this time it has hung as well: in an endless loop.
_STARVED_S = 600.0


class LivenessCheck:
    """Watches the studio process of a folder while its heartbeat is late.

    A process is alive if it has used processor time since the last check, waits for a processor or waits for a disk.
    """

    def __init__(self, studio: Path) -> None:
        self._studio = studio
        self._late_since: float | None = None
        self._idle_since: float | None = None
        self._processor_s: float | None = None

    def check(self, present: Presence) -> None:
        """Raises EngineError if the process has hung. Right after sleep, the heartbeat is late for a moment."""
        now, late = time.monotonic(), seconds_silent(self._studio)
        if not late:
            self._late_since = self._idle_since = self._processor_s = None
            return
        import psutil

        if self._late_since is None:
            self._late_since = self._idle_since = now
        state, used = _activity(present)
        # macOS reports each process as running.
        waits = psutil.LINUX and state in (psutil.STATUS_RUNNING, psutil.STATUS_DISK_SLEEP)
        if waits or (used is not None and self._processor_s is not None and used > self._processor_s):
            self._idle_since = now
        self._processor_s = used
        idle = now - (self._idle_since if self._idle_since is not None else now)
        if idle > _IDLE_S and state == psutil.STATUS_STOPPED:
            raise EngineError(
                f"The studio process {present.pid} is suspended.",
                f"Run kill -CONT {present.pid} to continue it. No work is lost.",
            )
        if idle > _IDLE_S or now - self._late_since > _STARVED_S:
            raise EngineError(
                f"The studio process {present.pid} has not responded for {late:.0f} s.",
                f"Run kill -9 {present.pid}, then try again. No work is lost.",
            )


def _activity(present: Presence) -> tuple[str, float | None]:
    """The state of a process and the processor time in seconds that it has used; unknown on another machine."""
    if present.host != socket.gethostname():
        return "", None
    import psutil

    try:
        process = psutil.Process(present.pid)
        with process.oneshot():
            times = process.cpu_times()
            return str(process.status()), times.user + times.system
    except psutil.Error:
        return "", None
