"""A listener on the loopback address, in this process or in one that a test kills: `python -m tests.phone.serving`."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from engine.catalog import Catalog, Project
from engine.phone import (
    KEY_LIFETIME,
    Access,
    ConnectionLimits,
    ListenerPlan,
    PhoneApplication,
    ServerCertificate,
    StudioIdentity,
    Upload,
    UploadLimits,
    Uploads,
    UploadStore,
    listen,
    new_code,
    new_key,
    open_socket,
    server_certificate,
)
from engine.policy import Gate

ADDRESS, NAME = "127.0.0.1", "cleanwater-test.local"


@dataclass(slots=True)
class Served:
    """A listener that runs, and what it received."""

    port: int
    uploads: Uploads
    application: PhoneApplication
    whole: list[Upload] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://{ADDRESS}:{self.port}"


def project_in(studio: Path, name: str = "Harbour") -> Project:
    """The project of this name in a studio, created if there is none."""
    catalog = Catalog.in_studio(studio)
    try:
        known = {one.name: one for one in catalog.projects()}
        return known.get(name) or catalog.add_project(name, name.lower())
    finally:
        catalog.close()


def new_pairing(studio: Path, project: Project, lifetime: timedelta = timedelta(minutes=5)) -> str:
    """A code that pairs one device."""
    catalog = Catalog.in_studio(studio)
    code = new_code()
    catalog.phones.add_code(project, code, datetime.now(UTC) + lifetime)
    catalog.close()
    return code


def paired_key(studio: Path, project: Project, lifetime: timedelta = KEY_LIFETIME) -> str:
    """The key of a device that has been paired."""
    code, key = new_pairing(studio, project), new_key()
    catalog = Catalog.in_studio(studio)
    assert catalog.phones.redeem_code(code, project.id, "phone", key, datetime.now(UTC) + lifetime)
    catalog.close()
    return key


@contextmanager
def serving(
    studio: Path,
    project: Project,
    *,
    limits: UploadLimits | None = None,
    connections: ConnectionLimits | None = None,
    certificate: ServerCertificate | None = None,
    port: int = 0,
    bound: str = ADDRESS,
    until: datetime | None = None,
    idle: timedelta = timedelta(minutes=5),
) -> Iterator[Served]:
    """Serve a project while the block runs. `bound` is the address to listen on, if requests name another."""
    catalog = Catalog.in_studio(studio)
    permission = Gate(studio, catalog).require("listen", network="loopback", interface="lo", minutes=10)
    catalog.close()
    listening = open_socket(permission, bound, port)
    access = Access(studio, project.id)
    whole: list[Upload] = []

    async def note(upload: Upload) -> None:
        whole.append(upload)

    async def nothing() -> bool:
        return False

    uploads = Uploads(UploadStore(studio / project.folder / "work" / "phone" / "uploads", limits), note)
    fingerprint = certificate.fingerprint if certificate else ""
    application = PhoneApplication(uploads, access, StudioIdentity(project.name, fingerprint))
    served = Served(listening.getsockname()[1], uploads, application, whole)
    end = until or datetime.now(UTC) + timedelta(minutes=10)
    plan = ListenerPlan(ADDRESS, port, NAME, end, idle, announce=False, limits=connections or ConnectionLimits())

    def run() -> None:
        served.ended.append(
            asyncio.run(listen(permission, application, certificate, listening, plan, served.stopping.is_set, nothing))
        )

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield served
    finally:
        served.stopping.set()
        thread.join()
        access.close()


def main() -> None:
    """Serve the project of a studio; print the port as JSON once it listens, and serve until a kill.

    Arguments: the studio, the port, and with TLS the address to listen on behind a relay.
    """
    studio, port, *behind = Path(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:]
    project = project_in(studio)
    certificate = server_certificate(studio, ADDRESS, NAME) if behind else None
    bound = behind[0] if behind else ADDRESS
    with serving(studio, project, port=port, certificate=certificate, bound=bound) as served:
        print(json.dumps({"port": served.port}), flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
