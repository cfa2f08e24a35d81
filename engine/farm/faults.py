"""Counts what goes wrong on each machine, and keeps work from one that fails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from engine.catalog import Farm, FarmFault
from engine.farm.history import History

_BAR_AFTER = 3
_QUARANTINE_AFTER = 6

WRONG_BYTES = "wrong bytes"
"""A fault that begins so puts its machine into quarantine at once."""


def barred_kinds(faults: Sequence[FarmFault], history: History) -> Mapping[str, str]:
    """Return the kinds of which a machine failed three jobs in a row, with the last reason. Newest faults first."""
    counts: Counter[str] = Counter()
    reasons: dict[str, str] = {}
    for fault in faults:
        done = history.last_success(fault.machine, fault.kind)
        if done is None or fault.at > done:
            counts[fault.kind] += 1
            reasons.setdefault(fault.kind, fault.reason)
    return {kind: reasons[kind] for kind, count in counts.items() if count >= _BAR_AFTER}


def quarantine_reason(faults: Sequence[FarmFault], history: History) -> str:
    """Return why a machine gets no work at all any more; "" if it may. Newest faults first."""
    lying = next((fault for fault in faults if fault.reason.startswith(WRONG_BYTES)), None)
    if lying:
        return lying.reason
    since = [
        fault
        for fault in faults
        if (done := history.last_success(fault.machine, fault.kind)) is None or fault.at > done
    ]
    if len(since) >= _QUARANTINE_AFTER:
        return f"{len(since)} jobs failed in a row, the last one, {since[0].kind}: {since[0].reason}"
    return ""


def record_fault(farm: Farm, history: History, machine: str, kind: str, lease: str | None, reason: str) -> str:
    """Store what went wrong on a machine. Return why it is in quarantine from now on, or ""."""
    farm.add_fault(FarmFault(machine=machine, kind=kind, lease=lease, at=datetime.now(UTC), reason=reason))
    why = quarantine_reason(farm.faults(machine), history)
    known = farm.machine(machine)
    if why and known and known.state in ("active", "draining"):
        farm.set_state(machine, "quarantined", why)
        return why
    return ""
