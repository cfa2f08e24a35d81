"""The farms that this machine has joined: for each, a folder with its keys, leaves, cache and jobs."""

from __future__ import annotations

import os
import re
import shutil
from datetime import datetime
from pathlib import Path

from pydantic import Field, ValidationError

from engine.atomic_files import make_folder, write_atomic
from engine.catalog import FrozenModel
from engine.errors import RequestError
from engine.farm.content_credentials import ContentCredentials
from engine.farm.dask_credentials import DaskCredentials
from engine.farm.leaves import leaf_files
from engine.suggestion import hint_with_suggestion

HOST_NAME = r"^[a-z0-9][a-z0-9-]{0,62}$"
_FILE = "membership.json"


class Membership(FrozenModel):
    """This machine's membership: its name in its certificates, the host's name and where the host listens.

    `fingerprint` is the SHA-256 of the host's authority, in hex.
    """

    host: str = Field(pattern=HOST_NAME)
    machine: str
    label: str
    address: str
    pairing_port: int
    content_port: int
    scheduler_port: int
    fingerprint: str
    joined_at: datetime

    @property
    def folder(self) -> Path:
        """The folder of this membership."""
        return memberships_folder() / self.host

    @property
    def content(self) -> ContentCredentials:
        """The leaf for files and orders."""
        return ContentCredentials(*_paths(self.folder / "content"))

    @property
    def dask(self) -> DaskCredentials:
        """The leaf for the scheduler's messages."""
        return DaskCredentials(*_paths(self.folder / "dask"))

    def save(self) -> None:
        """Store it."""
        make_folder(self.folder)
        os.chmod(self.folder, 0o700)
        write_atomic(self.folder / _FILE, self.model_dump_json(indent=1).encode())

    def forget(self) -> None:
        """Delete its folder, with the keys."""
        shutil.rmtree(self.folder)


def memberships_folder() -> Path:
    """Return the folder of all memberships. XDG_STATE_HOME moves it on every system."""
    from platformdirs import user_state_path

    base = os.environ.get("XDG_STATE_HOME")
    return (Path(base) / "cleanwater" if base else user_state_path("cleanwater", appauthor=False)) / "farm"


def list_memberships() -> list[Membership]:
    """Return the memberships of this machine, by host. One that cannot be read is left out."""
    found = []
    for path in sorted(memberships_folder().glob(f"*/{_FILE}")):
        try:
            one = Membership.model_validate_json(path.read_bytes())
        except (OSError, ValidationError):
            continue
        if one.host == path.parent.name:
            found.append(one)
    return found


def find_membership(host: str | None) -> Membership | None:
    """Return the membership of this host; for None, the only one, or None if there is none.

    Raises RequestError if there are several, or none of this host.
    """
    found = list_memberships()
    names = ", ".join(one.host for one in found)
    if host is None:
        if len(found) > 1:
            raise RequestError("This machine has joined several farms.", f"Choose one with --host: {names}.")
        return found[0] if found else None
    for one in found:
        if one.host == host:
            return one
    hint = hint_with_suggestion(host, [one.host for one in found], f"Joined: {names or 'none'}.")
    raise RequestError(f"This machine has not joined “{host}”.", hint)


def is_host_name(name: str) -> bool:
    """Whether this can be the name of a host."""
    return re.fullmatch(HOST_NAME, name) is not None


def _paths(folder: Path) -> tuple[Path, Path, Path]:
    files = leaf_files(folder.parent, "content" if folder.name == "content" else "dask")
    return files.certificate, files.key, files.authority
