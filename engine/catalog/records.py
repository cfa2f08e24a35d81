"""The catalog's record types: Project, IngestBatch, Take, Job."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from engine.catalog.media import FrozenModel, Probe
from engine.color_encoding import Encoding

# In bytes: file names derived from a take's name add up to 40.
_LONGEST_NAME = 200


class Project(FrozenModel):
    """A project with its own folder below the studio."""

    id: str
    name: str
    folder: str
    created_at: datetime


class IngestBatch(FrozenModel):
    """The footage of one ingest: a folder below `originals/`, sealed when it is complete."""

    id: int
    project_id: str
    folder: str
    created_at: datetime
    sealed_at: datetime | None = None


class Take(FrozenModel):
    """One continuous recording.

    `path` is relative to the studio, or absolute if the footage stays `in_place`; for a frame sequence it is the
    folder. `digest` is the content's XXH128. `input_transform` comes from an unambiguous tag or the user, and is
    None until the user has answered.
    """

    id: str
    project_id: str
    batch_id: int | None
    number: int
    session: int
    name: str
    path: Path
    in_place: bool
    digest: str
    size: int
    captured_at: datetime
    input_transform: Encoding | None
    probe: Probe
    sidecars: tuple[Path, ...] = ()
    arrived_at: datetime

    @property
    def label(self) -> str:
        """Number and camera name, as in displays and file names; cut to leave space for suffixes."""
        return f"{self.number:03d}-{self.name.encode()[:_LONGEST_NAME].decode(errors='ignore')}"

    @property
    def needs_director(self) -> bool:
        """Whether the picture needs the user's answer before it can be used."""
        picture = self.probe.picture
        return picture is not None and picture.unsupported is None and self.input_transform is None


class JobState(StrEnum):
    """A job's state; `blocked` waits for the user's answer."""

    QUEUED = "queued"
    BLOCKED = "blocked"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def open(self) -> bool:
        """Whether the job is queued or running."""
        return self in (JobState.QUEUED, JobState.RUNNING)


class Job(FrozenModel):
    """A job, whose `id` is derived from its kind and input.

    `needs` are the jobs that it depends on; jobs with the same `mutex` never run at the same time. `cpu` (cores),
    `memory` (bytes, also its limit), `gpu` and `network` are the resources that it uses. `cpu_limit` is the most
    processor time, in seconds; 0 for a service, which runs until it is cancelled.
    `workload` is the media that it works on, in seconds, and `speed_class` names the jobs of its kind that take as long
    for each second of it. `cancel_requested`: the user wants to cancel it; `cancelled_by` says by which program and
    terminal. `retries` is the number of failed attempts in a row.
    `expected_at` is the estimated end of the current attempt; `cpu_seconds` and `peak_memory` (bytes) were used by
    the last attempt.
    """

    id: str
    project_id: str | None
    kind: str
    title: str
    parameters: dict[str, Any]
    state: JobState
    needs: tuple[str, ...] = ()
    priority: int = 0
    cpu: int = 1
    memory: int = 0
    cpu_limit: int | None = None
    gpu: bool = False
    network: bool = False
    mutex: str | None = None
    workload: float | None = None
    speed_class: str = ""
    cancel_requested: bool = False
    cancelled_by: str | None = None
    done: int = 0
    total: int = 0
    unit: str = ""
    message: str = ""
    result: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    attempts: int = 0
    retries: int = 0
    not_before: datetime | None = None
    expected_at: datetime | None = None
    cpu_seconds: float | None = None
    peak_memory: int | None = None
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def is_service(self) -> bool:
        """Whether the job runs until it is cancelled."""
        return self.cpu_limit == 0


class JobEvent(FrozenModel):
    """One change of a job's state, with a note on the reason."""

    state: JobState
    at: datetime
    note: str = ""


class ChangeCounters(FrozenModel):
    """The numbers of changes to the data that a console shows.

    Takes (and projects), reviews with markers, job states, takes' conditions.
    """

    takes: int
    reviews: int
    jobs: int
    conditions: int
