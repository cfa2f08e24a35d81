"""The job `ingest` copies footage into a project. Further jobs prepare its new takes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine.catalog import Encoding, Project, Take
from engine.errors import RequestError, failure_as_json
from engine.jobs import GIB, JobContext, JobRequest, ResourceNeeds
from engine.slug import printable
from engine.tasks.condition import condition_request
from engine.tasks.context import TaskContext
from engine.tasks.levels import levels_request
from engine.tasks.named_paths import named_paths
from engine.tasks.parameters import Parameters
from engine.tasks.paths import find_project
from engine.tasks.probe import probe_request
from engine.tasks.requests import ARRIVING, LATER, SOON
from engine.tasks.task import Task
from engine.tasks.transcript import fullest_transcript_request
from engine.tasks.verify import due_verifications


class IngestParameters(Parameters):
    """Files and folders to ingest into a project.

    `asked_at` gives each request a job of its own, because the content of folders changes. `prepare` queues
    `preparation` for each take that was never prepared.
    """

    project: str
    paths: tuple[Path, ...]
    input_transform: Encoding | None
    in_place: bool
    prepare: bool
    asked_at: datetime


def ingest_request(
    context: TaskContext,
    project: Project,
    paths: Sequence[Path],
    transform: Encoding | None,
    in_place: bool,
    prepare: bool,
) -> JobRequest:
    """Requests an ingest of the files in their current state."""
    parameters = IngestParameters(
        project=project.id,
        paths=tuple(Path(os.path.abspath(path)) for path in paths),
        input_transform=transform,
        in_place=in_place,
        prepare=prepare,
        asked_at=datetime.now(UTC),
    )
    return TASK.request(context, parameters, project.id, priority=ARRIVING)


def preparation(context: TaskContext, take: Take) -> list[JobRequest]:
    """The jobs that prepare a take: frame times and then a draft and a proxy; levels, transcript and condition.

    An observation has only a condition.
    """
    subject = context.subjects.unprobed(take)
    if take.probe.observation is not None:
        return [condition_request(context, subject)]
    steps = [probe_request(context, subject, SOON)]
    if subject.has_sound:
        steps.append(levels_request(context, subject, SOON))
        # Without a speech model there is no transcript. A command that needs one reports the missing model.
        with suppress(RequestError):
            steps.append(fullest_transcript_request(context, subject, LATER))
    steps.append(condition_request(context, subject))
    return steps


def _run(context: TaskContext, parameters: IngestParameters, job: JobContext) -> dict[str, Any]:
    """{takes, already_here, duplicates, failed, skipped, seal}."""
    from engine.transfer import import_footage

    arrivals = import_footage(
        context.catalog,
        context.paths.folder,
        find_project(context.catalog, parameters.project),
        parameters.paths,
        input_transform=parameters.input_transform,
        in_place=parameters.in_place,
        progress=lambda done, total, name: job.progress(done, total, "bytes", name),
        cancelled=job.cancelled,
    )
    return {
        "takes": [take.model_dump(mode="json") for take in arrivals.takes],
        "already_here": [take.model_dump(mode="json") for take in arrivals.already_here],
        "duplicates": [
            {"path": str(path), "take": take.label}
            for path, take in zip(arrivals.duplicates, arrivals.already_here, strict=True)
        ],
        "failed": [failure_as_json(path, error) for path, error in arrivals.failed],
        "skipped": [str(path) for path in arrivals.skipped],
        "seal": str(arrivals.seal) if arrivals.seal else None,
    }


def _title(parameters: IngestParameters) -> str:
    first, *others = parameters.paths
    return f"ingest {printable(first.name)}" + (f" and {len(others)} more" if others else "")


def after_arrival(context: TaskContext, prepare: bool, result: Mapping[str, Any]) -> Sequence[JobRequest]:
    """The jobs after an ingest or offload: seals that are due for verification, and with `prepare` its new takes."""
    due = due_verifications(context)
    if not prepare:
        return due
    takes = [Take.model_validate(raw) for raw in (*result["takes"], *result["already_here"])]
    plans = [preparation(context, take) for take in takes]
    # A take that an earlier attempt recorded before it was killed is already here, and not prepared.
    return [step for plan in plans if context.catalog.queue.job(plan[0].id) is None for step in plan] + due


def _reads(context: TaskContext, parameters: IngestParameters) -> Iterator[Path]:
    """The files and folders; the folder of a file also has the files that belong to it."""
    yield from named_paths(context, parameters)
    yield from (path.parent for path in parameters.paths if not path.is_dir())


TASK = Task(
    name="ingest",
    version=2,
    parameters=IngestParameters,
    run=_run,
    title=_title,
    is_current=lambda context, result: False,
    needs=ResourceNeeds(cpu=1, memory=2 * GIB),
    reads=_reads,
    mutex=lambda p: f"ingest {p.project}",
    successors=lambda context, parameters, result: after_arrival(context, parameters.prepare, result),
)
