"""Whether the last news of a repository still vouch for a package that is installed."""

from __future__ import annotations

from pathlib import Path

from engine.errors import EngineError
from engine.market.manifest import PackageManifest
from engine.market.repository import METADATA, role_of


def find_doubt(trusted: Path, manifest: PackageManifest, sha256: str) -> str:
    """Why a trusted repository, by its local state in a folder, does not vouch for a package; empty if it does.

    Reads no repository. Raises EngineError if the local state is missing or damaged.
    """
    from tuf.api.exceptions import RepositoryError, UnsignedMetadataError
    from tuf.api.metadata import Metadata, Targets
    from tuf.api.serialization import DeserializationError

    name = role_of(manifest.author)
    folder = trusted / METADATA
    try:
        top: Metadata[Targets] = Metadata.from_file(str(folder / "targets.json"))
        roles = (top.signed.delegations.roles or {}) if top.signed.delegations else {}
        if name not in roles:
            return f"{manifest.author} is no longer an author of {trusted.name}"
        path = folder / f"{name}.json"
        if not path.is_file():
            return ""
        own: Metadata[Targets] = Metadata.from_file(str(path))
        try:
            top.signed.verify_delegate(name, own.signed_bytes, own.signatures)
        except UnsignedMetadataError:
            keys = ", ".join(sorted(keyid[:12] for keyid in own.signatures))
            return f"the key {keys} of {manifest.author}, which signed it, was revoked"
    except (OSError, DeserializationError, RepositoryError, ValueError) as error:
        raise EngineError(
            f"The local state of the repository {trusted.name} is damaged.",
            "Remove the repository's folder in market/repositories, and trust it again: cwtui market trust.",
        ) from error
    target = own.signed.targets.get(manifest.target)
    if target is None:
        return f"{manifest.author} no longer signs it"
    return "" if target.hashes.get("sha256") == sha256 else f"{manifest.author} signs another content of this version"
