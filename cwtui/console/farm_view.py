"""What the console shows of the farm, read from the catalog."""

from __future__ import annotations

from dataclasses import dataclass

from engine.catalog import Catalog, FarmFault, FarmLease, FarmListener, FarmMachine, LeaseState

_ENDED = 20
_OPEN: tuple[LeaseState, ...] = ("offered", "claimed")


@dataclass(frozen=True, slots=True)
class FarmView:
    """Where the farm listens, its machines, its open leases and the last ones that ended, and faults by machine."""

    listener: FarmListener | None = None
    machines: tuple[FarmMachine, ...] = ()
    leases: tuple[FarmLease, ...] = ()
    faults: dict[str, tuple[FarmFault, ...]] | None = None

    def machine(self, name: str | None) -> FarmMachine | None:
        """The machine of this name."""
        return next((one for one in self.machines if one.name == name), None)

    def work_of(self, machine: FarmMachine) -> tuple[FarmLease, ...]:
        """The leases that a machine has now."""
        return tuple(one for one in self.leases if one.machine == machine.name and one.state in _OPEN)


def read_farm(catalog: Catalog, before: FarmView) -> FarmView:
    """The farm as it is now. Returns `before` if it is the same, so that nothing is drawn again."""
    farm = catalog.farm
    machines = tuple(farm.machines())
    if not machines and not before.machines:
        listener = farm.listener()
        return before if listener == before.listener else FarmView(listener)
    ended = farm.leases(("answered", "ended"))[-_ENDED:]
    faults = {one.name: tuple(farm.faults(one.name)) for one in machines}
    now = FarmView(farm.listener(), machines, (*farm.leases(_OPEN), *reversed(ended)), faults)
    return before if now == before else now
