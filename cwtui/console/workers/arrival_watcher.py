"""Reads how footage arrives in a project, on a thread with its own catalog connection, while Ingest is shown."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING

from textual.message import Message

from cwtui.console.workers.error_report import to_engine_error
from engine.catalog import Project
from engine.errors import EngineError

if TYPE_CHECKING:
    from engine.studio import Arrivals, ArrivalsReader, Studio

_INTERVAL_S = 1.0
# A card and its copies may have thousands of files.
_RECHECK_S = 30.0
# A rate is averaged over this time, because phones send in slices.
_RATE_S = 5.0
# Without any of these, a project has arrivals only by ingest, and the engine need not be loaded.
_TRACES = ("offloads", "work/watch", "work/phone")


class ArrivalsLoaded(Message):
    """The arrivals of a project, and the rates of uploads in bytes per second; or the error of reading them."""

    def __init__(
        self, project: Project, arrivals: Arrivals | None, rates: Mapping[str, float], error: EngineError | None = None
    ) -> None:
        super().__init__()
        self.project = project
        self.arrivals = arrivals
        self.rates = rates
        self.error = error

    def can_replace(self, message: Message) -> bool:
        """Textual drops pending messages of this type when a newer one is posted."""
        return isinstance(message, ArrivalsLoaded)


class ArrivalWatcher(Thread):
    """Reads the arrivals of the requested project when `request` says that they changed, and every second while `live`.

    `post` accepts messages from this thread. A message is posted only for a change.
    """

    def __init__(self, folder: Path, post: Callable[[Message], object]) -> None:
        super().__init__(name="arrivals", daemon=True)
        self._folder, self._post = folder, post
        self._lock, self._wake, self._idle = Lock(), Event(), Event()
        self._idle.set()
        self._project: Project | None = None
        self._live = self._stopped = False
        self._studio: Studio | None = None
        self._reader: ArrivalsReader | None = None
        self._rechecked_at = 0.0
        self._progress: dict[str, list[tuple[float, int]]] = {}

    def request(self, project: Project, live: bool) -> None:
        """Read the arrivals of a project now. While `live`, they change without a change of the jobs."""
        with self._lock:
            self._project, self._live = project, live
            self._idle.clear()
            self._wake.set()

    def pause(self) -> None:
        """Read nothing until the next request."""
        with self._lock:
            self._live = False

    def stop(self) -> None:
        """End the thread."""
        self._stopped = True
        self._wake.set()

    def idle(self) -> bool:
        """Whether what was requested has been read and posted."""
        return self._idle.is_set()

    def run(self) -> None:
        shown: object = None
        try:
            while not self._stopped:
                with self._lock:
                    self._wake.clear()
                    project = self._project
                if project is not None:
                    message = self._read(project)
                    now = (message.project, message.arrivals, message.rates, message.error and message.error.message)
                    if now != shown:
                        shown = now
                        self._post(message)
                with self._lock:
                    if not self._wake.is_set():
                        self._idle.set()
                self._wake.wait(_INTERVAL_S if self._live else None)
        finally:
            if self._studio:
                self._studio.close()

    def _read(self, project: Project) -> ArrivalsLoaded:
        try:
            reader = self._open(project)
            if reader is None:
                return ArrivalsLoaded(project, None, {})
            now = time.monotonic()
            recheck = now - self._rechecked_at > _RECHECK_S
            arrivals = reader.read(recheck)
            self._rechecked_at = now if recheck else self._rechecked_at
            return ArrivalsLoaded(project, arrivals, self._rates(arrivals, now))
        except Exception as error:
            return ArrivalsLoaded(project, None, {}, to_engine_error(error))

    def _open(self, project: Project) -> ArrivalsReader | None:
        if self._reader is None or self._reader.project != project:
            if not any((self._folder / project.folder / trace).exists() for trace in _TRACES) and not self._live:
                return None
            from engine.studio import ArrivalsReader, Studio

            if self._studio is None:
                self._studio = Studio(self._folder)
            self._reader, self._rechecked_at = ArrivalsReader(self._studio, project), 0.0
        return self._reader

    def _rates(self, arrivals: Arrivals, now: float) -> dict[str, float]:
        """The rates of unfinished uploads, in bytes per second."""
        before, self._progress, rates = self._progress, {}, {}
        for one in (upload for upload in arrivals.uploads if upload.state == "receiving"):
            seen = [*before.get(one.id, ()), (now, one.received)]
            # The oldest sample is the last one that is older than the time of the average.
            while len(seen) > 2 and now - seen[1][0] > _RATE_S:
                del seen[0]
            self._progress[one.id] = seen
            received, span = seen[0][1], now - seen[0][0]
            if span > 0 and one.received > received:
                rates[one.id] = (one.received - received) / span
        return rates
