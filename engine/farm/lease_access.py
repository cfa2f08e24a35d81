"""What a machine may do, decided by the catalog at each request."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from engine.catalog import Catalog, FarmLease, FarmMachine
from engine.errors import EngineError
from engine.farm.content_messages import Beat, BeatReply
from engine.farm.http_wire import HttpRefusal
from engine.farm.leaves import Leaf
from engine.farm.machine_facts import MachineFacts
from engine.farm.work_order import Content, OrderedFile, WorkAnswer, WorkOrder

T = TypeVar("T")

MaySend = Callable[[FarmMachine, str | None, Content], str | None]
"""Returns the rule that keeps a content of a project (its id) from a machine, None if the machine may have it."""

_ORDERS = 64
_STATES = {
    "revoked": ("revoked", "This machine was removed from the farm", "Join again with `cwtui farm join`."),
    "quarantined": ("quarantined", "This machine is in quarantine", "On the host: `cwtui farm forgive`."),
    "draining": ("draining", "This machine takes no new work", ""),
}


class LeaseAccess:
    """Reads and changes machines and leases for the content server. Methods may be called from several threads.

    Each raises HttpRefusal if the machine may not do it. One thread has the catalog, so that requests write in turn.
    """

    def __init__(self, studio: Path, may_send: MaySend, lease: timedelta) -> None:
        self._may_send = may_send
        self._lease = lease
        self._orders: OrderedDict[str, WorkOrder] = OrderedDict()
        self._thread = ThreadPoolExecutor(1, "farm-leases")
        self._catalog = self._thread.submit(Catalog.in_studio, studio).result()

    def close(self) -> None:
        """Close the catalog. Later calls are refused."""
        self._thread.submit(self._catalog.close)
        self._thread.shutdown()

    def _run(self, function: Callable[[], T]) -> T:
        try:
            return self._thread.submit(function).result()
        except RuntimeError as error:
            raise HttpRefusal(503, "closing", "The farm is being switched off.") from error
        except EngineError as error:
            raise HttpRefusal(503, "catalog", error.message, error.hint) from error

    def report(self, peer: Leaf, facts: MachineFacts) -> FarmMachine:
        """Store what a machine reports, unless it was removed from the farm."""
        plain = facts.model_dump(mode="json")

        def run() -> FarmMachine:
            machine = self._known(peer)
            if machine.state != "revoked":
                self._catalog.farm.report_machine(peer.name, plain)
            return machine

        return self._run(run)

    def member(self, peer: Leaf) -> FarmMachine:
        """Return a machine that belongs to the farm, also in quarantine."""
        return self._run(lambda: self._admitted(peer, "active", "draining", "quarantined"))

    def claim(self, lease_id: str, peer: Leaf) -> WorkOrder:
        """Give a lease to a machine. A machine that has it already gets the order again."""

        def run() -> WorkOrder:
            machine = self._admitted(peer, "active", "draining")
            lease = self._catalog.farm.lease(lease_id)
            if lease is not None and lease.state == "claimed" and lease.machine == peer.name:
                return _without_sources(self._order(lease))
            if machine.state == "draining":
                raise _refused(machine)
            if lease is None or lease.state != "offered":
                raise _lease_ended()
            order = self._order(lease)
            for content in sorted({file.content for file in order.files}):
                self._permit(machine, order, content)
            if not self._catalog.farm.claim(lease_id, peer.name, datetime.now(UTC) + self._lease):
                raise _lease_ended()
            return _without_sources(order)

        return self._run(run)

    def order(self, lease_id: str, peer: Leaf) -> WorkOrder:
        """Return the order of a lease that a machine has claimed."""

        def run() -> WorkOrder:
            self._admitted(peer, "active", "draining")
            return self._order(self._own(lease_id, peer))

        return self._run(run)

    def file(self, lease_id: str, peer: Leaf, sha256: str) -> tuple[OrderedFile, Path | None]:
        """Return an input of a lease that a machine has claimed, and its place if that is outside the studio."""

        def run() -> tuple[OrderedFile, Path | None]:
            machine = self._admitted(peer, "active", "draining")
            order = self._order(self._own(lease_id, peer))
            found = [file for file in order.files if file.sha256 == sha256]
            if not found:
                raise HttpRefusal(404, "no-file", "The lease has no file with this digest.")
            for file in found:
                self._permit(machine, order, file.content)
            return found[0], order.sources.get(sha256)

        return self._run(run)

    def beat(self, lease_id: str, peer: Leaf, beat: Beat) -> BeatReply:
        """Store progress and extend the lease. The reply says stop if the lease is over."""

        def run() -> BeatReply:
            self._admitted(peer, "active", "draining")
            deadline = datetime.now(UTC) + self._lease
            if self._catalog.farm.beat(lease_id, peer.name, deadline, beat.progress):
                return BeatReply(deadline=deadline)
            lease = self._catalog.farm.lease(lease_id)
            note = lease.note if lease is not None and lease.machine == peer.name else ""
            return BeatReply(deadline=datetime.now(UTC), stop=True, reason=note or "The lease is over.")

        return self._run(run)

    def answer(self, lease_id: str, peer: Leaf, answer: WorkAnswer, missing: Callable[[], str | None]) -> None:
        """Store the answer of a lease. The same answer may come again. `missing` names an output that is not here."""
        plain = answer.model_dump(mode="json")

        def run() -> None:
            self._admitted(peer, "active", "draining")
            lease = self._catalog.farm.lease(lease_id)
            if lease is not None and (lease.state, lease.machine, lease.answer) == ("answered", peer.name, plain):
                return
            self._own(lease_id, peer)
            if path := missing():
                raise HttpRefusal(409, "missing-outputs", f"The host does not have all of {path}.", "Send it first.")
            if not self._catalog.farm.answer(lease_id, peer.name, plain):
                raise _lease_ended()

        self._run(run)

    def _known(self, peer: Leaf) -> FarmMachine:
        machine = self._catalog.farm.machine(peer.name)
        # A machine that left and joined again has another key; the old one counts no more.
        if machine is None or machine.fingerprint != peer.fingerprint:
            raise HttpRefusal(
                403, "unknown-machine", "This machine does not belong to the farm.", "Join with `cwtui farm join`."
            )
        return machine

    def _admitted(self, peer: Leaf, *states: str) -> FarmMachine:
        machine = self._known(peer)
        if machine.state not in states:
            raise _refused(machine)
        return machine

    def _own(self, lease_id: str, peer: Leaf) -> FarmLease:
        lease = self._catalog.farm.lease(lease_id)
        if lease is None or lease.state != "claimed" or lease.machine != peer.name:
            raise _lease_ended()
        return lease

    def _order(self, lease: FarmLease) -> WorkOrder:
        order = self._orders.get(lease.id)
        if order is None:
            # The catalog's id is the one that counts.
            order = self._orders[lease.id] = WorkOrder.model_validate({**lease.task, "lease": lease.id})
            if len(self._orders) > _ORDERS:
                self._orders.popitem(last=False)
        return order

    def _permit(self, machine: FarmMachine, order: WorkOrder, content: Content) -> None:
        job = self._catalog.queue.job(order.job_id)
        rule = self._may_send(machine, job.project_id if job else None, content)
        if rule is not None:
            raise HttpRefusal(
                403, "policy", f"The policy keeps {content} from this machine: {rule}", "Change the policy on the host."
            )


def _without_sources(order: WorkOrder) -> WorkOrder:
    return order.model_copy(update={"sources": {}})


def _refused(machine: FarmMachine) -> HttpRefusal:
    code, message, hint = _STATES[machine.state]
    return HttpRefusal(403, code, f"{message}: {machine.reason}." if machine.reason else f"{message}.", hint)


def _lease_ended() -> HttpRefusal:
    # The same for a lease of another machine: nobody learns which leases exist.
    return HttpRefusal(409, "lease-ended", "The lease is over, or it belongs to another machine.")
