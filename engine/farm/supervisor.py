"""The supervisor of a machine that has joined: runs leases of its host within its owner's limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engine.farm.content_cache import ContentCache
from engine.farm.content_client import ContentClient
from engine.farm.dask_credentials import DaskCredentials
from engine.farm.machine_facts import Identity, MachineFacts


@dataclass(frozen=True, slots=True)
class SupervisorPlan:
    """What a machine works for.

    `folder` is its state folder for this host; `machine` its name in the certificates. `address` and `port` are those
    of the host's Dask scheduler. `job_kinds` is module:function, as for a studio process. The limits are read from
    `folder`, see `engine.farm.caps`.
    """

    folder: Path
    machine: str
    address: str
    port: int
    dask: DaskCredentials
    job_kinds: str
    identity: Identity


class Supervisor:
    """Runs leases until `stop` is called or the host revokes the machine.

    `renew` gets new certificates and writes them to their files; it is called when the host asks for it. `observer`
    gets what the machine reports, for its own screen.
    """

    def __init__(
        self,
        plan: SupervisorPlan,
        client: ContentClient,
        cache: ContentCache,
        renew: Callable[[], None],
        observer: Callable[[MachineFacts], None] = lambda facts: None,
    ) -> None:
        raise NotImplementedError

    def run(self) -> str:
        """Run in this thread. Return why it ended: `stopped` or `revoked`."""
        raise NotImplementedError

    def stop(self) -> None:
        """End running jobs, give their leases back, and return from `run`. Async-signal-safe."""
        raise NotImplementedError
