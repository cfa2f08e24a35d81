"""Queues the verification of sealed folders that are due, and shows the state of all of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from engine.catalog import Job, SealedFolder, due_at
from engine.studio.studio import Studio


@dataclass(frozen=True, slots=True)
class ScheduledFolder:
    """A sealed folder, the time of its next verification (None: never), and whether its disk is connected."""

    sealed: SealedFolder
    due_at: datetime | None
    connected: bool


def queue_due_verifications(studio: Studio) -> list[Job]:
    """Queues each verification that is due, once, and returns the jobs. Raises EngineError."""
    if not any((studio.folder / one.folder).is_dir() for one in studio.catalog.verifications.due(datetime.now(UTC))):
        return []
    from engine.tasks import due_verifications

    return studio.jobs.submit(due_verifications(studio.tasks.context))


def schedule_verifications(studio: Studio, every_days: int, by: str) -> None:
    """Sets after how many days sealed folders are verified again. 0: never, and ends verifications that are queued."""
    studio.catalog.verifications.set_every_days(every_days)
    if every_days == 0:
        from engine.tasks import open_verifications

        for job in open_verifications(studio.catalog):
            studio.jobs.cancel(job, by)


def scheduled_folders(studio: Studio) -> list[ScheduledFolder]:
    """The sealed folders of all projects, the earliest seal first."""
    every = studio.catalog.verifications.every_days()
    return [
        ScheduledFolder(one, due_at(one.proven_at, every), (studio.folder / one.folder).is_dir())
        for one in studio.catalog.verifications.folders()
    ]
