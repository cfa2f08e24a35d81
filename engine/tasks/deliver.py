"""The job `deliver` creates a deliverable from picture, mastered sound and captions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from engine.catalog import Encoding, Exact
from engine.credentials import credential_path
from engine.deliver import (
    Check,
    Deliverable,
    DeliverableRequest,
    Recipe,
    SourceCondition,
    Speed,
    UsedPackage,
    accept_command,
    deliver_values,
    keeps_sound,
    looks_from_json,
    read_receipt,
    read_running_checks,
    with_speed,
    withdraw_checks,
)
from engine.errors import EngineError
from engine.jobs import GIB, JobContext, JobRequest, ResourceNeeds, job_folder
from engine.speech import Cue
from engine.tasks.archive import run_archive
from engine.tasks.caption import options_of, read_captions
from engine.tasks.condition import keep_condition
from engine.tasks.context import TaskContext
from engine.tasks.faces import read_faces
from engine.tasks.farm_parts import FarmUse, collected_parts, forget_parts, movie_folder
from engine.tasks.follow import FollowInputs, followed_take
from engine.tasks.master import mastered_sound
from engine.tasks.models_used import models_of_jobs
from engine.tasks.named_paths import named_paths
from engine.tasks.parameters import SubjectParameters
from engine.tasks.paths import project_name
from engine.tasks.project_packages import lock_packages
from engine.tasks.requests import DAYS, LATER, project_of
from engine.tasks.source_seals import seal_of_take
from engine.tasks.take_sources import open_sources
from engine.tasks.task import Task
from engine.tasks.transcript import fullest_transcript_request

if TYPE_CHECKING:
    from engine.transfer import Subject

ENCODING_NEEDS = ResourceNeeds(cpu=2, memory=6 * GIB, gpu=True, cpu_seconds=7 * DAYS)


class DeliverParameters(SubjectParameters):
    """One recipe for one stretch, with the ids of the jobs that create its sound and its captions.

    `translation` is the caption job of the English translation, if the recipe has one. `damaged`: the user accepts the
    damage of the stretch. `contents` identifies the state of what an archive contains.
    `credential` is the SHA-256 of the certificate of the key that signs, if the recipe asks for it: another key signs
    again. `cover` is the SHA-256 of the cover's image. `markers` are those of the take that the recipe's poster may
    name, in seconds on its clock. `looks` has the look of the picture with all its values, by an empty name, if it has
    one. `sources` are the folders with the masks and other products that the look reads, by name; another model has
    another one. `follow` is what the moving crop depends on, `caption_faces` the job of the faces that captions avoid.
    `farm`: other jobs render parts of the picture.
    """

    recipe: Recipe
    input_transform: Encoding | None
    start: Exact
    end: Exact | None
    masters: dict[Literal["aac", "wav", "mp3"], str]
    captions: str | None
    translation: str | None = None
    folder: Path
    replace: bool = False
    speed: Speed | None = None
    damaged: bool = False
    contents: str = ""
    credential: str | None = None
    cover: str | None = None
    markers: tuple[tuple[Exact, str], ...] = ()
    looks: dict[str, dict[str, Any]] = Field(default_factory=dict)
    follow: FollowInputs | None = None
    caption_faces: str | None = Field(default=None, exclude_if=lambda job: job is None)
    packages: tuple[UsedPackage, ...] = Field(default=(), exclude_if=lambda packages: not packages)
    sources: tuple[str, ...] = ()
    farm: FarmUse | None = Field(default=None, exclude_if=lambda farm: farm is None)


def run(context: TaskContext, parameters: DeliverParameters, job: JobContext) -> dict[str, Any]:
    """{folder, delivered}: the folder of the files, and their entry in the receipt."""
    with ExitStack() as stack:
        return _deliver(context, parameters, job, stack)


def _deliver(context: TaskContext, parameters: DeliverParameters, job: JobContext, stack: ExitStack) -> dict[str, Any]:
    from engine.deliver import build_deliverable, stop_after

    subject = context.subjects.of_job(parameters)
    lock_packages(context, project_of(subject), parameters.packages)
    if parameters.recipe.archive:
        return run_archive(context, parameters, subject, parameters.label, job)
    recorded = recorded_order(context, parameters, subject, job.results, stack)
    recorded = replace(recorded, seal=seal_of_take(context, subject.take))
    request = with_speed(recorded, parameters.speed)
    farm = collected_parts(context, parameters.farm, request, job)
    masters = {codec: mastered_sound(context, job.results[job_id]) for codec, job_id in parameters.masters.items()}
    known = context.catalog.conditions.of(parameters.source_digest, subject.footage.probe.damage)
    reference = subject.take.label if subject.take else str(subject.footage.path)
    # A numbered range is delivered again without times, so that its files have the same names.
    numbered = subject.take is not None and parameters.label.startswith(f"{subject.take.label}-")
    times = (None, None) if numbered else (parameters.start or None, parameters.end)
    source = SourceCondition(
        # Damage is in source time, regardless of the speed.
        recorded,
        known,
        parameters.damaged,
        lambda: keep_condition(context, subject, parameters.source_digest, job),
        accept_command(parameters.recipe.name, reference, *times),
        plays_sound=keeps_sound(recorded, request),
    )
    withdraw_checks(movie_folder(job.folder))
    delivered = build_deliverable(
        context.gate.require("deliver", **deliver_values(request)),
        request,
        context.paths.folder / parameters.folder,
        source=source,
        work=movie_folder(job.folder),
        masters=masters,
        source_digest=parameters.source_digest,
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


def recorded_order(
    context: TaskContext,
    parameters: DeliverParameters,
    subject: Subject,
    results: Mapping[str, Mapping[str, Any]],
    stack: ExitStack,
) -> DeliverableRequest:
    """The deliverable of a job at its recorded speed, without a seal, by the results of its dependencies.

    `stack` closes its sources. Raises EngineError if a result is missing.
    """
    spoken = read_captions(context, results[parameters.captions]) if parameters.captions else None
    translation: list[Cue] = []
    if spoken and parameters.translation and not spoken.languages <= {"en"}:
        translation = read_captions(context, results[parameters.translation]).cues
    recorded = DeliverableRequest(
        footage=subject.footage,
        label=parameters.label,
        recipe=parameters.recipe,
        input_transform=parameters.input_transform,
        start=parameters.start,
        end=parameters.end,
        cues=spoken.cues if spoken else (),
        language=spoken.language if spoken else "und",
        translation=translation,
        project=project_name(context, subject),
        take=subject.take.label if subject.take else "",
        markers=parameters.markers,
        look=looks_from_json(parameters.looks).get(""),
        packages=parameters.packages,
        sources=open_sources(context, parameters, parameters.sources, stack),
    )
    if parameters.caption_faces:
        recorded = replace(recorded, faces=read_faces(context, results[parameters.caption_faces]))
    if parameters.follow and (size := recorded.frame_size):
        follow = followed_take(context, parameters.follow, results, subject, parameters.recipe, size)
        recorded = replace(recorded, follow=follow)
    return recorded


def running_checks(studio: Path, job_id: str) -> tuple[Check, ...]:
    """The checks that a running delivery of a take or a cut has finished."""
    return read_running_checks(movie_folder(job_folder(studio, job_id)))


def is_current(context: TaskContext, result: Mapping[str, Any]) -> bool:
    """Whether all files are there unchanged (`file_is_whole`), the receipt lists them, and the checks passed."""
    from engine.deliver import file_is_whole, frames_are_whole

    folder = context.paths.folder / result["folder"]
    try:
        listed = {file.path: file.sha256 for d in read_receipt(folder).deliveries for file in d.files}
    except EngineError:
        return False
    delivered = Deliverable.model_validate(result["delivered"])
    return (
        all(
            listed.get(file.path) == file.sha256
            and file_is_whole(folder / file.path, file.bytes, file.sha256, delivered.made_at)
            for file in delivered.files
        )
        and delivered.passed
        and frames_are_whole(folder, delivered)
    )


def title(parameters: DeliverParameters) -> str:
    """The recipe and the footage."""
    return f"{parameters.recipe.name}: {parameters.label}"


def writes(parameters: DeliverParameters) -> tuple[Path, ...]:
    """The folder of the deliverable, if it is outside the studio."""
    return (parameters.folder,) if parameters.folder.is_absolute() else ()


def _reads(context: TaskContext, parameters: DeliverParameters) -> Iterator[Path]:
    """What the parameters name, and the key that signs."""
    yield from named_paths(context, parameters)
    if parameters.credential:
        yield credential_path()


def _successors(context: TaskContext, parameters: DeliverParameters, result: Mapping[str, Any]) -> Sequence[JobRequest]:
    """The transcript. It is stored in the project, and the deliverable does not depend on it."""
    if parameters.take is None or parameters.captions is None:
        return []
    subject = context.subjects.unprobed(context.subjects.take(parameters.take))
    return [fullest_transcript_request(context, subject, LATER, options_of(context, parameters.captions))]


TASK = Task(
    name="deliver",
    version=6,
    parameters=DeliverParameters,
    run=run,
    title=title,
    is_current=is_current,
    needs=ENCODING_NEEDS,
    writes=writes,
    reads=_reads,
    successors=_successors,
)
