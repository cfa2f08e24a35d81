"""The job `usb` imports recordings of a phone or camera on USB, and proves the copies as an offload does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.catalog import Encoding, Job, Project
from engine.jobs import GIB, JobContext, JobRequest, ResourceNeeds
from engine.slug import printable
from engine.tasks.context import TaskContext
from engine.tasks.ingest import after_arrival
from engine.tasks.offload import offload_result, prepare_destinations
from engine.tasks.parameters import Parameters
from engine.tasks.paths import find_project
from engine.tasks.requests import ARRIVING
from engine.tasks.task import Task

if TYPE_CHECKING:
    from engine.transfer.usb import DeviceDescription, FileChoice


class UsbParameters(Parameters):
    """The files of a device to import into a project, and the folders of their other copies.

    `source` is the device as the journal names it, `name` its name; `since`, `names` and `everything` choose its files.
    `asked_at` gives each request a job of its own, because the content of a device changes.
    """

    project: str
    source: str
    name: str
    since: datetime | None
    names: tuple[str, ...]
    everything: bool
    also: tuple[Path, ...]
    input_transform: Encoding | None
    prepare: bool
    asked_at: datetime


def usb_request(
    context: TaskContext,
    project: Project,
    device: DeviceDescription,
    choice: FileChoice,
    also: Sequence[Path],
    transform: Encoding | None,
    prepare: bool,
) -> JobRequest:
    """Requests the import of a device's files. Creates the last folder of each destination.

    Raises RequestError if a destination's disk is not there.
    """
    from engine.transfer.offload import DEVICE_PREFIX

    parameters = UsbParameters(
        project=project.id,
        source=f"{DEVICE_PREFIX}{device.id}",
        name=device.name,
        since=choice.since,
        names=choice.names,
        everything=choice.everything,
        also=prepare_destinations(context.paths.folder, None, also),
        input_transform=transform,
        prepare=prepare,
        asked_at=datetime.now(UTC),
    )
    return TASK.request(context, parameters, project.id, priority=ARRIVING)


def repeated_request(context: TaskContext, job: Job) -> JobRequest:
    """Requests the same import again, of what is on the device now."""
    parameters = UsbParameters.model_validate({**job.parameters, "asked_at": datetime.now(UTC)})
    return TASK.request(context, parameters, parameters.project, priority=ARRIVING)


def _run(context: TaskContext, parameters: UsbParameters, job: JobContext) -> dict[str, Any]:
    """As that of `offload`. The verdict on each file is in the journal."""
    from engine.transfer.offload import DEVICE_PREFIX, offload_source
    from engine.transfer.usb import DeviceSource, FileChoice, device_process

    project = find_project(context.catalog, parameters.project)
    choice = FileChoice(parameters.since, parameters.names, parameters.everything)
    with device_process(lambda text: job.progress(0, 0, "", text), job.cancelled) as devices:
        device = devices.open(parameters.source.removeprefix(DEVICE_PREFIX))
        done = offload_source(
            context.catalog,
            context.paths.folder,
            project,
            DeviceSource(device, choice),
            parameters.also,
            input_transform=parameters.input_transform,
            progress=lambda done, total, name: job.progress(done, total, "bytes", name),
            cancelled=job.cancelled,
        )
    return offload_result(context, project, done)


TASK = Task(
    name="usb",
    version=1,
    parameters=UsbParameters,
    run=_run,
    title=lambda parameters: f"import from {printable(parameters.name)}",
    is_current=lambda context, result: False,
    needs=ResourceNeeds(cpu=1, memory=2 * GIB),
    mutex=lambda p: f"ingest {p.project}",
    writes=lambda p: p.also,
    successors=lambda context, parameters, result: after_arrival(context, parameters.prepare, result),
)
