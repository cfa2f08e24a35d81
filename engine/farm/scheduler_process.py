"""The Dask scheduler: a process of its own in a sandbox, because any certificate holder can run code in it.

Its folder has its log and its certificate; it can read neither the studio nor another key. It gets the ids of leases
over a socket pair and returns hints, which nobody believes: the catalog's leases are the truth.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
import sys
from typing import Any

from engine.farm.confined_child import begin_child
from engine.farm.dask_credentials import DASK_ROLE
from engine.farm.dask_settings import NoHttpServer, apply_settings, machine_resource, security

_MAX_LINE = 1 << 16

logger = logging.getLogger("engine.farm")


def main(arguments: list[str]) -> None:
    """Run the scheduler until the other side of the socket pair is closed."""
    pair, settings = begin_child(arguments, ("certificate", "key", "authority"))
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(name)s: %(message)s")
    apply_settings()
    asyncio.run(_serve(pair, settings))


async def _serve(pair: socket.socket, settings: dict[str, Any]) -> None:
    from distributed import Client, Scheduler
    from distributed.diagnostics.plugin import SchedulerPlugin

    from engine.farm.dask_agent import run_lease

    reader, writer = await asyncio.open_connection(sock=pair, limit=_MAX_LINE)

    def say(**message: Any) -> None:
        writer.write(json.dumps(message).encode() + b"\n")

    class LeaseScheduler(NoHttpServer, Scheduler):
        async def add_worker(self, comm: Any, *, address: str, **given: Any) -> None:
            """Register a worker under the name of its certificate. Raises ValueError for any other."""
            name, role = _subject(comm.extra_info["peercert"])
            machine = str(given.get("name", "")).partition("#")[0]
            if role != DASK_ROLE or machine != name or set(given.get("resources") or {}) - {machine_resource(name)}:
                raise ValueError(f"The certificate of {name or 'nobody'} is not that of the worker {machine}.")
            await super().add_worker(comm, address=address, **given)

    class Report(SchedulerPlugin):
        def transition(self, key: Any, start: str, finish: str, *rest: Any, **more: Any) -> None:
            if finish in ("memory", "erred") and (lease := leases.get(str(key))):
                say(event="ended", lease=lease)

    leases: dict[str, str] = {}
    own = security(settings["certificate"], settings["key"], settings["authority"])
    scheduler = LeaseScheduler(
        host=settings["address"],
        port=settings["port"],
        protocol="tls",
        security=own,
        dashboard=False,
        plugins=[Report()],
    )
    await scheduler
    # The client never asks a worker for a result: workers listen on no port.
    client = await Client(  # type: ignore[no-untyped-call]
        scheduler.address, security=own, asynchronous=True, set_as_default=False, direct_to_workers=False
    )
    say(event="listening", port=scheduler.port)
    tasks: dict[str, Any] = {}
    while line := await reader.readline():
        asked = json.loads(line)
        lease = asked["lease"]
        if (earlier := tasks.pop(lease, None)) is not None:
            leases.pop(earlier.key, None)
            earlier.release()
        if asked["op"] == "submit":
            key = f"lease-{lease}-{asked['number']}"
            leases[key] = lease
            tasks[lease] = client.submit(
                run_lease, lease, key=key, pure=False, retries=0, resources={machine_resource(asked["machine"]): 1}
            )
    # A shutdown in order would wait for workers.
    os._exit(0)


def _subject(certificate: dict[str, Any]) -> tuple[str, str]:
    """Return the name and the role in a peer's certificate."""
    subject = {name: value for part in certificate.get("subject", ()) for name, value in part}
    return subject.get("commonName", ""), subject.get("organizationalUnitName", "")


if __name__ == "__main__":
    main(sys.argv[1:])
