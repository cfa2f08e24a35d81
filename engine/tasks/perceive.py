"""The job `perceive` finds people, motion, depth and faces in a take, and stores them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.catalog import Encoding
from engine.errors import EngineError, RequestError
from engine.ingest import picture_transform
from engine.jobs import GIB, JobContext, JobRequest, ResourceNeeds
from engine.perception import FLOW_QUALITY, INDEX, SHORT_EDGE, FlowQuality, ProductKind
from engine.tasks.context import TaskContext
from engine.tasks.parameters import SubjectParameters
from engine.tasks.paths import perception_folder
from engine.tasks.remote_inputs import take_work
from engine.tasks.requests import DAYS, REQUESTED, project_of, subject_parameters
from engine.tasks.task import Task

if TYPE_CHECKING:
    from engine.ingest import Footage
    from engine.perception import PhoneTake, ProviderSet
    from engine.transfer import Subject

_WORDS: Mapping[ProductKind, str] = {
    "person_mask": "people",
    "optical_flow": "motion",
    "depth_map": "depth",
    "face": "faces",
}
_LEAST_EDGE = 16


class PerceiveParameters(SubjectParameters):
    """The products of `frames` ticks from `first` on, with the models that make them and their digests.

    A model is empty if its product is not made. `short_edge` is that of the analysed frames, in pixels. `foreground`:
    masks have the colour of the person, too.
    """

    input_transform: Encoding
    products: tuple[ProductKind, ...]
    first: int
    frames: int
    short_edge: int = SHORT_EDGE
    quality: FlowQuality = FLOW_QUALITY
    foreground: bool = False
    mask_model: str = ""
    mask_digest: str = ""
    depth_model: str = ""
    depth_digest: str = ""
    face_model: str = ""
    face_digest: str = ""


def perceive_request(
    context: TaskContext,
    subject: Subject,
    products: Collection[ProductKind],
    *,
    start: Fraction | None = None,
    end: Fraction | None = None,
    mask_model: str | None = None,
    depth_model: str | None = None,
    quality: FlowQuality = FLOW_QUALITY,
    foreground: bool = False,
    short_edge: int = SHORT_EDGE,
    input_transform: Encoding | None = None,
    priority: int = REQUESTED,
) -> JobRequest:
    """Requests products of a stretch, in seconds, or of the whole take.

    Raises RequestError if there is no picture, no such stretch, or no model, GateError if a log picture's input
    transform is not confirmed.
    """
    footage = subject.footage
    require_perceivable(subject)
    transform = picture_transform(footage, input_transform or subject.input_transform)
    assert transform
    if short_edge < _LEAST_EDGE or short_edge % 2:
        raise RequestError(
            f"The analysis cannot have a short edge of {short_edge} pixels.", f"Use an even number from {_LEAST_EDGE}."
        )
    ticks = _ticks(subject, start, end)
    providers, _ = open_providers(footage, products, mask_model, depth_model, quality)
    try:
        models = {
            name: (provider.identity.model, provider.identity.digest) if provider else ("", "")
            for name, provider in (("mask", providers.mask), ("depth", providers.depth), ("face", providers.face))
        }
    finally:
        providers.close()
    parameters = PerceiveParameters(
        **subject_parameters(subject),
        input_transform=transform,
        products=tuple(kind for kind in _WORDS if kind in products),
        first=ticks.start,
        frames=len(ticks),
        short_edge=short_edge,
        quality=quality,
        foreground=foreground and "person_mask" in products,
        **{f"{name}_model": model for name, (model, _) in models.items()},
        **{f"{name}_digest": digest for name, (_, digest) in models.items()},
    )
    return TASK.request(context, parameters, project_of(subject), priority=priority)


def require_perceivable(subject: Subject) -> None:
    """Raises RequestError if there is nothing in which people, motion, depth or faces are found."""
    probe = subject.footage.probe
    if probe.observation is not None:
        raise RequestError(
            f"{subject.label} is a telescope's exposure. People, motion, depth and faces are found in footage.",
            "cwtui science composite makes pictures of exposures.",
        )
    if probe.picture is None:
        raise RequestError(f"{subject.label} has no picture.", "Choose footage with a picture.")


def open_providers(
    footage: Footage,
    products: Collection[ProductKind],
    mask_model: str | None,
    depth_model: str | None,
    quality: FlowQuality,
) -> tuple[ProviderSet, tuple[str, ...]]:
    """The providers of products for footage, and notes on those that are not used because they do not open.

    Masks and depth need flow, which is stored only if it is requested. Raises EngineError, with the command that adds a
    model, if one is missing.
    """
    from engine.perception import (
        ProviderSet,
        choose_depth_provider,
        choose_face_provider,
        choose_mask_provider,
        open_flow_provider,
    )

    mask = depth = face = flow = None
    notes: list[str] = []
    if "person_mask" in products:
        mask, unused = choose_mask_provider(mask_model or None)
        notes += unused
    if "depth_map" in products:
        depth, unused = choose_depth_provider(_phone_take(footage), depth_model or None)
        notes += unused
    if "face" in products:
        face, unused = choose_face_provider()
        notes += unused
    stored = "optical_flow" in products
    if stored or mask or depth:
        flow = open_flow_provider(quality)
    return ProviderSet(mask, flow, depth, face, keep_flow=stored), tuple(dict.fromkeys(notes))


def _phone_take(footage: Footage) -> PhoneTake | None:
    """The footage for the provider of the phone's own depth; None if the phone recorded none."""
    from engine.perception import PhoneTake

    picture = footage.probe.picture
    if picture is None or footage.probe.depth_track is None:
        return None
    return PhoneTake(footage.path, footage.probe.duration, picture.rotation, picture.mirrored)


