"""The arrivals that Ingest shows, besides its jobs: requested for each change, and the result of the last reading."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from textual.message import Message

from cwtui.console.screens.ingest.arrival_items import ArrivalItems, arrival_items
from cwtui.console.snapshot import Snapshot
from cwtui.console.workers.arrival_watcher import ArrivalsLoaded, ArrivalWatcher
from engine.catalog import PhoneDevice, PhoneListener

_KINDS = ("ingest", "offload", "usb", "watch", "phone")
_CARDS = ("offload", "usb")


class ArrivalFeed:
    """Starts the watcher with the first project. `loaded` is the last reading."""

    def __init__(self) -> None:
        self.loaded: ArrivalsLoaded | None = None
        self._watcher: ArrivalWatcher | None = None
        self._requested: object = None

    @property
    def idle(self) -> bool:
        """Whether what was requested has been read."""
        return self._watcher is None or self._watcher.idle()

    @property
    def listener(self) -> PhoneListener | None:
        """Where the studio listens for phones, if it does."""
        return self.loaded.arrivals.listener if self.loaded and self.loaded.arrivals else None

    def paired_devices(self, now: datetime) -> tuple[PhoneDevice, ...]:
        """The devices that may send footage into the project."""
        devices = self.loaded.arrivals.devices if self.loaded and self.loaded.arrivals else ()
        return tuple(one for one in devices if one.state(now) == "paired")

    def request(self, snapshot: Snapshot, post: Callable[[Message], object]) -> None:
        """Read the arrivals again if a job of theirs changed; every second while a card, folder or phone is busy."""
        project = snapshot.project
        if project is None:
            return
        jobs = [job for job in snapshot.jobs if job.project_id == project.id and job.kind in _KINDS]
        live = any(job.state.open and job.kind != "ingest" for job in jobs)
        wanted = (project.id, live, tuple((job.id, job.state) for job in jobs))
        if wanted == self._requested:
            return
        if self._watcher is None:
            self._watcher = ArrivalWatcher(snapshot.studio, post)
            self._watcher.start()
        self._requested = wanted
        self._watcher.request(project, live)

    def read_again(self) -> None:
        """Read the arrivals again, after a change that is no job's."""
        if self._watcher and self.loaded:
            self._watcher.request(self.loaded.project, self.listener is not None)

    def pause(self) -> None:
        """Reads nothing until the next request."""
        self._requested = None
        if self._watcher:
            self._watcher.pause()

    def stop(self) -> None:
        """Ends the watcher."""
        if self._watcher:
            self._watcher.stop()

    def items(self, snapshot: Snapshot, now: datetime) -> ArrivalItems:
        """The rows of the snapshot's project; none before they have been read."""
        loaded = self.loaded
        if loaded is None or loaded.arrivals is None or loaded.project != snapshot.project:
            return ArrivalItems()
        jobs = [job for job in snapshot.jobs if job.kind in _CARDS and job.project_id == loaded.project.id]
        jobs.sort(key=lambda job: job.created_at, reverse=True)
        names = {project.id: project.name for project in snapshot.projects}
        return arrival_items(loaded.arrivals, loaded.rates, jobs, names, now)
