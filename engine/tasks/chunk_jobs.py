"""The jobs that render the parts of a delivery's picture: their plan, their work, and what it takes elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from engine.deliver import software_identity
from engine.errors import EngineError, RequestError
from engine.jobs import GIB, JobContext, JobRequest, ResourceNeeds
from engine.tasks.context import TaskContext
from engine.tasks.farm_parts import FarmUse, compared_parts, copied_of
from engine.tasks.parameters import Parameters
from engine.tasks.requests import DAYS

if TYPE_CHECKING:
    from engine.deliver import MovieRequest, Recipe
    from engine.tasks.task import Task

CHUNK_NEEDS = ResourceNeeds(cpu=2, memory=6 * GIB, gpu=True, cpu_seconds=7 * DAYS)

_FOLDER = "chunks"

# So many chunks, of about four seconds each, are one job: the start of a job costs about a second.
_CHUNKS_PER_JOB = 2

# The parameters of a delivery that do not change the pictures of its movie, without values.
_OTHER: Mapping[str, Any] = {
    "masters": {},
    "folder": Path(),
    "replace": False,
    "damaged": False,
    "contents": "",
    "credential": None,
    "cover": None,
    "markers": (),
    "packages": (),
    "farm": None,
}

FarmChoice = Literal["", "equal", "mixed"]
"""Whether the farm renders a delivery: not, on machines with the same device, or on any with the same software."""


class PartFields(Parameters):
    """A part of a delivery's movie: `frames` frames from `first` on. The other parameters are those of the delivery.

    Its chunks are those that start in these frames. `measures`: it is the first of two passes; `first_passes` are the
    jobs of the first passes of all parts, in order. `copies` is the job that finds which frames of a film are copied.
    `software` is the digest of the software that all parts are made with.
    """

    first: int
    frames: int
    measures: bool = False
    first_passes: tuple[str, ...] = ()
    copies: str | None = None
    software: str

    @property
    def part(self) -> range:
        """The frames of the movie."""
        return range(self.first, self.first + self.frames)


F = TypeVar("F", bound=PartFields)


def part_fields(parameters: Parameters, *, shown: bool) -> dict[str, Any]:
    """The parameters of a delivery for its parts, without those that do not change its pictures.

    `shown`: the captions are drawn into them.
    """
    fields = {**dict(parameters), **_OTHER}
    return fields if shown else {**fields, "captions": None, "translation": None}


def burns_captions(recipe: Recipe) -> bool:
    """Whether a recipe draws captions into the picture."""
    return recipe.picture is not None and "captions" in recipe.picture.burn_in


def plan_parts(
    context: TaskContext,
    order: MovieRequest,
    task: Task[F],
    fields: Mapping[str, Any],
    after: Sequence[JobRequest],
    project: str | None,
    priority: int,
    *,
    mixed: bool,
    copies: JobRequest | None = None,
    waits: bool = False,
) -> tuple[FarmUse, tuple[JobRequest, ...]]:
    """The jobs that render the parts of a movie; none, with the reason, if it is rendered in one piece here.

    `fields` are the parameters of the delivery. `after` are the jobs on whose results its pictures depend, `copies` is
    the job that finds the frames that the delivery copies. `waits`: the delivery waits for an answer of the user.
    """
    if waits:
        return FarmUse(mixed=mixed, refused="it waited for an answer; deliver it again to use the farm"), ()
    from engine.deliver import movie_format, refuse_parts
    from engine.picture import movie_stretches

    wanted = movie_format(order)
    if refused := refuse_parts(order.recipe, wanted):
        return FarmUse(mixed=mixed, refused=refused), ()
    assert wanted
    if not any(one.state == "active" for one in context.catalog.farm.machines()):
        return FarmUse(mixed=mixed, refused="no machine has joined the farm"), ()
    software = software_identity().digest(compared_parts(mixed=mixed))
    stretches = movie_stretches(wanted)
    groups = [stretches[at : at + _CHUNKS_PER_JOB] for at in range(0, len(stretches), _CHUNKS_PER_JOB)]

    found = (copies,) if copies else ()

    def request(group: Sequence[range], **more: Any) -> JobRequest:
        first, stop = group[0].start, group[-1].stop
        if copies:
            more["copies"] = copies.id
        if "seconds" in fields:
            more["seconds"] = (stop - first) / wanted.rate
        parameters = task.parameters.model_validate(
            {**fields, "first": first, "frames": stop - first, "software": software, **more}
        )
        needed = (*after, *found, *measures) if more.get("first_passes") else (*after, *found)
        return task.request(context, parameters, project, needed, priority)

    measures: tuple[JobRequest, ...] = ()
    if wanted.passes == 2:
        measures = tuple(request(group, measures=True) for group in groups)
    ids = tuple(one.id for one in measures)
    jobs = tuple(request(group, first_passes=ids) for group in groups)
    kind = jobs[0].kind
    assert kind.remote
    try:
        list(kind.remote.inputs(jobs[0].parameters, {}))
    except EngineError as error:
        return FarmUse(mixed=mixed, refused=error.message), ()
    use = FarmUse(jobs=tuple(one.id for one in jobs), mixed=mixed, copies=copies.id if copies else None)
    return use, (*found, *jobs)


def refuse_copied_part(parameters: PartFields, results: Mapping[str, Mapping[str, Any]]) -> None:
    """Raises RequestError if a part has nothing to encode. Before its plan is known, it has."""
    copied = copied_of(results, parameters.copies) if parameters.copies in results else {}
    part = parameters.part
    if any(one.start <= part.start and part.stop <= one.stop for one in copied):
        raise RequestError("all of its frames are copied", "Such a job runs here.")


def run_part(
    context: TaskContext, parameters: PartFields, order: MovieRequest, home: Path, job: JobContext
) -> dict[str, Any]:
    """{folder, first, frames, files, costs, identity, seconds} of a part; its folder is below `home`.

    `files` have their sizes.
    """
    from engine.deliver import add_part, measure_part, part_stretches, render_part

    identity = software_identity()
    if not identity.satisfies(parameters.software):
        raise EngineError(
            f"{job_label(parameters)} was planned with other software than this machine has.",
            "Install the same version of Cleanwater on both machines, and deliver again.",
        )
    started = time.monotonic()
    work = home / _FOLDER / job.folder.name

    copied = copied_of(job.results, parameters.copies)
    total = sum(map(len, part_stretches(order, parameters.part, copied)))

    def rendered(done: int) -> None:
        job.progress(done, total, "frames", job_label(parameters))

    costs: list[tuple[int, int]] = []
    if parameters.measures and total:
        costs = measure_part(order, parameters.part, work, copied=copied, progress=rendered, cancelled=job.cancelled)
    elif total:
        for job_id in parameters.first_passes:
            result = job.results[job_id]
            costs += [(bits, frames) for bits, frames in result["costs"]]
            if result["first"] == parameters.first:
                add_part(order, context.paths.folder / str(result["folder"]), work)
        render_part(
            order, parameters.part, work, copied=copied, costs=costs, progress=rendered, cancelled=job.cancelled
        )
    files = sorted(path for path in work.rglob("*") if path.is_file())
    return {
        "folder": str(context.paths.relative(work)),
        "first": parameters.first,
        "frames": parameters.frames,
        "files": [{"path": str(context.paths.relative(one)), "bytes": one.stat().st_size} for one in files],
        "costs": costs,
        "identity": identity.model_dump(),
        "seconds": round(time.monotonic() - started, 3),
    }


def part_is_current(context: TaskContext, result: Mapping[str, Any]) -> bool:
    """Whether all files of a part are there, with their sizes."""
    places = ((context.paths.folder / str(one["path"]), one["bytes"]) for one in result["files"])
    return all(path.is_file() and path.stat().st_size == size for path, size in places)


def part_outputs(parameters: PartFields, result: Mapping[str, Any]) -> Iterator[Path]:
    """The files of a part, relative to the studio."""
    yield from (Path(str(one["path"])) for one in result["files"])


def job_label(parameters: PartFields) -> str:
    """The title of the job of a part."""
    verb = "measure" if parameters.measures else "render"
    label = getattr(parameters, "label", "")
    return f"{verb} frames {parameters.first} to {parameters.first + parameters.frames - 1} of {label}"
