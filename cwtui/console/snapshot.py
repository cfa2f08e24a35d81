"""What the console shows of a studio, as of one moment: read on one thread, never changed, drawn on another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from engine.catalog import Cue, Job, JobState, Marker, Project, Review, Take
from engine.jobs import Presence

UNDECIDED = Review(take_id="")
# What is told by the takes alone.
_OF_TAKES = ("by_id", "place_of", "needing")


@dataclass(frozen=True)
class Snapshot:
    """A studio as it stood `at`. `jobs` are those under way and those that ended last; `free` is bytes on its disk."""

    studio: Path
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    projects: tuple[Project, ...] = ()
    project: Project | None = None
    takes: tuple[Take, ...] = ()
    reviews: Mapping[str, Review] = field(default_factory=dict)
    markers: Mapping[str, tuple[Marker, ...]] = field(default_factory=dict)
    cues: tuple[Cue, ...] = ()
    jobs: tuple[Job, ...] = ()
    counts: Mapping[JobState, int] = field(default_factory=dict)
    present: Presence | None = None
    free: int = 0

    def after(self, **changes: Any) -> Snapshot:
        """As it stands after changes. What the takes alone tell is not told anew where they are the same."""
        fresh = replace(self, **changes)
        if fresh.takes is self.takes:
            fresh.__dict__.update({name: self.__dict__[name] for name in _OF_TAKES if name in self.__dict__})
        return fresh

    @cached_property
    def by_id(self) -> dict[str, Take]:
        """The takes by their ids."""
        return {take.id: take for take in self.takes}

    @cached_property
    def place_of(self) -> dict[str, int]:
        """Where each take is in the shooting order, by its id."""
        return {take.id: place for place, take in enumerate(self.takes)}

    @cached_property
    def needing(self) -> tuple[Take, ...]:
        """The takes that wait for the director."""
        return tuple(take for take in self.takes if take.needs_director)

    @cached_property
    def kept(self) -> tuple[Take, ...]:
        """The takes that were kept, in shooting order."""
        return tuple(take for take in self.takes if self.review(take).verdict == "keep")

    @property
    def under_way(self) -> int:
        """How many jobs run or will."""
        return self.counts.get(JobState.RUNNING, 0) + self.counts.get(JobState.QUEUED, 0)

    def review(self, take: Take) -> Review:
        """What was decided about a take."""
        return self.reviews.get(take.id, UNDECIDED)

    def marks(self, take: Take) -> tuple[Marker, ...]:
        """A take's markers, by time."""
        return self.markers.get(take.id, ())

    def job(self, job_id: str | None) -> Job | None:
        """A job, if it is among those that are shown."""
        return next((job for job in self.jobs if job.id == job_id), None)

    def jobs_of(self, take: Take, kind: str) -> list[Job]:
        """The jobs of a kind about a take, the newest first."""
        return [job for job in self.jobs if job.kind == kind and job.parameters.get("take") == take.id]
