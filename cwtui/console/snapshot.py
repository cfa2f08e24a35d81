"""What the console shows of a studio, as of one moment: read on one thread, never changed, drawn on another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from engine.catalog import Condition, Job, JobState, Marker, Project, RetakeCue, Review, Take
from engine.jobs import Presence

UNDECIDED = Review(take_id="")
# Values that are computed once, and the fields that they are computed from.
_DERIVED = {
    "by_id": ("takes",),
    "index_of": ("takes",),
    "needs_confirmation": ("takes",),
    "kept": ("takes", "reviews"),
    "new_damage": ("takes", "reviews", "conditions"),
}


@dataclass(frozen=True)
class Snapshot:
    """A studio as it stood `at`. `jobs` are those under way and those that ended last; `disk_free` is bytes on its
    disk.

    `conditions` are those of takes that have been decoded, by the takes' ids.
    """

    studio: Path
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    projects: tuple[Project, ...] = ()
    project: Project | None = None
    takes: tuple[Take, ...] = ()
    reviews: Mapping[str, Review] = field(default_factory=dict)
    markers: Mapping[str, tuple[Marker, ...]] = field(default_factory=dict)
    conditions: Mapping[str, Condition] = field(default_factory=dict)
    cues: tuple[RetakeCue, ...] = ()
    jobs: tuple[Job, ...] = ()
    counts: Mapping[JobState, int] = field(default_factory=dict)
    studio_process: Presence | None = None
    disk_free: int = 0

    def replace(self, **changes: Any) -> Snapshot:
        """As it stands after changes. A computed value is kept while the fields that it comes from are the same."""
        updated = replace(self, **changes)
        for name, fields in _DERIVED.items():
            if name in self.__dict__ and all(getattr(updated, one) is getattr(self, one) for one in fields):
                updated.__dict__[name] = self.__dict__[name]
        return updated

    @cached_property
    def by_id(self) -> dict[str, Take]:
        """The takes by their ids."""
        return {take.id: take for take in self.takes}

    @cached_property
    def index_of(self) -> dict[str, int]:
        """Where each take is in the shooting order, by its id."""
        return {take.id: index for index, take in enumerate(self.takes)}

    @cached_property
    def needs_confirmation(self) -> tuple[Take, ...]:
        """The takes that wait for the director."""
        return tuple(take for take in self.takes if take.needs_director)

    @cached_property
    def new_damage(self) -> tuple[Take, ...]:
        """The damaged takes without a verdict: nobody has decided about them yet."""
        return tuple(
            take for take in self.takes if self.review(take).verdict is None and self.condition(take).state == "damaged"
        )

    @cached_property
    def kept(self) -> tuple[Take, ...]:
        """The takes that were kept, in shooting order."""
        return tuple(take for take in self.takes if self.review(take).verdict == "keep")

    @property
    def open_job_count(self) -> int:
        """How many jobs run or will."""
        return self.counts.get(JobState.RUNNING, 0) + self.counts.get(JobState.QUEUED, 0)

    def review(self, take: Take) -> Review:
        """What was decided about a take."""
        return self.reviews.get(take.id, UNDECIDED)

    def condition(self, take: Take) -> Condition:
        """What is known of a take's condition; of one that is not decoded yet, what its ingest found."""
        return self.conditions.get(take.id) or Condition(damage=take.probe.damage)

    def markers_of(self, take: Take) -> tuple[Marker, ...]:
        """A take's markers, by time."""
        return self.markers.get(take.id, ())

    def job(self, job_id: str | None) -> Job | None:
        """A job, if it is among those that are shown."""
        return next((job for job in self.jobs if job.id == job_id), None)

    def jobs_of(self, take: Take, kind: str) -> list[Job]:
        """The jobs of a kind about a take, the newest first."""
        return [job for job in self.jobs if job.kind == kind and job.parameters.get("take") == take.id]
