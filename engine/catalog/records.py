"""The catalog's nouns as they cross its border: Project, Delivery, Take, Job."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from engine.catalog.media import FrozenModel, Probe
from engine.color_encoding import Encoding

# In bytes: file names made from a take's name have up to 40 more.
_LONGEST_NAME = 200


class Project(FrozenModel):
    """A piece of work with its own folder below the studio."""

    id: str
    name: str
    folder: str
    created_at: datetime


class IngestBatch(FrozenModel):
    """One arrival of footage: a folder below `originals/`, sealed once everything is in."""

    id: int
    project_id: str
    folder: str
    created_at: datetime
    sealed_at: datetime | None = None


class Take(FrozenModel):
    """One continuous recording.

    `path` is relative to the studio, or absolute where the footage stays `in_place`; a frame
    sequence is its folder. `digest` is XXH128 over the content, `input_transform` what the
    director or an unmistakable tag settled on, None while a log take waits for the director.
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
        """How people and file names call it: number and camera name, as much of it as leaves room for suffixes."""
        return f"{self.number:03d}-{self.name.encode()[:_LONGEST_NAME].decode(errors='ignore')}"

    @property
    def needs_director(self) -> bool:
        """True while the picture cannot be read without an answer."""
        picture = self.probe.picture
        return picture is not None and picture.unsupported is None and self.input_transform is None


class JobState(StrEnum):
    """Where a job stands; `blocked` waits for the director."""

    QUEUED = "queued"
    BLOCKED = "blocked"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def open(self) -> bool:
        """Whether the studio will bring it further by itself."""
        return self in (JobState.QUEUED, JobState.RUNNING)


class Job(FrozenModel):
    """A piece of work, addressed by what it does and to what.

    `needs` are the jobs it waits for, `mutex` is the key of jobs that never run at once. `cpu`
    (cores), `memory` (bytes, also its cap), `gpu` and `network` are what it takes while it runs;
    `cpu_limit` is the processor time, in seconds, after which it is ended.
    `cancel_requested`: the director wants it ended. `retries` counts failed attempts in a row. `expected_at` is
    when the attempt under way should be done; `cpu_seconds` and `peak_memory` (bytes) what the last attempt took.
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
    cancel_requested: bool = False
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


class JobEvent(FrozenModel):
    """One change of a job's state, and why."""

    state: JobState
    at: datetime
    note: str = ""


class ChangeCounters(FrozenModel):
    """How often what a console shows has changed.

    Takes (and projects), reviews with their markers, jobs' states, takes' conditions.
    """

    takes: int
    reviews: int
    jobs: int
    conditions: int
