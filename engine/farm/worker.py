"""The work of a machine that has joined a farm: its supervisor, with the certificates of its membership."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from engine.atomic_files import make_folder, write_atomic
from engine.farm.caps import load_caps
from engine.farm.content_cache import ContentCache
from engine.farm.content_client import ContentClient
from engine.farm.content_connection import HostAddress
from engine.farm.content_messages import LeafRequest
from engine.farm.leaves import HOST, make_request
from engine.farm.machine_facts import MachineFacts
from engine.farm.membership import Membership
from engine.farm.software import software_identity
from engine.farm.supervisor import Supervisor, SupervisorPlan
from engine.farm.worker_process import announced_worker

CACHE, CACHE_KEY, JOBS = "cache", "cache.key", "studio"
"""The names of a machine's cache, of the cache's key, and of the folder of its jobs, in its folder of a host."""
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def work(
    membership: Membership, job_kinds: str, observer: Callable[[MachineFacts], None], *, detached: bool = False
) -> str:
    """Work for a farm until SIGTERM, SIGINT or the host ends it. Return `stopped` or `revoked`.

    `job_kinds` is module:function, as for a studio process. `observer` gets what the machine reports. `detached`: no
    terminal shows it. Raises EngineError if another process works for the same host already, or the certificates
    cannot be used.
    """
    folder = membership.folder
    make_folder(folder / "kinds")
    client = ContentClient(HostAddress(membership.address, membership.content_port, HOST), membership.content)
    plan = SupervisorPlan(
        folder,
        membership.machine,
        membership.address,
        membership.scheduler_port,
        membership.dask,
        job_kinds,
        software_identity(),
    )
    try:
        with ContentCache(folder / CACHE, folder / CACHE_KEY, load_caps(folder).cache_bytes) as cache:
            supervisor = Supervisor(plan, client, cache, lambda: _renew(membership, client), observer)
            # The lock of the cache lets one process work.
            with _stopped_by_signals(supervisor.stop), announced_worker(folder, detached):
                return supervisor.run()
    finally:
        client.close()


def _renew(membership: Membership, client: ContentClient) -> None:
    """Get new leaves over the connection that has the old one, and use them from the next connection on."""
    content, dask = membership.content, membership.dask
    asked = LeafRequest(content=make_request(content.key).decode(), dask=make_request(dask.key).decode())
    leaves = client.renew(asked)
    for files, leaf in ((content, leaves.content), (dask, leaves.dask)):
        write_atomic(files.certificate, leaf.encode())


@contextmanager
def _stopped_by_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` when this process is interrupted or terminated, while the block runs in the main thread."""
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    for number in _SIGNALS:
        signal.signal(number, lambda number, frame: stop())
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
