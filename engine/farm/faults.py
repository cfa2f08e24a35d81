"""Counts what goes wrong on each machine, and keeps work from one that fails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from engine.catalog import Farm, FarmFault
from engine.farm.history import MachineHistory

_BAR_AFTER = 3
# A machine that slept or had a full disk may be well again. Only quarantine needs a person.
_COUNTED = timedelta(hours=1)
_QUARANTINE_AFTER = 6

WRONG_BYTES = "wrong bytes"
"""A fault that begins so puts its machine into quarantine at once."""


def barred_kinds(faults: Sequence[FarmFault], history: MachineHistory) -> Mapping[str, str]:
    """Return the kinds of which a machine failed three jobs in a row, with the last reason. Newest faults first."""
    counts: Counter[str] = Counter()
    reasons: dict[str, str] = {}
    for fault in _in_a_row(faults, history):
        counts[fault.kind] += 1
        reasons.setdefault(fault.kind, fault.reason)
    return {kind: reasons[kind] for kind, count in counts.items() if count >= _BAR_AFTER}


def _in_a_row(faults: Sequence[FarmFault], history: MachineHistory) -> list[FarmFault]:
    """The faults of the last hour after which the machine has done no job of their kind."""
    since = datetime.now(UTC) - _COUNTED
    return [
        fault
        for fault in faults
        if fault.at > since and ((done := history.last_success(fault.machine, fault.kind)) is None or fault.at > done)
    ]


def quarantine_reason(faults: Sequence[FarmFault], history: MachineHistory) -> str:
    """Return why a machine gets no work at all any more; "" if it may. Newest faults first."""
    lying = next((fault for fault in faults if fault.reason.startswith(WRONG_BYTES)), None)
    if lying:
        return lying.reason
    row = _in_a_row(faults, history)
    if len(row) >= _QUARANTINE_AFTER:
        return f"{len(row)} jobs failed in a row, the last one, {row[0].kind}: {row[0].reason}"
    return ""


def record_fault(farm: Farm, history: MachineHistory, machine: str, kind: str, lease: str | None, reason: str) -> str:
    """Store what went wrong on a machine. Return why it is in quarantine from now on, or ""."""
    farm.add_fault(FarmFault(machine=machine, kind=kind, lease=lease, at=datetime.now(UTC), reason=reason))
    why = quarantine_reason(farm.faults(machine), history)
    known = farm.machine(machine)
    if why and known and known.state in ("active", "draining"):
        farm.set_state(machine, "quarantined", why)
        return why
    return ""
