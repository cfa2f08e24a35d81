"""What the studio has measured of its machines: their speed, and whose bytes were compared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from engine.catalog import Farm, FinishedLease

SAME_BYTES = "same bytes"
"""A lease whose note begins so has proved its machine: another one made the same bytes."""

_PERIOD = timedelta(days=7)
# The latest jobs that a mean follows, and the shortest of which the transfer and the start are not the largest part.
_MEMORY = 5
_MIN_SECONDS = 0.5


class MachineHistory:
    """The answered leases of the last week, read from the catalog as they come."""

    def __init__(self, farm: Farm) -> None:
        self._farm = farm
        self._read_to = datetime.now(UTC) - _PERIOD
        self._seen: set[tuple[str, str, datetime]] = set()
        self._speeds: dict[str, dict[str, float]] = defaultdict(dict)
        self._proved: set[tuple[str, str, str]] = set()
        self._succeeded: dict[tuple[str, str], datetime] = {}

    def refresh(self) -> None:
        """Read the leases that were answered since the last call."""
        for one in self._farm.finished(self._read_to):
            self._read_to = max(self._read_to, one.ended_at)
            if one.status == "done" and one.note.startswith(SAME_BYTES):
                self._proved.add((one.machine, one.kind, one.identity))
            key = (one.machine, one.job_id, one.claimed_at)
            if one.status != "done" or key in self._seen:
                continue
            self._seen.add(key)
            self._succeeded[one.machine, one.kind] = one.ended_at
            self._measure(one)

    def _measure(self, one: FinishedLease) -> None:
        seconds = (one.ended_at - one.claimed_at).total_seconds()
        if not one.workload or seconds < _MIN_SECONDS:
            return
        speeds, rate = self._speeds[one.machine], one.workload / seconds
        known = speeds.get(one.kind, rate)
        speeds[one.kind] = known + (rate - known) / _MEMORY

    def speeds(self, machine: str) -> Mapping[str, float]:
        """Return the measured speeds of a machine, by kind, with the transfer of inputs and outputs."""
        return self._speeds.get(machine, {})

    def is_proved(self, machine: str, kind: str, identity: str) -> bool:
        """Return whether another machine has made the same bytes as this one with this software."""
        return (machine, kind, identity) in self._proved

    def note_proof(self, machine: str, kind: str, identity: str) -> None:
        """Note that another machine has just made the same bytes."""
        self._proved.add((machine, kind, identity))

    def last_success(self, machine: str, kind: str) -> datetime | None:
        """Return when a machine last did a job of this kind."""
        return self._succeeded.get((machine, kind))
