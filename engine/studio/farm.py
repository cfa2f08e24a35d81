"""The farm of a studio: switched on and off, the code that pairs a machine, and the machines that have joined."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from datetime import UTC, datetime

from engine.catalog import FarmCode, FarmListener, FarmMachine, JobState
from engine.errors import RequestError
from engine.studio.service_start import once_it_is_closed, once_it_listens
from engine.studio.studio import Studio
from engine.suggestion import hint_with_suggestion

_LIBRARIES = ("distributed", "spake2")


@dataclass(frozen=True, slots=True)
class FarmOptions:
    """How to listen: the interface's name or address, None for that of the default route; the first of three ports."""

    interface: str | None = None
    port: int = 0
    announce: bool = True


def require_farm() -> None:
    """Raises RequestError if the libraries of the farm are not installed."""
    if missing := [name for name in _LIBRARIES if importlib.util.find_spec(name) is None]:
        raise RequestError(
            f"The farm needs libraries that are not installed: {', '.join(missing)}.",
            "Add them: uv pip install 'cleanwater[farm]'",
        )


def switch_farm_on(studio: Studio, options: FarmOptions) -> FarmListener:
    """Make the studio listen for machines, and return where, once it does. If it listens already, nothing changes.

    Raises PolicyError if a policy refuses it.
    """
    from engine.farm import farm_host_request
    from engine.phone import choose_interface

    if job_id := _open_job(studio):
        return once_it_listens(studio, job_id, farm_listener, lambda one: one.pairing_port, "The farm")
    interface = choose_interface(options.interface)
    request = farm_host_request(studio.tasks.context, interface, options.port, options.announce)
    (job,) = studio.jobs.submit([request])
    return once_it_listens(studio, job.id, farm_listener, lambda one: one.pairing_port, "The farm")


def switch_farm_off(studio: Studio) -> bool:
    """Stop listening, and return once the ports are closed. Return whether the studio listened. The code is void."""
    found = studio.catalog.queue.jobs([JobState.RUNNING, JobState.QUEUED], kind="farm-host")
    listener = studio.catalog.farm.listener()
    for job in found:
        studio.jobs.cancel(job)
        studio.jobs.wait([job])
    studio.catalog.farm_codes.clear()
    studio.catalog.farm.clear_listener()
    if found and listener:
        # The studio process ends the scheduler after the job.
        ports = listener.pairing_port, listener.content_port, listener.scheduler_port
        once_it_is_closed(listener.address, ports, "The farm")
    return bool(found)


def farm_listener(studio: Studio) -> FarmListener | None:
    """Return where a studio listens now, or None; also None after a kill of its process, until that runs again."""
    return studio.catalog.farm.listener() if studio.runs_services() else None


def new_farm_code(studio: Studio) -> FarmCode:
    """Make a code that pairs one machine; an earlier one is void. Raises RequestError if the studio does not listen."""
    from engine.farm import CODE_LIFETIME, new_code

    if farm_listener(studio) is None:
        raise RequestError("The farm does not listen.", "Switch it on, which shows a code too: cwtui farm host")
    code = FarmCode(code=new_code(), expires_at=datetime.now(UTC) + CODE_LIFETIME)
    studio.catalog.farm_codes.set_code(code.code, code.expires_at)
    return code


def find_machine(studio: Studio, reference: str) -> FarmMachine:
    """Return the machine with this name or label. Raises RequestError if there is none or several."""
    machines = studio.catalog.farm.machines()
    found = [one for one in machines if one.name == reference] or [one for one in machines if one.label == reference]
    members = [one for one in found if one.state != "revoked"]
    if len(members) > 1:
        listed = ", ".join(one.name for one in members)
        raise RequestError(f"{len(members)} machines are called “{reference}”.", f"Use the name: {listed}.")
    if found:
        return (members or found)[0]
    names = [name for one in machines for name in (one.name, one.label)]
    hint = hint_with_suggestion(reference, names, "cwtui farm list shows the machines.")
    raise RequestError(f"There is no machine “{reference}” in the farm.", hint)


def revoke_machine(studio: Studio, machine: FarmMachine, reason: str = "") -> None:
    """End the membership of a machine for good. What it does now is worth nothing."""
    farm = studio.catalog.farm
    farm.set_state(machine.name, "revoked", reason or "You removed it.")
    _end_leases(studio, machine, "the machine was removed from the farm")


def drain_machine(studio: Studio, machine: FarmMachine) -> None:
    """Give a machine no new work. It ends what it does now. Raises RequestError if it was revoked."""
    _require_member(machine)
    studio.catalog.farm.set_state(machine.name, "draining", "by request")


def forgive_machine(studio: Studio, machine: FarmMachine) -> None:
    """Give a machine in quarantine, or one that drains, work again. Raises RequestError if it was revoked."""
    _require_member(machine)
    studio.catalog.farm.forget_faults(machine.name)
    studio.catalog.farm.set_state(machine.name, "active")


def _require_member(machine: FarmMachine) -> None:
    if machine.state == "revoked":
        raise RequestError(f"{machine.label} was removed from the farm.", "It can join again with a code.")


def _end_leases(studio: Studio, machine: FarmMachine, note: str) -> None:
    for lease in studio.catalog.farm.leases(["claimed"]):
        if lease.machine == machine.name:
            studio.catalog.farm.end_lease(lease.id, note)


def _open_job(studio: Studio) -> str | None:
    found = studio.catalog.queue.jobs([JobState.RUNNING, JobState.QUEUED], kind="farm-host")
    return found[0].id if found else None
