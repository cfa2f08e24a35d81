"""What earlier deliveries came to, and how long the next one takes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING

from engine.catalog import Job, Project, Take
from engine.deliver import Deliverable, Recipe
from engine.jobs import Workload
from engine.tasks import cut_workload, take_workload

if TYPE_CHECKING:
    from engine.studio.studio import Studio
    from engine.timeline import Cut

# Copying is at least so many times as fast as playing; the films that were measured on two cores were faster.
_COPY_SPEED = 10


@dataclass(frozen=True, slots=True)
class LastDelivery:
    """What the last deliveries of the same sources by a recipe came to: the bytes of their files, and when.

    `seconds` is the time that their jobs took; None if the catalog no longer has one of them.
    """

    bytes: int
    seconds: float | None
    made_at: datetime


def last_delivery(
    studio: Studio, project: Project | None, deliveries: Iterable[Deliverable], recipe: Recipe, sources: Collection[str]
) -> LastDelivery | None:
    """The last deliveries of these sources (digests, or the identity of a cut) in a receipt; None if one lacks."""
    found = [one for one in deliveries if one.recipe == recipe.name and one.source_digest in sources]
    if not found or {one.source_digest for one in found} != set(sources):
        return None
    size = sum(file.bytes for one in found for file in one.files)
    kind = "deliver" if found[0].cut is None else "cut-deliver"
    jobs = studio.catalog.queue.done(kind, project.id) if project else []
    times = [_seconds_of(one, jobs) for one in found]
    seconds = None if None in times else sum(time or 0.0 for time in times)
    return LastDelivery(size, seconds, max(one.made_at for one in found))


def take_seconds(
    studio: Studio, take: Take, recipe: Recipe, start: Fraction | None, end: Fraction | None
) -> float | None:
    """The time that the delivery of a take's stretch takes on this machine, in seconds; None before one was measured.

    The jobs that it waits for, as its transcription, are not part of it.
    """
    return _seconds(studio, "deliver", take_workload(take, recipe, start, end))


def cut_seconds(studio: Studio, cut: Cut, recipe: Recipe, copied: Fraction) -> float | None:
    """The time that the film of a cut takes, of which the packets of `copied` seconds are copied; as `take_seconds`."""
    work = cut_workload(recipe, (cut.width, cut.height), cut.duration)
    whole = _seconds(studio, "cut-deliver", work)
    if whole is None or not copied:
        return whole
    share = float(copied / cut.duration)
    return whole * (1 - share) + float(copied) / _COPY_SPEED


def total(times: Sequence[float | None]) -> float | None:
    """The sum of the times; None if one of them is unknown, or without any."""
    known = [time for time in times if time is not None]
    return sum(known) if known and len(known) == len(times) else None


def _seconds(studio: Studio, kind: str, work: Workload) -> float | None:
    rate = studio.catalog.speeds.all().get((kind, work.speed_class))
    return work.seconds / rate if rate and work.seconds else None


def _seconds_of(delivery: Deliverable, jobs: Iterable[Job]) -> float | None:
    """The time of the job that made a delivery."""
    made = {file.sha256 for file in delivery.files}
    for job in jobs:
        files = (job.result or {}).get("delivered", {}).get("files", ())
        if made == {file["sha256"] for file in files} and job.started_at and job.finished_at:
            return (job.finished_at - job.started_at).total_seconds()
    return None
