"""The job `phone` listens for phones of the local network, and has what arrives ingested.

It runs until it is switched off, its time is over, or no paired device has done anything for a while. After a restart
of the studio process it listens again, on the same port, for the rest of its time.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from engine.catalog import PhoneListener, Project
from engine.errors import Cancelled
from engine.jobs import GIB, JobContext, JobRequest, ResourceNeeds
from engine.slug import printable
from engine.tasks.context import TaskContext
from engine.tasks.parameters import Parameters
from engine.tasks.paths import find_project
from engine.tasks.requests import ARRIVING
from engine.tasks.task import Task

if TYPE_CHECKING:
    from engine.phone import Interface

PHONE_FOLDER = "phone"
"""The folder of uploads, below `work/` of a project."""


class PhoneParameters(Parameters):
    """Where and until when to listen. `idle_minutes`: the time without a paired device that does something.

    `port` 0 is any free one. `asked_at` gives each request a job of its own.
    """

    project: str
    interface: str
    address: str
    port: int
    until: datetime
    idle_minutes: int
    announce: bool
    asked_at: datetime


def phone_request(
    context: TaskContext,
    project: Project,
    interface: Interface,
    duration: timedelta,
    idle: timedelta,
    port: int = 0,
    announce: bool = True,
) -> JobRequest:
    """Requests that the studio listens for phones. Raises PolicyError if a policy refuses it."""
    minutes = int(duration.total_seconds() // 60)
    context.gate.check("listen", network=interface.network, interface=interface.name, minutes=minutes)
    now = datetime.now(UTC)
    parameters = PhoneParameters(
        project=project.id,
        interface=interface.name,
        address=interface.address,
        port=port,
        until=now + duration,
        idle_minutes=int(idle.total_seconds() // 60),
        announce=announce and interface.network != "loopback",
        asked_at=now,
    )
    return TASK.request(context, parameters, project.id, priority=ARRIVING)


def _run(context: TaskContext, parameters: PhoneParameters, job: JobContext) -> dict[str, Any]:
    """{arrived, refused, ended}: numbers of files, and `idle` or `time`."""
    import asyncio

    from engine.phone import (
        Access,
        Interface,
        ListenerPlan,
        PhoneApplication,
        StudioIdentity,
        Upload,
        Uploads,
        UploadStore,
        bonjour_name,
        listen,
        open_socket,
        server_certificate,
    )
    from engine.tasks.phone_arrivals import PhoneArrivals

    interface = Interface(parameters.interface, parameters.address)
    left = max(0, int((parameters.until - datetime.now(UTC)).total_seconds() // 60))
    permission = context.gate.require("listen", network=interface.network, interface=interface.name, minutes=left)
    project = find_project(context.catalog, parameters.project)
    studio = context.paths.folder
    name = bonjour_name(studio)
    certificate = server_certificate(studio, interface.address, name)
    work = studio / project.folder / "work" / PHONE_FOLDER
    store = UploadStore(work / "uploads")
    arrivals = PhoneArrivals(context, project, store, work / "arrived", job)

    async def on_whole(upload: Upload) -> None:
        arrivals.wake()

    access = Access(studio, project.id)
    identity = StudioIdentity(project.name, certificate.fingerprint, certificate.authority)
    application = PhoneApplication(Uploads(store, on_whole), access, identity)
    listening = open_socket(permission, interface.address, *_ports(context, parameters))
    listener = PhoneListener(
        job_id=TASK.job_id(parameters),
        project_id=project.id,
        interface=interface.name,
        address=interface.address,
        port=listening.getsockname()[1],
        name=name,
        fingerprint=certificate.fingerprint,
        since=datetime.now(UTC),
        until=parameters.until,
    )
    context.catalog.phones.set_listener(listener)
    idle = timedelta(minutes=parameters.idle_minutes)
    plan = ListenerPlan(interface.address, listener.port, name, parameters.until, idle, announce=parameters.announce)
    try:
        ended = asyncio.run(listen(permission, application, certificate, listening, plan, job.cancelled, arrivals.tick))
    finally:
        access.close()
        arrivals.close()
    if ended == "stopped":
        # If it is the studio process that stops, the next one starts this job again, and the page finds the same port.
        raise Cancelled("Receiving from phones was switched off.", "cwtui phone switches it on again.")
    context.catalog.phones.clear_listener()
    return {"arrived": arrivals.arrived, "refused": arrivals.refused, "ended": ended}


def _ports(context: TaskContext, parameters: PhoneParameters) -> tuple[int, ...]:
    """The ports to try. After a restart, the page of a phone knows the one of the attempt before."""
    before = context.catalog.phones.last_listener(TASK.job_id(parameters))
    return (before.port, 0) if before else (parameters.port,)


def _title(parameters: PhoneParameters) -> str:
    return f"receive from phones on {printable(parameters.interface)}"


def _is_current(context: TaskContext, result: Mapping[str, Any]) -> bool:
    return False


TASK = Task(
    name="phone",
    version=1,
    parameters=PhoneParameters,
    run=_run,
    title=_title,
    is_current=_is_current,
    # Without a core of its own: it waits for the network, and other jobs must not wait for it.
    needs=ResourceNeeds(cpu=0, memory=GIB, network=True, cpu_seconds=None),
    mutex=lambda p: "phone",
)
