"""Waits until a service of the studio process listens on its port, or listens no longer."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable
from typing import TypeVar

from engine.catalog import FarmListener, PhoneListener
from engine.errors import EngineError
from engine.jobs import job_result
from engine.studio.studio import Studio

_POLL_S = 0.05
_CONNECT_S = 2.0
_CLOSE_S = 30.0

Listener = TypeVar("Listener", FarmListener, PhoneListener)


def once_it_listens(
    studio: Studio,
    job_id: str,
    current: Callable[[Studio], Listener | None],
    port_of: Callable[[Listener], int],
    what: str,
) -> Listener:
    """Return where the service of a job listens, once its port is open.

    `current` returns the listener only once a studio process has taken over: the service of a killed one answers until
    it has noticed. Raises the error of the job if it ends; `what` names the service.
    """
    while True:
        listener = current(studio)
        if listener and listener.job_id == job_id and _is_open(listener.address, port_of(listener)):
            return listener
        job = studio.catalog.queue.job(job_id)
        if job and not job.state.open:
            job_result(job)
            raise EngineError(f"{what} stopped listening at once.", f"cwtui log {job_id[:8]} shows why.")
        studio.jobs.ensure_running()
        time.sleep(_POLL_S)


def once_it_is_closed(address: str, ports: Iterable[int], what: str) -> None:
    """Return once nothing listens on these ports any more. Raises EngineError if something still does after a while."""
    open_ports, until = list(ports), time.monotonic() + _CLOSE_S
    while open_ports := [port for port in open_ports if _is_open(address, port)]:
        if time.monotonic() > until:
            raise EngineError(
                f"{what} is off, but port {open_ports[0]} is still open.", "Stop the studio: cwtui studio --stop"
            )
        time.sleep(_POLL_S)


def _is_open(address: str, port: int) -> bool:
    try:
        socket.create_connection((address, port), timeout=_CONNECT_S).close()
    except OSError:
        return False
    return True
