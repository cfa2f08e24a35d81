"""How footage arrives in a project: offloads with their verdicts, watched folders, uploads of phones; retrying them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from engine.catalog import Job, JobState, PhoneDevice, PhoneListener, Project
from engine.phone import UploadRecord, UploadState
from engine.studio.phones import current_listener
from engine.studio.studio import Studio
from engine.studio.watches import FolderWatch, watches
from engine.tasks.phone import PHONE_FOLDER
from engine.tasks.usb import repeated_request
from engine.transfer import JOURNALS, offload_status, read_journal

if TYPE_CHECKING:
    from engine.transfer import OffloadStatus

ARRIVAL_KINDS = ("ingest", "offload", "usb", "watch")
"""The kinds of jobs that bring footage into a project, and can be retried."""

_OPEN = (JobState.QUEUED, JobState.RUNNING, JobState.BLOCKED)


@dataclass(frozen=True, slots=True)
class PhoneUpload:
    """A file that a phone sends or has sent.

    `device` is the name of the device. `received` and `length` are in bytes; the length is None while it is unknown.
    `state` is that of the record, `outcome` what the import reported.
    """

    id: str
    device: str
    name: str
    state: UploadState
    received: int
    length: int | None
    at: datetime
    outcome: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Arrivals:
    """How footage arrives in a project, besides its ingests. Uploads, offloads and devices are the newest first."""

    offloads: tuple[OffloadStatus, ...] = ()
    watches: tuple[FolderWatch, ...] = ()
    uploads: tuple[PhoneUpload, ...] = ()
    devices: tuple[PhoneDevice, ...] = ()
    listener: PhoneListener | None = None


class ArrivalsReader:
    """Reads the arrivals of a project repeatedly. Only files that changed since the last time are parsed again."""

    def __init__(self, studio: Studio, project: Project) -> None:
        self._studio, self.project = studio, project
        self._offloads: dict[Path, tuple[tuple[int, int], OffloadStatus]] = {}
        self._records: dict[Path, tuple[int, UploadRecord]] = {}

    def read(self, recheck: bool = True) -> Arrivals:
        """Return the arrivals. With `recheck`, cards and copies are compared again for the verdict of each offload.

        Raises EngineError.
        """
        studio, project = self._studio, self.project
        return Arrivals(
            offloads=tuple(self._read_offloads(recheck)),
            watches=tuple(one for one in watches(studio) if one.job.project_id == project.id),
            uploads=tuple(self._read_uploads()),
            devices=tuple(studio.catalog.phones.devices(project)),
            listener=current_listener(studio),
        )

    def _read_offloads(self, recheck: bool) -> list[OffloadStatus]:
        known, self._offloads = self._offloads, {}
        for path in (self._studio.folder / self.project.folder / JOURNALS).glob("*.jsonl"):
            about = path.stat()
            stamp = (about.st_mtime_ns, about.st_size)
            if not recheck and path in known and known[path][0] == stamp:
                self._offloads[path] = known[path]
            elif (record := read_journal(path)).started_at is not None:
                self._offloads[path] = stamp, offload_status(record, self._studio.folder)
        earliest = datetime.min.replace(tzinfo=UTC)
        found = [status for _, status in self._offloads.values()]
        return sorted(found, key=lambda status: status.started_at or earliest, reverse=True)

    def _read_uploads(self) -> list[PhoneUpload]:
        # A store would repair the folder, which belongs to the process that receives.
        folder = self._studio.folder / self.project.folder / "work" / PHONE_FOLDER / "uploads"
        names = {one.id: one.name for one in self._studio.catalog.phones.devices()}
        known, self._records, found = self._records, {}, []
        for path in folder.glob("*/record.json"):
            try:
                modified = path.stat().st_mtime_ns
                if path not in known or known[path][0] != modified:
                    known[path] = modified, UploadRecord.model_validate_json(path.read_bytes())
                record = known[path][1]
                received = (path.parent / "data").stat().st_size
            except (OSError, ValidationError):
                # The bytes of an upload that is in the project, or has expired, are deleted.
                if path not in known:
                    continue
                record = known[path][1]
                received = (record.length or 0) if record.state is not UploadState.EXPIRED else 0
            self._records[path] = known[path]
            if record.concat != "partial":
                found.append(
                    PhoneUpload(
                        record.id, names.get(record.device, record.device), record.name, record.state, received,
                        record.length, record.created_at, record.outcome or {},
                    )
                )  # fmt: skip
        return sorted(found, key=lambda one: (one.at, one.id), reverse=True)


def retry_arrivals(studio: Studio, project: Project) -> list[Job]:
    """Retry what failed: failed jobs, files that an ingest refused, cards of which not every copy is proven.

    Return the jobs. Files and cards that are not there now are left out.
    """
    queue = studio.catalog.queue
    jobs = {kind: [job for job in queue.jobs(kind=kind) if job.project_id == project.id] for kind in ARRIVAL_KINDS}
    retried = []
    for job in (job for of_kind in jobs.values() for job in of_kind if job.state is JobState.FAILED):
        studio.jobs.retry(job)
        retried.append(studio.jobs.lookup(job.id))
    tasks = studio.tasks
    if paths := [path for path in _refused_files(jobs["ingest"]) if path.exists()]:
        retried += studio.jobs.submit([tasks.ingest_request(project, paths, None, False, True)])
    working = {str(job.parameters["source"]) for job in jobs["offload"] if job.state in (*_OPEN, JobState.FAILED)}
    own = studio.folder / project.folder
    imports = {str(job.parameters["source"]): job for job in reversed(jobs["usb"])}
    for status in ArrivalsReader(studio, project).read().offloads:
        source = Path(status.source)
        if status.device and not status.proven and (done := imports.get(status.source)) and done.state is JobState.DONE:
            retried += studio.jobs.submit([repeated_request(tasks.context, done)])
        if status.safe or status.source in working or not status.connected:
            continue
        working.add(status.source)
        also = [folder for one in status.destinations if not (folder := Path(one.path).parent).is_relative_to(own)]
        retried += studio.jobs.submit([tasks.offload_request(project, source, also, None, True)])
    return retried


def _refused_files(jobs: Sequence[Job]) -> list[Path]:
    """Return the files that ended ingests refused and no later ingest has; `jobs` are ingests in any order."""
    later: set[str] = set()
    found: list[Path] = []
    for job in sorted(jobs, key=lambda one: one.created_at, reverse=True):
        failed = [one["path"] for one in (job.result or {}).get("failed", ())] if job.state is JobState.DONE else []
        found += [Path(path) for path in failed if path not in later]
        later |= {str(path) for path in job.parameters.get("paths", ())} | set(failed)
    return found
