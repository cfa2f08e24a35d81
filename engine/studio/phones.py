"""Receiving footage from phones: switched on and off, pairing codes, paired devices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from engine.catalog import JobState, PhoneDevice, PhoneListener, Project
from engine.errors import RequestError
from engine.studio.service_start import once_it_listens
from engine.studio.studio import Studio
from engine.suggestion import hint_with_suggestion

CODE_LIFETIME = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class PhoneOptions:
    """How to listen: the interface's name or address, None for that of the default route; for how long; the port."""

    interface: str | None = None
    duration: timedelta = timedelta(hours=1)
    idle: timedelta = timedelta(minutes=30)
    port: int = 0
    announce: bool = True


@dataclass(frozen=True, slots=True)
class Pairing:
    """A code that pairs one device, and the address with the code, as the QR code has it."""

    code: str
    url: str
    expires_at: datetime


def switch_phones_on(studio: Studio, project: Project, options: PhoneOptions) -> PhoneListener:
    """Make the studio listen for phones, and return where, once it does. If it listens already, nothing changes.

    Raises PolicyError if a policy refuses it, RequestError if the studio listens for another project.
    """
    from engine.phone import choose_interface

    if listener := studio.catalog.phones.listener():
        if listener.project_id != project.id:
            other = studio.project(listener.project_id).name
            raise RequestError(
                f"The studio receives from phones for “{other}” now.", "Switch that off first: cwtui phone off."
            )
        return once_it_listens(studio, listener.job_id, current_listener, lambda one: one.port, "The studio")
    interface = choose_interface(options.interface)
    request = studio.tasks.phone_request(
        project, interface, options.duration, options.idle, options.port, options.announce
    )
    (job,) = studio.jobs.submit([request])
    return once_it_listens(studio, job.id, current_listener, lambda one: one.port, "The studio")


def current_listener(studio: Studio) -> PhoneListener | None:
    """Return where a studio listens now, or None; also None after a kill of its process, until that runs again."""
    return studio.catalog.phones.listener() if studio.runs_services() else None


def new_pairing(studio: Studio, listener: PhoneListener) -> Pairing:
    """Return a new pairing code for the project that a studio listens for."""
    from engine.phone import new_code

    code, expires = new_code(), datetime.now(UTC) + CODE_LIFETIME
    studio.catalog.phones.add_code(studio.project(listener.project_id), code, expires)
    # A fragment is not sent to the server, and not stored in its log.
    return Pairing(code, f"{listener.url}#{code}.{listener.fingerprint}", expires)


def switch_phones_off(studio: Studio) -> bool:
    """Stop listening, and return once the port is closed. Return whether the studio listened."""
    queue = studio.catalog.queue
    found = queue.jobs([JobState.RUNNING, JobState.QUEUED], kind="phone")
    for job in found:
        studio.jobs.cancel(job)
        studio.jobs.wait([job])
    return bool(found)


def find_device(studio: Studio, reference: str) -> PhoneDevice:
    """Return the device with this id or name. Raises RequestError if there is none or several."""
    devices = studio.catalog.phones.devices()
    now = datetime.now(UTC)
    found = [one for one in devices if one.id == reference] or [one for one in devices if one.name == reference]
    usable = [one for one in found if one.state(now) == "paired"]
    if len(usable) > 1:
        ids = ", ".join(one.id for one in usable)
        raise RequestError(f"{len(usable)} devices have the name “{reference}”.", f"Use the id: {ids}.")
    if found:
        return (usable or found)[0]
    names = [name for one in devices for name in (one.id, one.name)]
    hint = hint_with_suggestion(reference, names, "cwtui phone list shows the devices.")
    raise RequestError(f"There is no paired device “{reference}”.", hint)
