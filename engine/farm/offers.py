"""Offers the leases of an attempt: to the machine that was chosen, and to a second one where bytes are compared."""

from __future__ import annotations

import secrets
import time
from collections.abc import Container

from engine.catalog import Farm
from engine.farm.attempt import Attempt, OpenLease, is_late
from engine.farm.history import MachineHistory
from engine.farm.machines import Machines, whole_digest
from engine.farm.placement import Candidate, choose
from engine.farm.preparation import Prepared
from engine.farm.scheduler_link import SchedulerLink

COMPARED = "compared with"
"""The note of the second lease of two whose bytes are compared begins so."""

COMPARED_HERE = f"{COMPARED} this machine"
"""The note of the only lease of a job that this machine does too, so that the bytes are compared."""


class Offers:
    """Writes leases to the catalog and passes their ids to the scheduler.

    One of `spot_checks` jobs of a machine that is proved is compared too.
    """

    def __init__(
        self, farm: Farm, history: MachineHistory, machines: Machines, link: SchedulerLink, spot_checks: int
    ) -> None:
        self._farm = farm
        self._history = history
        self._machines = machines
        self._link = link
        self._spot_checks = spot_checks

    def offer(self, attempt: Attempt, prepared: Prepared) -> str:
        """Offer an attempt. Return why it must run on this machine; "" if a machine gets it."""
        able = self._able(attempt, prepared)
        chosen, why = able.get(attempt.machine), ""
        if chosen is None:
            # When it was placed, nobody knew what it needs.
            chosen, why = choose(able.values(), attempt.job)
        if chosen is None:
            return why if able else self._refusal(attempt, prepared)
        attempt.machine = chosen.machine.name
        other = None
        if prepared.exact and self._is_to_be_compared(chosen, attempt.job.kind):
            equal = [one for one in able.values() if one is not chosen and _are_equal(one, chosen)]
            other, _ = choose(equal, attempt.job)
            attempt.compared = other is not None
            attempt.here_too = other is None and self._machines.is_equal_here(chosen)
        self._offer_to(attempt, prepared, chosen, COMPARED_HERE if attempt.here_too else "")
        if other is not None:
            self._offer_to(attempt, prepared, other, f"{COMPARED} {chosen.machine.label}")
        return ""

    def help(self, attempt: Attempt, prepared: Prepared, tried: Container[str]) -> None:
        """Offer an attempt that is late to a second machine as well, if there still is one."""
        other = self._helper(attempt, tried)
        if other and other.machine.name in self._able(attempt, prepared):
            label = self._machines.label(attempt.machine)
            self._offer_to(attempt, prepared, other, f"beside {label}, which is late")

    def needs_help(self, attempt: Attempt, tried: Container[str], now: float) -> bool:
        """Return whether another machine that is free would do the job much sooner, from its start."""
        if not attempt.is_helpable:
            return False
        (lease,) = attempt.leases.values()
        amount = attempt.job.workload
        if lease.claimed_at is None or not amount or not (other := self._helper(attempt, tried)):
            return False
        speed = other.speeds.get(attempt.job.kind)
        done, total = (attempt.remote.progress or (0, 1))[:2]
        return bool(speed) and is_late(now - lease.claimed_at, done / total, amount / (speed or 1.0))

    def _helper(self, attempt: Attempt, tried: Container[str]) -> Candidate | None:
        known = set(attempt.machines.values())
        free = [one for name, one in self._machines.candidates().items() if name not in known and name not in tried]
        return choose(free, attempt.job)[0]

    def _able(self, attempt: Attempt, prepared: Prepared) -> dict[str, Candidate]:
        """Return the machines that have the software that a job needs, and may have its inputs."""
        wanted = prepared.order.identity
        return {
            name: one
            for name, one in self._machines.candidates().items()
            if (wanted is None or one.facts.identity.satisfies(wanted))
            and not self._machines.refusal(one.machine, attempt.job.project_id, prepared.contents)
        }

    def _refusal(self, attempt: Attempt, prepared: Prepared) -> str:
        machine = self._farm.machine(attempt.machine)
        if machine is None:
            return "the machine has left"
        rule = self._machines.refusal(machine, attempt.job.project_id, prepared.contents)
        return rule or f"{machine.label} has other software or devices"

    def _offer_to(self, attempt: Attempt, prepared: Prepared, to: Candidate, note: str) -> None:
        job, machine = attempt.job, to.machine.name
        task = prepared.order.model_dump(mode="json")
        lease = self._farm.offer(job.id, job.attempts, task, beside=bool(attempt.leases), note=note)
        attempt.leases[lease.id] = OpenLease(lease.id, machine, "offered", time.monotonic())
        attempt.machines[lease.id] = machine
        self._link.submit(lease.id, machine)

    def _is_to_be_compared(self, one: Candidate, kind: str) -> bool:
        if not self._history.is_proved(one.machine.name, kind, whole_digest(one.facts.identity)):
            return True
        # A machine cannot know which of its jobs are compared.
        return secrets.randbelow(self._spot_checks) == 0


def _are_equal(one: Candidate, other: Candidate) -> bool:
    return whole_digest(one.facts.identity) == whole_digest(other.facts.identity)
