"""A machine's Dask worker: a process of its own in a sandbox, with the key of Dask and no other.

It has no nanny and listens on no port: the scheduler reaches it over the connection that it has opened. It receives
nothing but the ids of leases; the supervisor, on the other side of a socket pair, claims them from the host.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import secrets
import sys
import threading
from typing import Any

from engine.farm.confined_child import begin_child
from engine.farm.dask_settings import SLOTS, NoHttpServer, apply_settings, machine_resource, security
from engine.farm.json_lines import LineChannel

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.2, 5.0

logger = logging.getLogger("engine.farm")


class _Calls:
    """The calls that wait for the supervisor."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[int, tuple[threading.Event, list[str]]] = {}
        self._count = 0
        self.channel: LineChannel | None = None

    def ask(self, lease_id: str) -> str:
        ended, hint = threading.Event(), list[str]()
        with self._lock:
            self._count += 1
            number = self._count
            self._waiting[number] = (ended, hint)
        assert self.channel is not None
        self.channel.send({"call": number, "lease": lease_id})
        ended.wait()
        return hint[0]

    def answer(self, message: dict[str, Any]) -> None:
        with self._lock:
            ended, hint = self._waiting.pop(message["call"])
        hint.append(message["hint"])
        ended.set()


_calls = _Calls()


def run_lease(lease_id: str) -> str:
    """Have the supervisor run a lease. Return "done" or "failed", which is only a hint for the scheduler."""
    return _calls.ask(lease_id)


def main(arguments: list[str]) -> None:
    """Connect to the scheduler, again and again, until the other side of the socket pair is closed."""
    pair, settings = begin_child(arguments, ("certificate", "key", "authority"))
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(name)s: %(message)s")
    apply_settings()
    _calls.channel = LineChannel(pair, _calls.answer, lambda: os._exit(0))
    asyncio.run(_work(settings))


async def _work(settings: dict[str, Any]) -> None:
    from distributed import Worker

    class LeaseWorker(NoHttpServer, Worker):
        pass

    machine = settings["machine"]
    own = security(settings["certificate"], settings["key"], settings["authority"])
    pause = _FIRST_PAUSE_S
    while True:
        nonce = secrets.token_hex(8)
        worker = LeaseWorker(
            f"tls://{settings['address']}:{settings['port']}",
            # A worker that restarts is another one: the scheduler may not know yet that the first has gone.
            name=f"{machine}#{nonce}",
            protocol="inproc",
            contact_address=_unreachable_address(nonce),
            nthreads=SLOTS,
            resources={machine_resource(machine): SLOTS},
            memory_limit=0,
            security=own,
            death_timeout=30,
            local_directory=os.getcwd(),
        )
        try:
            await worker
            pause = _FIRST_PAUSE_S
            await worker.finished()  # type: ignore[no-untyped-call]
        except Exception as error:
            logger.warning("no connection to the scheduler: %s", error)
        await asyncio.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE_S)


def _unreachable_address(nonce: str) -> str:
    """Return an address for the scheduler's books, of the reserved block 240.0.0.0/4: nobody can connect to it."""
    digest = hashlib.sha256(nonce.encode()).digest()
    return f"tls://{240 + digest[0] % 15}.{digest[1]}.{digest[2]}.{digest[3]}:{1024 + digest[4] * 200}"


if __name__ == "__main__":
    # Dask imports this module by its name: the calls are those of that module, not of __main__.
    from engine.farm import dask_agent

    dask_agent.main(sys.argv[1:])
