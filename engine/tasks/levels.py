"""The job `levels` measures peaks and loudness of a take's sound over time."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.atomic_files import make_folder, write_atomic
from engine.catalog import Take
from engine.jobs import GIB, JobContext, JobRequest, ResourceNeeds
from engine.sound import TakeLevels, read_levels
from engine.tasks.context import TaskContext
from engine.tasks.parameters import SubjectParameters
from engine.tasks.paths import ResultPaths
from engine.tasks.remote_inputs import take_work
from engine.tasks.requests import REQUESTED, project_of, subject_parameters
from engine.tasks.task import Task

if TYPE_CHECKING:
    from engine.transfer import Subject

__all__ = ["TASK", "LevelsParameters", "TakeLevels", "levels_path", "levels_request", "read_levels"]


class LevelsParameters(SubjectParameters):
    """The take to measure."""


def levels_path(paths: ResultPaths, take: Take) -> Path:
    """The file with a take's levels; `read_levels` reads it."""
    return paths.artifact_folder(take.id) / f"{take.digest}.levels.json"


def levels_request(context: TaskContext, subject: Subject, priority: int = REQUESTED) -> JobRequest:
    """Requests the levels of a take."""
    return TASK.request(
        context, LevelsParameters(**subject_parameters(subject)), project_of(subject), priority=priority
    )


def _run(context: TaskContext, parameters: LevelsParameters, job: JobContext) -> dict[str, Any]:
    """{path}: the file with the levels."""
    from engine.sound import measure_levels

    assert parameters.take
    take = context.subjects.take(parameters.take)
    whole = int(take.probe.duration * 1000)
    levels = measure_levels(
        context.subjects.of_job(parameters).footage.path,
        progress=lambda seconds: job.progress(min(int(seconds * 1000), whole), whole, "ms", parameters.label),
        cancelled=job.cancelled,
    )
    path = levels_path(context.paths, take)
    make_folder(path.parent)
    write_atomic(path, levels.model_dump_json().encode())
    return {"path": str(context.paths.relative(path))}


def _is_current(context: TaskContext, result: Mapping[str, Any]) -> bool:
    """Whether the file with the levels exists."""
    return (context.paths.folder / str(result["path"])).is_file()


TASK = Task(
    name="levels",
    version=3,
    parameters=LevelsParameters,
    run=_run,
    title=lambda p: f"measure the sound of {p.label}",
    is_current=_is_current,
    needs=ResourceNeeds(cpu=1, memory=2 * GIB),
    remote=lambda context: take_work(context, "path", exact=True),
)
