"""The job `cut-deliver` creates the film of a cut, and its request with the jobs on which it depends."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from fractions import Fraction
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
    cover_digest,
    cut_codecs,
    deliver_values,
    looks_as_json,
    looks_from_json,
    shows_captions,
    withdraw_checks,
)
from engine.errors import EngineError
from engine.jobs import JobContext, JobRequest
from engine.sound import load_preset
from engine.tasks.archive import contents_of, run_cut_archive
from engine.tasks.caption import read_captions
from engine.tasks.clean import clean_request
from engine.tasks.condition import keep_condition
from engine.tasks.context import TaskContext
from engine.tasks.cut_captions import cut_caption_request
from engine.tasks.cut_parameters import CutParameters, cut_fields, cut_paths, cut_request, without_transforms
from engine.tasks.cut_sound import cut_sound_request
from engine.tasks.deliver import ENCODING_NEEDS, is_current, movie_folder
from engine.tasks.follow import FollowInputs, follow_inputs, followed_take
from engine.tasks.master import mastered_sound
from engine.tasks.models_used import models_of_jobs
from engine.tasks.named_paths import named_paths
from engine.tasks.project_packages import lock_packages
from engine.tasks.requests import REQUESTED
from engine.tasks.signing_key import required_certificate
from engine.tasks.take_sources import cut_sources, open_sources
from engine.tasks.task import Task
from engine.tasks.transcribe_options import DEFAULT_OPTIONS, TranscribeOptions
from engine.tasks.used_packages import cut_packages
from engine.timeline import placed_markers

if TYPE_CHECKING:
    from engine.catalog import Condition
    from engine.transfer import Subject


class CutDeliverParameters(CutParameters):
    """One recipe for a cut, with the ids of the jobs that create its sound and its captions.

    `damaged`: the user accepts the damage of the takes. `contents` identifies the state of what an archive contains.
    `credential` and `cover` are as in `DeliverParameters`; `markers` are those of the cut that the recipe's poster
    names, in seconds. `looks` are the looks that the film shows, by name, with all their values; `sources` the folders
    with the products of each take that they read, as in `DeliverParameters`. `follow` is what the moving crop of
    each take, by its id, depends on.
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
    packages: tuple[UsedPackage, ...] = Field(default=(), exclude_if=lambda packages: not packages)
    sources: dict[str, tuple[str, ...]] = Field(default_factory=dict)


def cut_identity(project: str, name: str) -> str:
    """What identifies a cut in receipts: a later version of it replaces the files of an earlier one."""
    return hashlib.sha256(f"cut {project} {name}".encode()).hexdigest()[:32]


def cut_delivery_request(
    context: TaskContext,
    project: str,
    order: CutRequest,
    subjects: Mapping[str, Subject],
    folder: Path,
    *,
    options: TranscribeOptions = DEFAULT_OPTIONS,
    priority: int = REQUESTED,
    damaged: bool = False,
    waits_for: EngineError | None = None,
    overwrite: bool = False,
) -> JobRequest:
    """Requests the film of a cut, after the jobs that create its sound and captions; `subjects` by take id.

    Raises RequestError if the recipe needs words and no speech model is found, or a signature and there is no key.
    """
    recipe = order.recipe
    cut = cut_fields(context, project, order.cut, subjects)
    heard = without_transforms(cut)
    cleaned: dict[str, JobRequest] = {}
    if recipe.sound and recipe.sound.dialog:
        preset = load_preset(recipe.sound.dialog)
        cleaned = {
            take: clean_request(context, subject, preset, model=options.model, priority=priority)
            for take, subject in subjects.items()
            if subject.has_sound
        }
    masters: dict[Literal["aac", "wav", "mp3"], JobRequest] = {
        codec: cut_sound_request(context, heard, recipe, codec, cleaned, priority) for codec in cut_codecs(order)
    }
    captions: JobRequest | None = None
    translation: JobRequest | None = None
    if (recipe.needs_words or (recipe.shows and shows_captions(order.cut))) and order.has_sound:
        spoken = replace(options, speakers=recipe.labels_speakers)
        style = recipe.caption_style
        captions = cut_caption_request(context, heard, subjects, spoken, priority, style)
        if recipe.translates:
            translated = replace(spoken, translate=True)
            translation = cut_caption_request(context, heard, subjects, translated, priority, style)
    follow: dict[str, FollowInputs] = {}
    followed: list[JobRequest] = []
    for take, subject in subjects.items():
        inputs, needed = follow_inputs(context, subject, recipe, None, options, priority)
        followed += needed
        if inputs:
            follow[take] = inputs
    sources = cut_sources(context, order, subjects, priority)
    parameters = CutDeliverParameters(
        **dict(cut),
        recipe=recipe,
        masters={codec: job.id for codec, job in masters.items()},
        captions=captions.id if captions else None,
        translation=translation.id if translation else None,
        folder=context.paths.relative(folder),
        replace=overwrite,
        damaged=damaged,
        contents=contents_of(context, recipe, list(subjects.values()), order.cut, folder),
        credential=required_certificate(context, recipe),
        cover=cover_digest(recipe),
        markers=_poster_markers(order),
        looks=looks_as_json(order.looks.items()),
        follow=follow,
        packages=cut_packages(context.paths.folder, order, context.paths.project_folder(project)),
        sources={take: needed.folders for take, needed in sources.items()},
    )
    first = (job for needed in sources.values() for job in needed.jobs)
    after = (*masters.values(), *(one for one in (captions, translation) if one), *followed, *first)
    return TASK.request(context, parameters, project, after, priority, waits_for)


def _poster_markers(order: CutRequest) -> tuple[tuple[Fraction, str], ...]:
    """The markers of a cut that the recipe's poster names; its film is stored without markers."""
    poster, cut = order.recipe.poster, order.cut
    wanted = poster.marker if poster else None
    placed = placed_markers(cut) if wanted is not None else ()
    return tuple((one.tick / cut.rate, wanted) for one in placed if wanted and one.marker.label == wanted)


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
    spoken = read_captions(context, job.results[parameters.captions]) if parameters.captions else None
    translation = None
    if spoken and parameters.translation and not spoken.languages <= {"en"}:
        translation = read_captions(context, job.results[parameters.translation]).cues
    order = replace(
        recorded,
        cues=spoken.cues if spoken else (),
        language=spoken.language if spoken else "und",
        translation=translation,
        takes=_with_sources(context, parameters, recorded.takes, stack),
        markers=parameters.markers,
        looks=looks_from_json(parameters.looks),
        packages=parameters.packages,
    )
    order = replace(order, follows=_follows(context, parameters, order, job))
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
    )
    withdraw_checks(movie_folder(job.folder))
    stop_after(parameters.recipe, delivered)
    return {"folder": str(parameters.folder), "delivered": delivered.model_dump(mode="json")}


def _follows(
    context: TaskContext, parameters: CutDeliverParameters, order: CutRequest, job: JobContext
) -> dict[str, FollowedTake]:
    """The planned crops of the takes, by id."""
    size, found = order.frame_size, dict[str, FollowedTake]()
    if size is None:
        return found
    for take, inputs in parameters.follow.items():
        subject = context.subjects.opened(context.subjects.take(take))
        found[take] = followed_take(context, inputs, job.results, subject, parameters.recipe, size)
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
    version=5,
    parameters=CutDeliverParameters,
    run=_run,
    title=lambda p: f"{p.recipe.name}: “{p.label}”",
    is_current=is_current,
    needs=ENCODING_NEEDS,
    writes=lambda p: (p.folder,) if p.folder.is_absolute() else (),
    reads=_reads,
)
