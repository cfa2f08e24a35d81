"""The job `offload` copies a card to the project and to other disks, and proves the copies."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.catalog import Encoding, Project
from engine.errors import RequestError, failure_as_json
from engine.jobs import GIB, JobContext, JobRequest, ResourceNeeds
from engine.slug import printable
from engine.tasks.context import TaskContext
from engine.tasks.ingest import after_arrival
from engine.tasks.parameters import Parameters
from engine.tasks.paths import find_project
from engine.tasks.requests import ARRIVING
from engine.tasks.task import Task

if TYPE_CHECKING:
    from engine.transfer import OffloadResult


class OffloadParameters(Parameters):
    """A card to offload into a project, and the folders of its other copies.

    `asked_at` gives each request a job of its own, because the content of a card changes. `prepare` queues the jobs
    that prepare takes.
    """

    project: str
    source: Path
    also: tuple[Path, ...]
    input_transform: Encoding | None
    prepare: bool
    asked_at: datetime


def offload_request(
    context: TaskContext,
    project: Project,
    source: Path,
    also: Sequence[Path],
    transform: Encoding | None,
    prepare: bool,
) -> JobRequest:
    """Requests the offload of a card in its current state. Creates the last folder of each destination.

    Raises RequestError if a destination's disk is not there, or it is on the card.
    """
    source = Path(os.path.abspath(source))
    parameters = OffloadParameters(
        project=project.id,
        source=source,
        also=prepare_destinations(context.paths.folder, source, also),
        input_transform=transform,
        prepare=prepare,
        asked_at=datetime.now(UTC),
    )
    return TASK.request(context, parameters, project.id, priority=ARRIVING)


def prepare_destinations(studio: Path, source: Path | None, also: Sequence[Path]) -> tuple[Path, ...]:
    """Create the last folder of each destination. Raises RequestError if it is on the card or its disk is missing."""
    from engine.transfer.offload import refuse_places

    folders = tuple(Path(os.path.abspath(folder)) for folder in also)
    refuse_places(studio, source, folders)
    for folder in folders:
        try:
            # A missing parent is a disk that is not connected.
            folder.mkdir(exist_ok=True)
        except OSError as error:
            raise RequestError(
                f"The destination {folder} cannot be used: {error.strerror}.",
                "Connect its disk, or choose another folder.",
            ) from error
    return folders


def _run(context: TaskContext, parameters: OffloadParameters, job: JobContext) -> dict[str, Any]:
    """{safe, proven, folder, takes, already_here, failed, seals, bytes_read}. The journal has the verdicts."""
    from engine.transfer import offload_card

    project = find_project(context.catalog, parameters.project)
    done = offload_card(
        context.catalog,
        context.paths.folder,
        project,
        parameters.source,
        parameters.also,
        input_transform=parameters.input_transform,
        progress=lambda done, total, name: job.progress(done, total, "bytes", name),
        cancelled=job.cancelled,
    )
    return offload_result(context, project, done)


def offload_result(context: TaskContext, project: Project, done: OffloadResult) -> dict[str, Any]:
    """The result of an offload job. Its copies on other disks are verified in idle time from now on."""
    for manifest in done.seals:
        if not (folder := manifest.parent.parent).is_relative_to(context.paths.folder):
            context.catalog.verifications.add_copy(project, str(folder), datetime.now(UTC))
    return {
        "safe": done.status.safe,
        "proven": done.status.proven,
        "folder": done.status.folder,
        "takes": [take.model_dump(mode="json") for take in done.takes],
        "already_here": [take.model_dump(mode="json") for take in done.already_here],
        "failed": [failure_as_json(path, error) for path, error in done.failed],
        "seals": [str(seal) for seal in done.seals],
        "bytes_read": done.bytes_read,
    }


def _title(parameters: OffloadParameters) -> str:
    others = len(parameters.also)
    copies = f" to {others + 1} destinations" if others else ""
    return f"offload {printable(parameters.source.name)}{copies}"


TASK = Task(
    name="offload",
    version=1,
    parameters=OffloadParameters,
    run=_run,
    title=_title,
    is_current=lambda context, result: False,
    needs=ResourceNeeds(cpu=1, memory=2 * GIB),
    mutex=lambda p: f"ingest {p.project}",
    writes=lambda p: p.also,
    successors=lambda context, parameters, result: after_arrival(context, parameters.prepare, result),
)
