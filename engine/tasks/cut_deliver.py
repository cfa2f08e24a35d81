"""The job `cut-deliver` creates the film of a cut, and its request with the jobs on which it depends."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from engine.catalog import Exact
from engine.credentials import credential_path
from engine.deliver import (
    CutCondition,
    CutRequest,
    CutTake,
    FollowedTake,
    Recipe,
    UsedPackage,
    accept_cut_command,
    deliver_values,
    looks_from_json,
    withdraw_checks,
)
from engine.jobs import JobContext
from engine.tasks.archive import run_cut_archive
from engine.tasks.caption import read_captions
from engine.tasks.condition import keep_condition
from engine.tasks.context import TaskContext
from engine.tasks.cut_parameters import CutParameters, cut_paths, cut_request
from engine.tasks.deliver import ENCODING_NEEDS, is_current
from engine.tasks.faces import read_faces
from engine.tasks.farm_parts import FarmUse, collected_parts, forget_parts, movie_folder
from engine.tasks.follow import FollowInputs, followed_take
from engine.tasks.master import mastered_sound
from engine.tasks.models_used import models_of_jobs
from engine.tasks.named_paths import named_paths
from engine.tasks.project_packages import lock_packages
from engine.tasks.take_sources import open_sources
from engine.tasks.task import Task

if TYPE_CHECKING:
    from engine.catalog import Condition


class CutDeliverParameters(CutParameters):
    """One recipe for a cut, with the ids of the jobs that create its sound and its captions.

    `damaged`: the user accepts the damage of the takes. `contents` identifies the state of what an archive contains.
    `credential` and `cover` are as in `DeliverParameters`; `markers` are those of the cut that the recipe's poster
    names, in seconds. `looks` are the looks that the film shows, by name, with all their values; `sources` the folders
    with the products of each take that they read, and `farm`, as in `DeliverParameters`. `follow` is what the moving
    crop of each take, by its id, depends on, `caption_faces` the jobs of the faces that captions avoid.
    """

    recipe: Recipe
    masters: dict[Literal["aac", "wav", "mp3"], str]
    captions: str | None
    translation: str | None = None
    folder: Path
    replace: bool = False
    damaged: bool = False
    contents: str = ""
    credential: str | None = None
    cover: str | None = None
    markers: tuple[tuple[Exact, str], ...] = ()
    looks: dict[str, dict[str, Any]] = Field(default_factory=dict)
    follow: dict[str, FollowInputs] = Field(default_factory=dict)
    caption_faces: dict[str, str] = Field(default_factory=dict, exclude_if=lambda jobs: not jobs)
    packages: tuple[UsedPackage, ...] = Field(default=(), exclude_if=lambda packages: not packages)
    sources: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    farm: FarmUse | None = Field(default=None, exclude_if=lambda farm: farm is None)


def cut_identity(project: str, name: str) -> str:
    """What identifies a cut in receipts: a later version of it replaces the files of an earlier one."""
    return hashlib.sha256(f"cut {project} {name}".encode()).hexdigest()[:32]


def _run(context: TaskContext, parameters: CutDeliverParameters, job: JobContext) -> dict[str, Any]:
    """{folder, delivered}, as of the job `deliver`."""
    with ExitStack() as stack:
        return _deliver(context, parameters, job, stack)


def _deliver(
    context: TaskContext, parameters: CutDeliverParameters, job: JobContext, stack: ExitStack
) -> dict[str, Any]:
    from engine.deliver import build_cut, stop_after

    lock_packages(context, parameters.project, parameters.packages)
    recorded = cut_request(context, parameters, parameters.recipe)
    if parameters.recipe.archive:
        identity = cut_identity(parameters.project, parameters.label)
        return run_cut_archive(context, parameters, recorded, parameters.project, identity, job)
    order = film_order(context, parameters, recorded, job.results, stack)
    farm = collected_parts(context, parameters.farm, order, job)
    known = {
        take: context.catalog.conditions.of(source.digest, source.footage.probe.damage)
        for take, source in order.takes.items()
    }

    def check(source: CutTake) -> Condition:
        subject = context.subjects.opened(context.subjects.take(source.id))
        return keep_condition(context, subject, source.digest, job)

    withdraw_checks(movie_folder(job.folder))
    delivered = build_cut(
        context.gate.require("deliver", **deliver_values(order)),
        order,
        context.paths.folder / parameters.folder,
        work=movie_folder(job.folder),
        masters={codec: mastered_sound(context, job.results[one]) for codec, one in parameters.masters.items()},
        condition=CutCondition(
            order,
            known,
            accepted=parameters.damaged,
            check=check,
            command=accept_cut_command(parameters.recipe.name, parameters.label),
        ),
        source_digest=cut_identity(parameters.project, parameters.label),
        models=models_of_jobs(context, list(job.results)),
        replace=parameters.replace,
        progress=job.progress,
        cancelled=job.cancelled,
        farm=farm,
    )
    withdraw_checks(movie_folder(job.folder))
    forget_parts(context, parameters.farm, job)
    stop_after(parameters.recipe, delivered)
    return {"folder": str(parameters.folder), "delivered": delivered.model_dump(mode="json")}


def film_order(
    context: TaskContext,
    parameters: CutDeliverParameters,
    recorded: CutRequest,
    results: Mapping[str, Mapping[str, Any]],
    stack: ExitStack,
) -> CutRequest:
    """The film of a job, by the results of its dependencies, as `recorded_order` for a take."""
    spoken = read_captions(context, results[parameters.captions]) if parameters.captions else None
    translation = None
    if spoken and parameters.translation and not spoken.languages <= {"en"}:
        translation = read_captions(context, results[parameters.translation]).cues
    order = replace(
        recorded,
        cues=spoken.cues if spoken else (),
        language=spoken.language if spoken else "und",
        translation=translation,
        takes=_with_sources(context, parameters, recorded.takes, stack),
        markers=parameters.markers,
        looks=looks_from_json(parameters.looks),
        packages=parameters.packages,
        faces={take: read_faces(context, results[job]) for take, job in parameters.caption_faces.items()},
    )
    return replace(order, follows=_follows(context, parameters, order, results))


def _follows(
    context: TaskContext,
    parameters: CutDeliverParameters,
    order: CutRequest,
    results: Mapping[str, Mapping[str, Any]],
) -> dict[str, FollowedTake]:
    """The planned crops of the takes, by id."""
    size, found = order.frame_size, dict[str, FollowedTake]()
    if size is None:
        return found
    for take, inputs in parameters.follow.items():
        subject = context.subjects.opened(context.subjects.take(take))
        found[take] = followed_take(context, inputs, results, subject, parameters.recipe, size)
    return found


def _reads(context: TaskContext, parameters: CutDeliverParameters) -> Iterator[Path]:
    """What the parameters and the cut name, such as the pictures of titles, and the key that signs."""
    yield from named_paths(context, parameters)
    yield from cut_paths(context, parameters)
    if parameters.credential:
        yield credential_path()


def _with_sources(
    context: TaskContext, parameters: CutDeliverParameters, takes: Mapping[str, CutTake], stack: ExitStack
) -> dict[str, CutTake]:
    known = {one.take or "": one for one in parameters.cut_takes}
    return {
        take: replace(one, sources=open_sources(context, known[take], parameters.sources.get(take, ()), stack))
        for take, one in takes.items()
    }


TASK = Task(
    name="cut-deliver",
    version=6,
    parameters=CutDeliverParameters,
    run=_run,
    title=lambda p: f"{p.recipe.name}: “{p.label}”",
    is_current=is_current,
    needs=ENCODING_NEEDS,
    writes=lambda p: (p.folder,) if p.folder.is_absolute() else (),
    reads=_reads,
)
