"""Estimates the deliverables of a request, and finds the existing files that it skips, replaces or refuses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Literal

from engine.catalog import JobState, Project, Take
from engine.deliver import (
    Deliverable,
    Estimate,
    SourceCondition,
    deliver_values,
    estimate_deliverable,
    find_existing_files,
    keeps_sound,
    read_receipt,
    targets,
    with_speed,
)
from engine.errors import EngineError
from engine.policy import PolicyError
from engine.studio.archives import check_archive
from engine.studio.delivery import (
    DeliveryRequest,
    delivery_folder,
    delivery_sources,
    job_request,
    named,
    recorded_stretch,
    stretches_of,
)
from engine.studio.delivery_history import LastDelivery, last_delivery, take_seconds, total
from engine.studio.stretches import Stretch
from engine.studio.studio import Studio
from engine.tasks import levels_path, read_levels
from engine.transfer import Subject

# An estimate reads the levels of each take.
_MAX_SOURCES = 200


@dataclass(frozen=True, slots=True)
class OutputFile:
    """An existing file with the name of an output, and what the delivery of `label` does with it.

    "skipped": it is identical, and not built again. "replaced": a delivery wrote it; `needs_replace` if another one
    did, so that only `--replace` overwrites it. "refused": it is kept and the delivery fails, for the `reason`.
    `take` is the label of its take; the label of one of several ranges has the range's number.
    """

    label: str
    path: Path
    fate: Literal["skipped", "replaced", "refused"]
    reason: str = ""
    needs_replace: bool = False
    take: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryForecast:
    """The estimates of a request, for the first 200 sources, and its outputs that exist already.

    `leftover` are files of an earlier trim of the same takes by this recipe, which the request does not make again.
    `last` is what the same sources came to, if all of them were delivered. `seconds` is the time that the deliveries
    take one after the other, without the jobs that they wait for; None if their speed is not known.
    """

    estimates: tuple[Estimate, ...] = ()
    existing: tuple[OutputFile, ...] = ()
    leftover: tuple[Path, ...] = ()
    last: LastDelivery | None = None
    seconds: float | None = None

    def files(self, fate: Literal["skipped", "replaced", "refused"]) -> list[OutputFile]:
        """The existing files with a fate."""
        return [one for one in self.existing if one.fate == fate]

    @property
    def new_files(self) -> list[str]:
        """The names of the files that do not exist yet."""
        existing = {one.path.name for one in self.existing}
        names = (name for one in self.estimates if not one.refused for name in one.files)
        return [name for name in names if name not in existing]


def forecast_delivery(studio: Studio, request: DeliveryRequest) -> DeliveryForecast:
    """The forecast of a request. Raises RequestError as `plan_delivery` does for its sources."""
    sources, project, _ = delivery_sources(studio, request)
    subjects = (studio.subject_unprobed(one) if isinstance(one, Take) else studio.file(one) for one in sources)
    return forecast_subjects(studio, request, project, subjects)


def forecast_subjects(
    studio: Studio, request: DeliveryRequest, project: Project | None, subjects: Iterable[Subject]
) -> DeliveryForecast:
    """The forecast of a request for these subjects instead of its own sources. Takes need no frame times."""
    folder = delivery_folder(studio, request, project)
    listed: tuple[Deliverable, ...] = ()
    with suppress(EngineError):
        listed = tuple(read_receipt(folder).deliveries)
    before = [one for one in listed if one.recipe_digest == request.recipe.digest]
    digests: set[str] = set()
    estimates: list[Estimate] = []
    existing: list[OutputFile] = []
    times: list[float | None] = []
    for subject, _ in zip(subjects, range(_MAX_SOURCES), strict=False):
        if subject.take:
            digests.add(subject.digest())
        for stretch in _stretches(studio, request, subject):
            estimate = _estimate(studio, request, subject, stretch, before, folder)
            estimates.append(estimate)
            if subject.take and not estimate.refused:
                times.append(take_seconds(studio, subject.take, request.recipe, stretch.start, stretch.end))
            if not estimate.refused or estimate.waits:
                existing += _existing(studio, request, subject, stretch, folder)
    leftover: list[Path] = []
    # The outputs of a refused estimate are unknown.
    if request.start is None and request.end is None and not any(one.refused for one in estimates):
        outputs = {name for one in estimates for name in one.files}
        leftover = [
            folder / file.path
            for one in listed
            if one.recipe == request.recipe.name and one.source_digest in digests
            for file in one.files
            if file.role != "archive" and file.path not in outputs and (folder / file.path).is_file()
        ]
    last = last_delivery(studio, project, listed, request.recipe, digests) if digests else None
    return DeliveryForecast(tuple(estimates), tuple(existing), tuple(leftover), last, total(times))


def _stretches(studio: Studio, request: DeliveryRequest, subject: Subject) -> list[Stretch]:
    if subject.take:
        return stretches_of(studio, request, subject.take)
    return [Stretch(subject.label, "", request.start or Fraction(0), request.end)]


def _estimate(
    studio: Studio,
    request: DeliveryRequest,
    subject: Subject,
    stretch: Stretch,
    before: list[Deliverable],
    folder: Path,
) -> Estimate:
    picture, wanted = subject.footage.probe.picture, request.recipe.picture
    if (
        subject.take
        and request.speed
        and picture
        and wanted
        and wanted.max_rate
        and picture.frame_rate > wanted.max_rate
    ):
        # Its speed changes the duration, by the frame times.
        with suppress(EngineError):
            subject = studio.subject_of(subject.take)
    recorded = recorded_stretch(studio, request, subject, stretch)
    order = with_speed(recorded, request.speed)
    loudness = None
    if subject.take:
        with suppress(EngineError):
            loudness = read_levels(levels_path(studio.paths, subject.take)).loudness
    condition = studio.catalog.conditions.of(subject.digest(), subject.footage.probe.damage)
    name = subject.take.label if subject.take else ""
    estimate = replace(estimate_deliverable(order, loudness, before, condition), take=name)
    if estimate.refused:
        return estimate
    try:
        studio.gate.check("deliver", **deliver_values(order))
        check_archive(studio, request.recipe, subject.take.project_id if subject.take else None, folder)
    except PolicyError as error:
        return replace(estimate, refused=error.reason, hint=error.hint, by_policy=True)
    # Damage is in source time, regardless of the speed.
    damage = SourceCondition(recorded, condition, plays_sound=keeps_sound(recorded, order)).damage
    return replace(estimate, damage=damage, files=tuple(targets(named(studio, order, subject, stretch))))


def _existing(
    studio: Studio, request: DeliveryRequest, subject: Subject, stretch: Stretch, folder: Path
) -> Iterator[OutputFile]:
    order = named(studio, recorded_stretch(studio, request, subject, stretch), subject, stretch)
    take = subject.take.label if subject.take else ""
    try:
        found = find_existing_files(order, folder, subject.digest(), by_size=True)
    except EngineError as error:
        # The receipt cannot be read, so that no file is known.
        yield OutputFile(stretch.name, folder, "refused", error.message, take=take)
        return
    identical = (
        bool(found)
        and all(one.owner == "delivery" for one in found)
        and _is_done(studio, request, subject, stretch, folder)
    )
    for one in found:
        reason = one.refusal.message if one.refusal else ""
        if one.owner == "foreign" or (one.owner == "other" and not request.replace):
            yield OutputFile(stretch.name, folder / one.name, "refused", reason, take=take)
        else:
            fate: Literal["skipped", "replaced"] = "skipped" if identical else "replaced"
            yield OutputFile(stretch.name, folder / one.name, fate, reason, one.owner == "other", take)


def _is_done(studio: Studio, request: DeliveryRequest, subject: Subject, stretch: Stretch, folder: Path) -> bool:
    """Whether the same delivery was made before and its files are current."""
    with suppress(EngineError):
        opened = studio.subject_of(subject.take) if subject.take else subject
        step, _ = job_request(studio, request, opened, stretch, folder)
        known = studio.catalog.queue.job(step.id)
        return bool(known and known.state is JobState.DONE and step.kind.is_current(known.result or {}))
    return False
