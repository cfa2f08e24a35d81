"""A repository that somebody attacks: its metadata is changed and signed again, with any keys."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from engine.market import MarketOffer, MarketPackage, Repository, TrustedRepository, load_key, new_key

from .packages import look_package

YESTERDAY = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)


@cache
def _package(version: str) -> MarketPackage:
    return look_package(version=version)


class AttackedRepository:
    """A repository with ada/dusk 1.0.0 and 1.1.0, and a user who trusts it and knows its newest state.

    `older` is a copy of its files when it had one version.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.owner = Repository(folder / "repository", folder / "keys")
        self.owner.create()
        self.metadata = self.owner.folder / "metadata"
        for author in ("ada", "eve"):
            new_key(author, folder / "keys")
            self.owner.add_author(author, load_key(author, folder / "keys").public_key)
        self.first = self.publish("1.0.0")
        self.older = folder / "older"
        shutil.copytree(self.owner.folder, self.older)
        self.offer = self.publish("1.1.0")
        self.trusted = TrustedRepository.add(folder / "trust" / "main", str(self.owner.folder), self.owner.root)
        self.trusted.archive(self.offer)

    def publish(self, version: str) -> MarketOffer:
        return self.owner.publish(_package(version), self.folder / "keys")

    def newest(self, role: str) -> Path:
        """The newest file of a role."""
        if role == "timestamp":
            return self.metadata / "timestamp.json"
        return max(self.metadata.glob(f"*.{role}.json"), key=lambda path: int(path.name.split(".")[0]))

    def change(
        self,
        role: str,
        edit: Callable[[Any], object],
        keys: Sequence[str] = (),
        *,
        raises: int = 0,
        path: Path | None = None,
    ) -> Path:
        """Changes the newest metadata of a role, signs it with keys (by default its own), and writes it.

        Its version is raised by so many; the file is that of its version, or `path`.
        """
        from tuf.api.metadata import Metadata

        metadata = Metadata.from_file(str(self.newest(role)))
        edit(metadata.signed)
        metadata.signed.version += raises
        metadata.signatures.clear()
        own = ("root-1", "root-2", "root-3") if role == "root" else (role.removeprefix("author-"),)
        for name in keys or own:
            metadata.sign(load_key(name, self.folder / "keys"), append=True)
        version = metadata.signed.version
        place = path or (self.newest(role) if role == "timestamp" else self.metadata / f"{version}.{role}.json")
        metadata.to_file(str(place))
        return place

    def seal(self, **versions: int) -> None:
        """A snapshot with other versions of roles, and a timestamp of it; both are valid."""
        from tuf.api.metadata import MetaFile

        def list_them(snapshot: Any) -> None:
            for role, version in versions.items():
                snapshot.meta[f"{role.replace('_', '-')}.json"] = MetaFile(version)

        path = self.change("snapshot", list_them, raises=1)
        self.name_snapshot(int(path.name.split(".")[0]))

    def name_snapshot(self, version: int, **facts: Any) -> None:
        """A newer timestamp that names a version of the snapshot, with a length and hashes."""
        from tuf.api.metadata import MetaFile

        def name(timestamp: Any) -> None:
            timestamp.snapshot_meta = MetaFile(version, **facts)

        self.change("timestamp", name, raises=1)
