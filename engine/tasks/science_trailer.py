"""The job `science-trailer` makes a movie of a flight through a science picture."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import RequestError
from engine.file_digest import sha256_of
from engine.jobs import GIB, JobContext, JobRequest, ResourceNeeds
from engine.slug import slug
from engine.tasks.context import TaskContext
from engine.tasks.parameters import Parameters
from engine.tasks.requests import DAYS, REQUESTED
from engine.tasks.science import SCIENCE_FOLDER
from engine.tasks.task import Task

if TYPE_CHECKING:
    from engine.catalog import Project
    from engine.looks import Look
    from engine.policy import Permission
    from engine.science import TrailerSettings

_COLOR = ".color.exr"


class ScienceTrailerParameters(Parameters):
    """The picture and its table of stars with their SHA-256, the settings and the look as JSON, and the name."""

    project: str
    color: Path
    color_digest: str
    stars: Path | None
    stars_digest: str
    settings: str
    frames: int
    look: str
    name: str


def science_trailer_request(
    context: TaskContext,
    project: Project,
    color: Path,
    settings: TrailerSettings,
    look: Look | None = None,
    name: str | None = None,
) -> JobRequest:
    """Requests a trailer of NAME.color.exr with NAME.stars.csv beside it, if that exists.

    Raises PolicyError if the policies refuse it, RequestError if there is no such picture, OSError if a file cannot be
    read.
    """
    _permission(context, settings)
    if not color.is_file():
        raise RequestError(f"{color} does not exist.", "Name a NAME.color.exr that cwtui science composite wrote.")
    whole = color.name.removesuffix(_COLOR) if color.name.endswith(_COLOR) else color.stem
    stars = color.with_name(f"{whole}.stars.csv")
    has_stars = stars.is_file()
    parameters = ScienceTrailerParameters(
        project=project.id,
        color=context.paths.relative(color),
        color_digest=sha256_of(color),
        stars=context.paths.relative(stars) if has_stars else None,
        stars_digest=sha256_of(stars) if has_stars else "",
        settings=settings.model_dump_json(),
        frames=settings.frames,
        look=json.dumps(look.as_json(), sort_keys=True) if look else "",
        name=slug(name or whole),
    )
    return TASK.request(context, parameters, project.id, priority=REQUESTED)


def _run(context: TaskContext, parameters: ScienceTrailerParameters, job: JobContext) -> dict[str, Any]:
    """{files, digests, frames, stars}: the movie and the contact sheet, and the number of points of light."""
    from engine.looks import look_from_json
    from engine.science import TrailerSettings, make_trailer

    label, total = parameters.name, parameters.frames
    settings = TrailerSettings.model_validate_json(parameters.settings)
    made = make_trailer(
        _permission(context, settings),
        context.paths.folder / parameters.color,
        context.paths.folder / parameters.stars if parameters.stars else None,
        context.paths.project_folder(parameters.project) / SCIENCE_FOLDER,
        label,
        settings,
        work=job.folder,
        look=look_from_json(json.loads(parameters.look)) if parameters.look else None,
        progress=lambda done: job.progress(done, total, "frames", label),
        cancelled=job.cancelled,
    )
    files = (made.movie, made.sheet)
    return {
        "files": [str(context.paths.relative(path)) for path in files],
        "digests": [_digest(path) for path in files],
        "frames": total,
        "stars": made.stars,
    }


def _digest(path: Path) -> str:
    """The SHA-256 of a file, or of the names and SHA-256 of the frames in a folder."""
    if not path.is_dir():
        return sha256_of(path)
    lines = (f"{frame.name} {sha256_of(frame)}\n" for frame in sorted(path.iterdir()))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _permission(context: TaskContext, settings: TrailerSettings) -> Permission:
    edge = max(settings.width, settings.height)
    return context.gate.require("export", format=settings.suffix.removeprefix(".") or "exr", long_edge=edge)


def _is_current(context: TaskContext, result: Mapping[str, Any]) -> bool:
    """Whether the files have the bytes that were written."""
    paths = [context.paths.folder / str(path) for path in result["files"]]
    return all(path.exists() and _digest(path) == digest for path, digest in zip(paths, result["digests"], strict=True))


TASK = Task(
    name="science-trailer",
    version=2,
    parameters=ScienceTrailerParameters,
    run=_run,
    title=lambda p: f"make the trailer {p.name} of {p.frames} frames",
    is_current=_is_current,
    needs=ResourceNeeds(cpu=2, memory=4 * GIB, gpu=True, cpu_seconds=DAYS),
    mutex=lambda p: f"science-trailer {p.project} {p.name}",
)