def _ticks(subject: Subject, start: Fraction | None, end: Fraction | None) -> range:
    grid = subject.footage.grid
    assert grid
    begin, until = start or Fraction(0), grid.duration if end is None else end
    if not 0 <= begin < min(until, grid.duration):
        raise RequestError(
            f"{float(begin):g} s to {float(until):g} s is not a valid stretch of {subject.label}, which is "
            f"{float(grid.duration):.2f} s long.",
            "Choose --from and --to within it, with --from before --to.",
        )
    first = grid.tick_at(begin)
    return range(first, max(first + 1, min(round(until * grid.rate), len(grid.sources))))


def _run(context: TaskContext, parameters: PerceiveParameters, job: JobContext) -> dict[str, Any]:
    """{folder, files, notes, width, height, first, frames, rate, products}: where the products are, and records.

    The notes state which back ends are not used, and why.
    """
    from engine.perception import AnalysedTake, analysis_frames, write_perception
    from engine.picture import small_size

    footage = context.subjects.of_job(parameters).footage
    picture, grid = footage.probe.picture, footage.grid
    assert picture
    assert grid
    folder = _folder(context, parameters)
    ticks = range(parameters.first, parameters.first + parameters.frames)
    providers, notes = open_providers(
        footage, parameters.products, parameters.mask_model, parameters.depth_model, parameters.quality
    )
    try:
        _require_models(parameters, providers)
        index = write_perception(
            folder,
            AnalysedTake(
                parameters.label,
                parameters.source_digest,
                grid.rate,
                ticks,
                small_size(picture, parameters.short_edge),
            ),
            replace(providers, foreground=parameters.foreground),
            lambda first, stop: analysis_frames(
                footage.path,
                picture,
                parameters.input_transform,
                grid,
                short_edge=parameters.short_edge,
                first=first,
                stop=stop,
            ),
            progress=lambda done: job.progress(done, len(ticks), "frames", parameters.label),
            cancelled=job.cancelled,
        )
    finally:
        providers.close()
    found = index.model_dump(mode="json", include={"width", "height", "first", "frames", "rate", "products"})
    files = [str(context.paths.relative(one)) for one in sorted(folder.rglob("*")) if one.is_file()]
    return {"folder": str(context.paths.relative(folder)), "files": files, "notes": list(notes), **found}


def _require_models(parameters: PerceiveParameters, providers: ProviderSet) -> None:
    """Raises EngineError if a model has changed since the job was queued."""
    wanted = (
        (providers.mask, parameters.mask_digest),
        (providers.depth, parameters.depth_digest),
        (providers.face, parameters.face_digest),
    )
    for provider, digest in wanted:
        if provider and provider.identity.digest != digest:
            raise EngineError(
                f"The model {provider.identity.model} has changed since the job was queued.",
                "Run cwtui perceive again.",
            )


def _folder(context: TaskContext, parameters: PerceiveParameters) -> Path:
    return perception_folder(context.paths, parameters.take, parameters.source_digest) / TASK.job_id(parameters)


def _is_current(context: TaskContext, result: Mapping[str, Any]) -> bool:
    """Whether the products are complete."""
    return (context.paths.folder / str(result["folder"]) / INDEX).is_file()


def _title(parameters: PerceiveParameters) -> str:
    words = [_WORDS[kind] for kind in parameters.products]
    listed = " and ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else words[0]
    return f"find {listed} in {parameters.label}"


TASK = Task(
    name="perceive",
    version=2,
    parameters=PerceiveParameters,
    run=_run,
    title=_title,
    is_current=_is_current,
    needs=ResourceNeeds(cpu=2, memory=6 * GIB, gpu=True, cpu_seconds=7 * DAYS),
    remote=lambda context: take_work(context, "files"),
)
