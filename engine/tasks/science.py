"""The job `science` makes the files of a science picture from bands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.file_digest import sha256_of
from engine.jobs import GIB, JobContext, JobRequest, ResourceNeeds
from engine.slug import slug
from engine.tasks.context import TaskContext
from engine.tasks.parameters import Parameters
from engine.tasks.requests import DAYS, REQUESTED
from engine.tasks.task import Task

if TYPE_CHECKING:
    from engine.catalog import Project
    from engine.policy import Permission
    from engine.science import ScienceRecipe

SCIENCE_FOLDER = "science"
"""The folder of science pictures in a project."""


class ScienceParameters(Parameters):
    """The files of the bands with their SHA-256, the recipe as JSON, and the name of the picture in a project."""

    project: str
    sources: tuple[Path, ...]
    digests: tuple[str, ...]
    recipe: str
    name: str


def science_request(
    context: TaskContext, project: Project, sources: Sequence[Path], recipe: ScienceRecipe, name: str
) -> JobRequest:
    """Requests a science picture of files.

    Raises PolicyError if the policies refuse it, OSError if a file cannot be read.
    """
    _permission(context, [context.paths.relative(path) for path in sources])
    parameters = ScienceParameters(
        project=project.id,
        sources=tuple(context.paths.relative(path) for path in sources),
        digests=tuple(sha256_of(path) for path in sources),
        recipe=recipe.model_dump_json(),
        name=slug(name),
    )
    return TASK.request(context, parameters, project.id, priority=REQUESTED)


def _run(context: TaskContext, parameters: ScienceParameters, job: JobContext) -> dict[str, Any]:
    """{files, record}: the paths of the files, and what the picture was made with."""
    from engine.science import ScienceRecipe, make_product

    folder = context.paths.project_folder(parameters.project) / SCIENCE_FOLDER
    product = make_product(
        _permission(context, parameters.sources),
        [context.paths.folder / path for path in parameters.sources],
        ScienceRecipe.model_validate_json(parameters.recipe),
        folder,
        parameters.name,
        scratch=job.folder,
        progress=lambda share: job.progress(round(share * 1000), 1000, "‰", parameters.name),
        cancelled=job.cancelled,
    )
    return {
        "files": [str(context.paths.relative(path)) for path in product.files],
        "digests": [sha256_of(path) for path in product.files],
        "record": product.record.model_dump(mode="json"),
    }


def _permission(context: TaskContext, sources: Sequence[Path]) -> Permission:
    """The permission to write the files, of which the largest has the pixels of the largest band."""
    from engine.science import read_science

    bands = read_science([context.paths.folder / path for path in sources]).bands
    return context.gate.require("export", format="exr", long_edge=max(max(band.shape) for band in bands))


def _is_current(context: TaskContext, result: Mapping[str, Any]) -> bool:
    """Whether the files have the bytes that were written."""
    paths = [context.paths.folder / str(path) for path in result["files"]]
    return all(
        path.is_file() and sha256_of(path) == digest for path, digest in zip(paths, result["digests"], strict=True)
    )


TASK = Task(
    name="science",
    version=2,
    parameters=ScienceParameters,
    run=_run,
    title=lambda p: f"make the science picture {p.name} from {len(p.sources)} files",
    is_current=_is_current,
    needs=ResourceNeeds(cpu=2, memory=3 * GIB, cpu_seconds=DAYS),
    mutex=lambda p: f"science {p.project} {p.name}",
)
