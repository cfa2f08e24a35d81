"""What the list of arrivals has besides takes, ingests and seals: offloads, watched folders, phones; by key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.catalog import Job, JobState, PhoneDevice, PhoneListener

if TYPE_CHECKING:
    from datetime import datetime

    from engine.studio import Arrivals, FolderWatch, PhoneUpload
    from engine.transfer import DroppedFile, OffloadedFile, OffloadStatus

_BUSY = (JobState.RUNNING, JobState.QUEUED, JobState.BLOCKED)
# States of recordings that the row of their folder counts.
_SETTLED = ("ingested", "ignored")
# More files of a card, or uploads that are in the project, are only counted.
_MOST_FILES, _MOST_SEALED = 50, 10


@dataclass(frozen=True, slots=True)
class OffloadItem:
    """A card: the verdict, and its newest job if that is known."""

    status: OffloadStatus
    job: Job | None

    @property
    def running(self) -> bool:
        """Whether the card is offloaded now, or is about to be."""
        return self.job is not None and self.job.state in _BUSY


@dataclass(frozen=True, slots=True)
class OffloadedItem:
    """A file of a card that is not proven on every destination."""

    file: OffloadedFile


@dataclass(frozen=True, slots=True)
class WatchItem:
    """A watched folder."""

    watch: FolderWatch


@dataclass(frozen=True, slots=True)
class DroppedItem:
    """A recording in a watched folder."""

    file: DroppedFile
    watch: FolderWatch


@dataclass(frozen=True, slots=True)
class ListenerItem:
    """Where the studio listens for phones; `project` is its name, `devices` the number of devices that may send."""

    listener: PhoneListener
    project: str
    devices: int


@dataclass(frozen=True, slots=True)
class UploadItem:
    """A file of a phone; `rate` is in bytes per second, None while it is unknown."""

    upload: PhoneUpload
    rate: float | None


@dataclass(frozen=True, slots=True)
class DeviceItem:
    """A device that may send."""

    device: PhoneDevice


ArrivalItem = OffloadItem | OffloadedItem | WatchItem | DroppedItem | ListenerItem | UploadItem | DeviceItem


@dataclass(frozen=True, slots=True)
class ArrivalItems:
    """The items by key, in the order of the list. `offload_jobs` are the ids of the jobs that rows of cards show."""

    arriving: Mapping[str, ArrivalItem] = field(default_factory=dict)
    watched: Mapping[str, ArrivalItem] = field(default_factory=dict)
    phones: Mapping[str, ArrivalItem] = field(default_factory=dict)
    arrived: Mapping[str, ArrivalItem] = field(default_factory=dict)
    offload_jobs: frozenset[str] = frozenset()

    def find(self, key: str) -> ArrivalItem | None:
        """Return the item with this key, if there is one."""
        groups = (self.arriving, self.watched, self.phones, self.arrived)
        return next((group[key] for group in groups if key in group), None)

    @property
    def unsafe(self) -> bool:
        """Whether an offload has ended and not every chosen byte of its card is proven."""
        return any(isinstance(one, OffloadItem) and not one.status.proven for one in self.arrived.values())


def arrival_items(
    arrivals: Arrivals,
    rates: Mapping[str, float],
    offloads: Iterable[Job],
    project_names: Mapping[str, str],
    now: datetime,
) -> ArrivalItems:
    """Return the items of a project's arrivals. `offloads` are its jobs of this kind, the newest first."""
    cards = _offload_items(arrivals, list(offloads))
    arriving: dict[str, ArrivalItem] = {f"offload:{one.status.folder}": one for one in cards if one.running}
    arrived: dict[str, ArrivalItem] = {}
    for card in (one for one in cards if not one.running):
        arrived[f"offload:{card.status.folder}"] = card
        unproven = [file for file in card.status.files if file.state != "safe"]
        arrived |= {f"card:{card.status.folder}:{one.path}": OffloadedItem(one) for one in unproven[:_MOST_FILES]}
    watched: dict[str, ArrivalItem] = {}
    for watch in arrivals.watches:
        watched[f"watch:{watch.job.id}"] = WatchItem(watch)
        files = sorted((one for one in watch.files if one.state not in _SETTLED), key=_urgency)
        watched |= {f"drop:{watch.job.id}:{one.path}": DroppedItem(one, watch) for one in files}
    sending = [one for one in arrivals.uploads if one.state in ("receiving", "whole", "placed")]
    arriving |= {f"upload:{one.id}": UploadItem(one, rates.get(one.id)) for one in sending}
    devices = [one for one in arrivals.devices if one.state(now) == "paired"]
    phones: dict[str, ArrivalItem] = {}
    if listener := arrivals.listener:
        phones["listener:"] = ListenerItem(listener, project_names.get(listener.project_id, ""), len(devices))
    sealed = [one for one in arrivals.uploads if one.state == "sealed"][:_MOST_SEALED]
    ended = [one for one in arrivals.uploads if one in sealed or one.state in ("refused", "expired")]
    phones |= {f"upload:{one.id}": UploadItem(one, None) for one in ended}
    phones |= {f"device:{one.id}": DeviceItem(one) for one in devices}
    shown = frozenset(one.job.id for one in cards if one.job)
    return ArrivalItems(arriving, watched, phones, arrived, shown)


def _offload_items(arrivals: Arrivals, jobs: list[Job]) -> list[OffloadItem]:
    """Each card with its newest job. Several cards may have had the same path; a job is of the newest one then."""
    items, known = [], set[str]()
    for status in arrivals.offloads:
        folder_jobs = (job for job in jobs if (job.result or {}).get("folder") == status.folder)
        newest = next((job for job in jobs if job.parameters.get("source") == status.source), None)
        job = newest if status.source not in known else next(folder_jobs, None)
        known.add(status.source)
        items.append(OffloadItem(status, job))
    return items


def _urgency(file: DroppedFile) -> tuple[int, str]:
    order = ("quarantined", "ingesting", "ready", "arriving")
    return order.index(file.state), str(file.path)
