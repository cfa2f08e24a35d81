"""A repository of packages as a folder: signed by The Update Framework (TUF 1.0), for a web server or a USB stick.

Three root keys, of which two must sign, name the keys of the other roles. Each author has a delegated role with a key
of their own, which signs only the targets below the author's name. The catalogue, the snapshot and the timestamp are
signed with the keys of the repository.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.atomic_files import make_folder, write_atomic
from engine.errors import RequestError
from engine.market.catalogue import CATALOGUE, Catalogue, MarketOffer, offer_of, read_catalogue
from engine.market.homographs import skeleton
from engine.market.keys import load_key, new_key
from engine.market.manifest import is_name
from engine.market.package import MarketPackage

if TYPE_CHECKING:
    from securesystemslib.signer import Key
    from tuf.api.metadata import Metadata

ROOT_KEYS = ("root-1", "root-2", "root-3")
ROOT_THRESHOLD = 2
_ONLINE = ("targets", "snapshot", "timestamp")
_LIFETIMES = {
    "root": timedelta(days=365),
    "targets": timedelta(days=365),
    "author": timedelta(days=365),
    "snapshot": timedelta(days=30),
    "timestamp": timedelta(days=30),
}
METADATA, TARGETS = "metadata", "targets"


def role_of(author: str) -> str:
    """The name of an author's role."""
    return f"author-{author}"


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository in `folder`, and the folder with those of its private keys that are here.

    `now` gives the time from which metadata lives.
    """

    folder: Path
    keys: Path
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def create(self) -> None:
        """Creates the keys and the first metadata. Raises RequestError if the folder has a repository already."""
        from tuf.api.metadata import Metadata, Role, Root, Snapshot, Targets, Timestamp

        if (self.folder / METADATA).exists():
            raise RequestError(f"{self.folder} has a repository already.", "Choose another folder.")
        for name in (*ROOT_KEYS, *_ONLINE):
            new_key(name, self.keys)
        public = {name: load_key(name, self.keys).public_key for name in (*ROOT_KEYS, *_ONLINE)}
        roles = {"root": Role([public[name].keyid for name in ROOT_KEYS], ROOT_THRESHOLD)}
        roles |= {name: Role([public[name].keyid], 1) for name in _ONLINE}
        root = Root(keys={key.keyid: key for key in public.values()}, roles=roles, consistent_snapshot=True)
        self._write("root", Metadata(root), 1)
        self._write("targets", Metadata(Targets()), 1)
        self._add_target(CATALOGUE, Catalogue().model_dump_json().encode(), "targets")
        self._write("snapshot", Metadata(Snapshot()), 1)
        self._write("timestamp", Metadata(Timestamp()), 1)
        self._seal()

    @property
    def root(self) -> bytes:
        """The first root metadata, which a user must get by a trusted way."""
        return (self.folder / METADATA / "1.root.json").read_bytes()

    @property
    def catalogue(self) -> Catalogue:
        """The current catalogue."""
        return read_catalogue(self._target(CATALOGUE))

    def add_author(self, author: str, key: Key) -> None:
        """Delegates the targets below an author's name to a key; another key replaces the author's earlier one.

        Raises RequestError if the name is not valid, or a name that looks the same is taken.
        """
        from tuf.api.metadata import DelegatedRole, Delegations, Metadata, Targets

        if not is_name(author):
            raise RequestError(f"“{author}” is not a valid name.", "Use lower-case letters, digits and single hyphens.")
        top = self._read("targets")
        delegations = top.signed.delegations or Delegations({}, {})
        assert delegations.roles is not None
        for taken in delegations.roles.values():
            other = taken.name.removeprefix("author-")
            if other != author and skeleton(other) == skeleton(author):
                raise RequestError(
                    f"“{author}” looks like the name {other}, which has an owner.", "Choose another name."
                )
        name = role_of(author)
        known = name in delegations.roles
        delegations.keys[key.keyid] = key
        delegations.roles[name] = DelegatedRole(name, [key.keyid], 1, True, paths=[f"{author}/*"])
        used = {keyid for role in delegations.roles.values() for keyid in role.keyids}
        delegations.keys = {keyid: one for keyid, one in delegations.keys.items() if keyid in used}
        top.signed.delegations = delegations
        self._write("targets", top)
        if not known:
            # The author signs it with the first package.
            self._store(name, Metadata(Targets(expires=self._expiry("author"))))
        self._seal()

    def publish(self, package: MarketPackage, author_keys: Path) -> MarketOffer:
        """Adds a package, signed with its author's key, and signs the catalogue.

        Raises RequestError if the author has no role here, the key is not the author's, or the version exists.
        """
        manifest, archive = package.manifest, package.archive
        name = role_of(manifest.author)
        delegations = self._read("targets").signed.delegations
        role = delegations.roles.get(name) if delegations and delegations.roles else None
        signer = load_key(manifest.author, author_keys)
        if role is None:
            raise RequestError(
                f"{manifest.author} is not an author of this repository.",
                "Its owner adds the author: cwtui market author",
            )
        if signer.public_key.keyid not in role.keyids:
            raise RequestError(
                f"This repository knows another key of {manifest.author} ({role.keyids[0][:12]}).",
                "Use that key, or ask the owner of the repository to change it.",
            )
        if self.catalogue.find(manifest.id, manifest.version):
            raise RequestError(
                f"{manifest.id} {manifest.version} is published already.", "Raise the version of the package."
            )
        self._add_target(manifest.target, archive, name, author_keys, manifest.author)
        offer = offer_of(manifest, package.digest, len(archive))
        self._write_catalogue(self.catalogue.with_offer(offer))
        return offer

    def revoke(self, package: str, version: str, reason: str) -> None:
        """Revokes a version: it is no longer installed, and projects that use it still open. Raises RequestError."""
        offer = self.catalogue.find(package, version)
        if offer is None:
            raise RequestError(f"There is no {package} {version} here.", "cwtui market search lists the packages.")
        self._write_catalogue(self.catalogue.with_offer(offer.model_copy(update={"revoked": reason})))

    def replace_root_key(self, lost: str) -> str:
        """Replaces a lost or stolen root key by a new one, signed by the two others. Returns the new key's name.

        Raises RequestError if there is no root key of this name, or another one is missing.
        """
        root = self._read("root")
        at = {self._keyid_of(name): name for name in self._root_names() if name != lost}
        remaining = [keyid for keyid in root.signed.roles["root"].keyids if keyid in at]
        gone = [keyid for keyid in root.signed.roles["root"].keyids if keyid not in at]
        if len(gone) != 1 or len(remaining) < ROOT_THRESHOLD:
            raise RequestError(
                f"{lost} is not a root key whose two companions are in {self.keys}.",
                "Bring two of the three root keys together in one folder.",
            )
        fresh = f"root-{max(int(name.removeprefix('root-')) for name in (*at.values(), lost)) + 1}"
        new_key(fresh, self.keys)
        root.signed.add_key(load_key(fresh, self.keys).public_key, "root")
        root.signed.revoke_key(gone[0], "root")
        self._sign_root(root, [*(at[keyid] for keyid in remaining), fresh])
        return fresh

    def replace_role_key(self, role: str) -> str:
        """Replaces the key of targets, snapshot or timestamp by a new one, signed by two root keys. Returns its id.

        The earlier key's file is kept as `ROLE-1.old` and so on. What the role has signed is signed again. Raises
        RequestError if there is no such role, or fewer than two root keys are here.
        """
        if role not in _ONLINE:
            raise RequestError(f"There is no key {role}.", f"Replace a root key, or that of {', '.join(_ONLINE)}.")
        root = self._read("root")
        here = [name for name in self._root_names() if self._keyid_of(name) in root.signed.roles["root"].keyids]
        if len(here) < ROOT_THRESHOLD:
            raise RequestError(
                f"{self.keys} has {len(here)} of the root keys.",
                "Bring two of the three root keys together in one folder.",
            )
        path = self.keys / f"{role}.pem"
        if path.exists():
            number = len(list(self.keys.glob(f"{role}-*.old"))) + 1
            path.rename(self.keys / f"{role}-{number}.old")
        new_key(role, self.keys)
        key = load_key(role, self.keys).public_key
        for keyid in list(root.signed.roles[role].keyids):
            root.signed.revoke_key(keyid, role)
        root.signed.add_key(key, role)
        self._sign_root(root, here)
        self._write(role, self._read(role))
        self._seal()
        return str(key.keyid)

    def _sign_root(self, root: Metadata[Any], names: Sequence[str]) -> None:
        """Stores the next version of the root metadata, signed with these keys."""
        root.signed.version += 1
        root.signed.expires = self._expiry("root")
        root.signatures.clear()
        for name in names:
            root.sign(load_key(name, self.keys), append=True)
        self._store("root", root)

    def refresh(self) -> None:
        """Signs the snapshot and the timestamp again, before they expire."""
        self._seal()

    def _write_catalogue(self, catalogue: Catalogue) -> None:
        self._add_target(CATALOGUE, catalogue.model_dump_json().encode(), "targets")
        self._seal()

    def _add_target(
        self, path: str, content: bytes, role: str, keys: Path | None = None, signer: str | None = None
    ) -> None:
        from tuf.api.metadata import TargetFile

        entry = TargetFile.from_data(path, content, ["sha256"])
        place = Path(path)
        stored = self.folder / TARGETS / place.parent / f"{entry.hashes['sha256']}.{place.name}"
        make_folder(stored.parent)
        write_atomic(stored, content)
        metadata = self._read(role)
        metadata.signed.targets[path] = entry
        self._write(role, metadata, keys=keys, signer=signer)

    def _target(self, path: str) -> bytes:
        entry = self._read("targets").signed.targets[path]
        return (self.folder / TARGETS / f"{entry.hashes['sha256']}.{path}").read_bytes()

    def _seal(self) -> None:
        """Signs the snapshot of all targets' versions, and its timestamp."""
        from tuf.api.metadata import MetaFile

        snapshot = self._read("snapshot")
        top = self._read("targets").signed
        names = ["targets", *((top.delegations.roles or {}) if top.delegations else {})]
        snapshot.signed.meta = {f"{name}.json": MetaFile(self._read(name).signed.version) for name in names}
        self._write("snapshot", snapshot)
        timestamp = self._read("timestamp")
        timestamp.signed.snapshot_meta = MetaFile(self._read("snapshot").signed.version)
        self._write("timestamp", timestamp)

    def _write(
        self,
        role: str,
        metadata: Metadata[Any],
        version: int | None = None,
        keys: Path | None = None,
        signer: str | None = None,
    ) -> None:
        """Signs metadata with the keys of its role, as the next version."""
        kind = "author" if role.startswith("author-") else role
        metadata.signed.version = version or metadata.signed.version + 1
        metadata.signed.expires = self._expiry(kind)
        metadata.signatures.clear()
        for name in self._root_names() if role == "root" else (signer or role,):
            metadata.sign(load_key(name, keys or self.keys), append=True)
        self._store(role, metadata)

    def _store(self, role: str, metadata: Metadata[Any]) -> None:
        from tuf.api.serialization.json import JSONSerializer

        folder = self.folder / METADATA
        make_folder(folder)
        name = f"{role}.json" if role == "timestamp" else f"{metadata.signed.version}.{role}.json"
        write_atomic(folder / name, metadata.to_bytes(JSONSerializer(compact=False)))

    def _read(self, role: str) -> Metadata[Any]:
        from tuf.api.metadata import Metadata

        folder = self.folder / METADATA
        path = folder / "timestamp.json"
        if role != "timestamp":
            versions = [int(path.name.split(".")[0]) for path in folder.glob(f"*.{role}.json")]
            if not versions:
                raise RequestError(f"{self.folder} has no repository.", "Make one: cwtui market create")
            path = folder / f"{max(versions)}.{role}.json"
        return Metadata.from_file(str(path))

    def _root_names(self) -> list[str]:
        return sorted(path.stem for path in self.keys.glob("root-*.pem"))

    def _keyid_of(self, name: str) -> str:
        keyid: str = load_key(name, self.keys).public_key.keyid
        return keyid

    def _expiry(self, kind: str) -> datetime:
        return (self.now() + _LIFETIMES[kind]).replace(microsecond=0)
