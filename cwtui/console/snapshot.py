"""Immutable snapshot of a studio: read on a worker thread, drawn on the UI thread."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from cwtui.console.farm_view import FarmView
from cwtui.console.shown_cut import ShownCut
from cwtui.queue_status import QueueStatus
from engine.catalog import Condition, Job, JobState, Marker, Project, RetakeCue, Review, Take, select_takes
from engine.jobs import Presence

# Without validation, which would build the validator before the first screen is painted.
UNDECIDED = Review.model_construct(take_id="")
# Cached values, and the fields that they are computed from.
_DERIVED = {
    "by_id": ("takes",),
    "index_of": ("takes",),
    "needs_confirmation": ("takes",),
    "kept": ("takes", "reviews"),
    "new_damage": ("takes", "reviews", "conditions"),
    "first_delivery": ("takes", "reviews", "conditions", "delivered"),
}


@dataclass(frozen=True, slots=True)
class FirstDelivery:
    """A take, and the name of the recipe that makes a first deliverable of it."""

    take: Take
    recipe: str


@dataclass(frozen=True)
class Snapshot:
    """The state of a studio at time `at`. `jobs` are the open and the most recently finished jobs.

    `delivered`: something has been delivered in this studio. `loaded`: it has been read; without, it is empty.

    `conditions` are those of the takes that have been decoded, by take id. `disk_free` is in bytes, None where it is
    unknown. `queue` is what open jobs wait for and how long they take. `cuts` are the names of the project's cuts;
    `cut` is the one that Cut shows, or `cut_error` says why it cannot be read.
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
    delivered: bool = False
    loaded: bool = False
    studio_process: Presence | None = None
    disk_free: int | None = None
    queue: QueueStatus = field(default_factory=QueueStatus)
    cuts: tuple[str, ...] = ()
    cut: ShownCut | None = None
    cut_error: str = ""
    farm: FarmView = field(default_factory=FarmView)

    def replace(self, **changes: Any) -> Snapshot:
        """A copy with changes. A cached value is kept while the fields that it is computed from are the same."""
        updated = replace(self, **changes)
        for name, fields in _DERIVED.items():
            if name in self.__dict__ and all(getattr(updated, one) is getattr(self, one) for one in fields):
                updated.__dict__[name] = self.__dict__[name]
        return updated

    @cached_property
    def by_id(self) -> dict[str, Take]:
        """The takes by id."""
        return {take.id: take for take in self.takes}

    @cached_property
    def index_of(self) -> dict[str, int]:
        """The index of each take in the shooting order, by take id."""
        return {take.id: index for index, take in enumerate(self.takes)}

    @cached_property
    def needs_confirmation(self) -> tuple[Take, ...]:
        """The takes whose input transform the director must confirm."""
        return tuple(take for take in self.takes if take.needs_director)

    @cached_property
    def new_damage(self) -> tuple[Take, ...]:
        """The damaged takes without a verdict."""
        return tuple(
            take for take in self.takes if self.review(take).verdict is None and self.condition(take).state == "damaged"
        )

    @cached_property
    def kept(self) -> tuple[Take, ...]:
        """The takes with the verdict "keep", in shooting order."""
        return tuple(take for take in self.takes if self.review(take).verdict == "keep")

    @property
    def open_job_count(self) -> int:
        """The number of running and queued jobs."""
        return self.counts.get(JobState.RUNNING, 0) + self.counts.get(JobState.QUEUED, 0)

    @cached_property
    def first_delivery(self) -> FirstDelivery | None:
        """The take and the recipe of a first deliverable; None once there is one, or without a usable take."""
        if self.delivered:
            return None
        usable = [take for take in select_takes(self.takes, self.reviews).takes if not take.needs_director]
        usable.sort(key=lambda take: self.condition(take).state == "damaged")
        if not usable:
            return None
        return FirstDelivery(usable[0], "review-proxy" if usable[0].probe.picture else "podcast")

    def review(self, take: Take) -> Review:
        """The review of a take."""
        return self.reviews.get(take.id, UNDECIDED)

    def next_undecided(
        self, takes: Sequence[Take], current: Take | None, direction: Literal[-1, 1], decided: Collection[str] = ()
    ) -> Take | None:
        """The nearest take of a list without a verdict after the current one, or with -1 before it; None if none is.

        The search continues at the other end. It leaves out the current take and those in `decided`, by id.
        """
        at = next((n for n, one in enumerate(takes) if current and one.id == current.id), -1 if direction > 0 else 0)
        for step in range(1, len(takes) + 1):
            take = takes[(at + direction * step) % len(takes)]
            if (current is None or take.id != current.id) and take.id not in decided and not self.review(take).verdict:
                return take
        return None

    def condition(self, take: Take) -> Condition:
        """The condition of a take; before it has been decoded, the damage that ingest found."""
        return self.conditions.get(take.id) or Condition(damage=take.probe.damage)

    def markers_of(self, take: Take) -> tuple[Marker, ...]:
        """The markers of a take, by time."""
        return self.markers.get(take.id, ())

    def job(self, job_id: str | None) -> Job | None:
        """The job with this id, if the snapshot lists it."""
        return next((job for job in self.jobs if job.id == job_id), None)

    def jobs_of(self, take: Take, kind: str) -> list[Job]:
        """The jobs of a kind for a take, the newest first."""
        return [job for job in self.jobs if job.kind == kind and job.parameters.get("take") == take.id]
