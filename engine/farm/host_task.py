"""The job `farm-host` listens for the machines of the farm: those that join, and those that fetch and bring files.

It runs until it is switched off. The scheduler, a process of its own, is started by the studio process.
"""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.catalog import Catalog, FarmListener, FarmMachine
from engine.errors import Cancelled, EngineError
from engine.farm.authority import Authority, renew_leaves
from engine.farm.content_credentials import ContentCredentials
from engine.farm.content_messages import LeafRequest, RenewedLeaves
from engine.farm.content_server import serve_content
from engine.farm.discovery import announced_host, host_name
from engine.farm.farm_policy import FarmPolicy
from engine.farm.listening import open_sockets
from engine.farm.pairing_server import HostPorts, PairingServer
from engine.jobs import GIB, JobContext, JobRequest, ResourceNeeds
from engine.policy import Permission
from engine.slug import printable
from engine.tasks import TaskContext
from engine.tasks.parameters import Parameters
from engine.tasks.requests import ARRIVING
from engine.tasks.task import Task

if TYPE_CHECKING:
    from engine.phone import Interface

FARM_HOST = "farm-host"
_TICK_S = 0.1
_RENEWAL_S = 600.0
_REOPEN_S = 20.0

logger = logging.getLogger("engine.farm")


class FarmHostParameters(Parameters):
    """Where to listen: on three ports from `port` on, or, if it is 0, on any free ones.

    `asked_at` gives each request a job of its own.
    """

    interface: str
    address: str
    port: int
    announce: bool
    asked_at: datetime


def farm_host_request(context: TaskContext, interface: Interface, port: int, announce: bool = True) -> JobRequest:
    """Request that the studio listens for machines. Raises PolicyError if a policy refuses it."""
    context.gate.check("farm", network=interface.network, interface=interface.name)
    parameters = FarmHostParameters(
        interface=interface.name,
        address=interface.address,
        port=port,
        announce=announce and interface.network != "loopback",
        asked_at=datetime.now(UTC),
    )
    return TASK.request(context, parameters, None, priority=ARRIVING)


def _run(context: TaskContext, parameters: FarmHostParameters, job: JobContext) -> dict[str, Any]:
    from engine.phone import Interface

    interface = Interface(parameters.interface, parameters.address)
    permission = context.gate.require("farm", network=interface.network, interface=interface.name)
    studio = context.paths.folder
    authority = Authority(studio)
    leaf = authority.host_leaves()["content"]
    name = host_name(studio)
    sockets = _open(permission, context, parameters, job)
    pairing, content, scheduler = (int(one.getsockname()[1]) for one in sockets)
    # The scheduler, another process, binds it.
    sockets[2].close()
    listener = FarmListener(
        job_id=TASK.job_id(parameters),
        interface=parameters.interface,
        address=parameters.address,
        pairing_port=pairing,
        content_port=content,
        scheduler_port=scheduler,
        name=name,
        fingerprint=authority.fingerprint,
        since=datetime.now(UTC),
    )
    renewal = _Renewal(studio, authority)
    with ExitStack() as stack:
        stack.enter_context(
            serve_content(
                studio,
                sockets[1],
                ContentCredentials(leaf.certificate, leaf.key, leaf.authority),
                may_send=FarmPolicy(studio).may_send,
                renew=renewal.renew,
            )
        )
        ports = HostPorts(name, content, scheduler)
        stack.enter_context(PairingServer(studio, authority, sockets[0], lambda: ports))
        if parameters.announce:
            try:
                stack.enter_context(announced_host(name, parameters.address, pairing))
            except OSError as error:
                logger.warning("farm: not announced by Bonjour: %s", error)
        context.catalog.farm.set_listener(listener)
        due = time.monotonic() + _RENEWAL_S
        while not job.cancelled():
            time.sleep(_TICK_S)
            if time.monotonic() >= due:
                due = time.monotonic() + _RENEWAL_S
                authority.host_leaves()
    # If it is the studio process that stops, the next one starts this job again, on the same ports.
    raise Cancelled("The farm was switched off.", "cwtui farm host switches it on again.")


class _Renewal:
    """Issues new leaves to machines that ask over their connection. The content server calls it from any thread."""

    def __init__(self, studio: Path, authority: Authority) -> None:
        self._studio, self._authority = studio, authority
        self._lock = threading.Lock()

    def renew(self, machine: FarmMachine, request: LeafRequest) -> RenewedLeaves:
        """Return new leaves. Raises EngineError if the machine may not have them."""
        with self._lock, closing(Catalog.in_studio(self._studio)) as catalog:
            requests = {"content": request.content, "dask": request.dask}
            leaves = renew_leaves(self._authority, catalog.farm, machine.name, requests)  # type: ignore[arg-type]
        return RenewedLeaves(content=leaves["content"].certificate, dask=leaves["dask"].certificate)


def _open(
    permission: Permission, context: TaskContext, parameters: FarmHostParameters, job: JobContext
) -> list[socket.socket]:
    """Open the three sockets. After a restart, the machines know the ports of the attempt before.

    A scheduler whose studio process was killed needs a moment to notice it.
    """
    before = context.catalog.farm.last_listener(TASK.job_id(parameters))
    until = time.monotonic() + _REOPEN_S
    while before and time.monotonic() < until and not job.cancelled():
        with suppress(EngineError):
            ports = before.pairing_port, before.content_port, before.scheduler_port
            return open_sockets(permission, parameters.address, ports)
        time.sleep(_TICK_S)
    wanted = tuple(range(parameters.port, parameters.port + 3)) if parameters.port else (0, 0, 0)
    return open_sockets(permission, parameters.address, wanted)


def _title(parameters: FarmHostParameters) -> str:
    return f"farm on {printable(parameters.interface)}"


def _reads(context: TaskContext, parameters: FarmHostParameters) -> Iterator[Path]:
    """The footage that stays outside the studio: machines fetch it as they do the rest."""
    for take in context.catalog.takes():
        if take.in_place:
            yield from (path for path in (take.path, *take.sidecars) if path.is_file())


def _is_current(context: TaskContext, result: Mapping[str, Any]) -> bool:
    return False


TASK = Task(
    name=FARM_HOST,
    version=1,
    parameters=FarmHostParameters,
    run=_run,
    title=_title,
    is_current=_is_current,
    # Without a core of its own: it waits for the network, and other jobs must not wait for it.
    needs=ResourceNeeds(cpu=0, memory=GIB, network=True, cpu_seconds=None),
    mutex=lambda p: FARM_HOST,
    reads=_reads,
)
