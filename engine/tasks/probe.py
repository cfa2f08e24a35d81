"""The job `probe` reads the time of every frame of a take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from engine.jobs import GIB, JobContext, JobRequest, ResourceNeeds
from engine.tasks.context import TaskContext
from engine.tasks.draft import draft_request
from engine.tasks.parameters import SubjectParameters
from engine.tasks.proxy import proxy_request
from engine.tasks.requests import SOON, project_of, subject_parameters
from engine.tasks.task import Task

if TYPE_CHECKING:
    from engine.transfer import Subject


class ProbeParameters(SubjectParameters):
    """The take to read."""


def probe_request(context: TaskContext, subject: Subject, priority: int = SOON) -> JobRequest:
    """Requests the frame times of a take."""
    return TASK.request(context, ProbeParameters(**subject_parameters(subject)), project_of(subject), priority=priority)


def _run(context: TaskContext, parameters: ProbeParameters, job: JobContext) -> dict[str, Any]:
    """{path, frames}: the file with the frame times, and their number; None and 0 without a picture."""
    assert parameters.take
    take = context.subjects.take(parameters.take)
    grid = context.subjects.opened(take).footage.grid
    return {
        "path": str(context.paths.relative(context.paths.grid_path(take))) if grid else None,
        "frames": len(grid.sources) if grid else 0,
    }


def _is_current(context: TaskContext, result: Mapping[str, Any]) -> bool:
    """Whether the file with the frame times exists, if there is a picture."""
    return result["path"] is None or (context.paths.folder / result["path"]).is_file()


def _successors(context: TaskContext, parameters: ProbeParameters, result: Mapping[str, Any]) -> Sequence[JobRequest]:
    """The draft and the proxy, which need the frame times."""
    assert parameters.take
    take = context.subjects.take(parameters.take)
    return [request for request in (draft_request(context, take), proxy_request(context, take)) if request]


TASK = Task(
    name="probe",
    version=1,
    parameters=ProbeParameters,
    run=_run,
    title=lambda p: f"read the frame times of {p.label}",
    is_current=_is_current,
    needs=ResourceNeeds(cpu=1, memory=2 * GIB),
    successors=_successors,
)
