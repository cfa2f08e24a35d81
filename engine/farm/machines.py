"""The machines of a farm as a studio process sees them: what they may get, and what they run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta

from engine.catalog import Farm, FarmMachine, Job
from engine.farm.faults import barred_kinds
from engine.farm.history import MachineHistory
from engine.farm.lease_access import MaySend
from engine.farm.machine_facts import MachineFacts
from engine.farm.placement import Candidate
from engine.farm.software import Identity
from engine.farm.work_order import Content


class Machines:
    """Reads the machines from the catalog. `running` returns the jobs of each machine, by its name. A machine that
    has not reported for `silent` gets none.

    `here` is the identity of this machine, None if it is unknown: then no bytes are compared with its own.
    """

    def __init__(
        self,
        farm: Farm,
        history: MachineHistory,
        may_send: MaySend,
        here: Callable[[], Identity | None],
        running: Callable[[], Mapping[str, list[Job]]],
        silent: timedelta,
    ) -> None:
        self._farm = farm
        self._history = history
        self._may_send = may_send
        self._here = here
        self._running = running
        self._silent = silent

    def candidates(self) -> dict[str, Candidate]:
        """Return the machines that have reported, by name."""
        running, heard = self._running(), datetime.now(UTC) - self._silent
        found = {}
        for machine in self._farm.machines():
            if (facts := _facts(machine)) is not None:
                barred = barred_kinds(self._farm.faults(machine.name), self._history)
                speeds = self._history.speeds(machine.name)
                silent = machine.seen_at is None or machine.seen_at < heard
                jobs = running.get(machine.name, [])
                found[machine.name] = Candidate(machine, facts, barred, jobs, speeds, silent)
        return found

    def label(self, name: str) -> str:
        """Return the name of a machine that people read."""
        machine = self._farm.machine(name)
        return machine.label if machine else name

    def refusal(self, machine: FarmMachine, project_id: str | None, contents: Iterable[Content]) -> str:
        """Return the rule that keeps one of these contents from a machine; "" if it may have all."""
        rules = (self._may_send(machine, project_id, content) for content in sorted(contents))
        return next((rule for rule in rules if rule), "")

    def is_equal_here(self, one: Candidate) -> bool:
        """Return whether this machine has the same software and device, so that its bytes can be compared."""
        here = self._here()
        return here is not None and whole_digest(here) == whole_digest(one.facts.identity)


def whole_digest(identity: Identity) -> str:
    """Return the digest of all parts of an identity."""
    return identity.digest(("engine", "libraries", "models", "encoder", "device"))


def _facts(machine: FarmMachine) -> MachineFacts | None:
    try:
        return MachineFacts.model_validate(machine.facts)
    except ValueError:
        return None
