"""The lock of a project: the packages that it uses, with copies of their archives in the project's folder.

A project renders the same when the market has gone: what it names is found by digest in its own folder. Only
`lock_package` and `unlock_package` change a lock; an update of the market does not.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from pydantic import ValidationError

from engine.atomic_files import exclusive_lock, make_folder, write_atomic
from engine.catalog import FrozenModel
from engine.errors import EngineError
from engine.market.archive import SUFFIX, read_archive
from engine.market.installed import InstalledPackage, archive_path
from engine.market.manifest import MANIFEST, PackageKind, PackageManifest, Sha256, read_manifest, version_key
from engine.validation import parse_toml

LOCK_FILE = "packages.lock.toml"
"""The lock in a project's folder."""
VENDORED = "packages"
"""The folder of a project with the archives, by digest."""
_MUTEX = ".lock"
_HEAD = "# The packages that this project uses. cwtui market lock changes it.\n"


class LockedPackage(FrozenModel):
    """A package of a lock. `choice` is the licence that was chosen, `repository` the one that offered it."""

    package: str
    version: str
    kind: PackageKind
    preset: str
    sha256: Sha256
    choice: str
    repository: str = ""
    files: tuple[str, ...]


class ProjectLock(FrozenModel):
    """The lock of a project, by package and version."""

    format: int = 1
    packages: tuple[LockedPackage, ...] = ()

    def find(self, package: str) -> tuple[LockedPackage, ...]:
        """The locked versions of a package, oldest first."""
        return tuple(one for one in self.packages if one.package == package)


def read_lock(project: Path) -> ProjectLock:
    """The lock of a project's folder; empty without one. Raises EngineError if it is damaged."""
    path = project / LOCK_FILE
    if not path.is_file():
        return ProjectLock()
    try:
        return ProjectLock.model_validate(parse_toml(path.read_text(encoding="utf-8"), LOCK_FILE))
    except (OSError, UnicodeDecodeError, ValidationError) as error:
        raise EngineError(
            f"{path} is damaged.", "Restore it from a backup, or remove it and deliver again to lock the packages."
        ) from error


def lock_package(project: Path, studio: Path, package: InstalledPackage) -> LockedPackage:
    """Copies the archive of an installed package into a project, and adds it to the lock.

    Raises EngineError if the archive is missing or was changed.
    """
    path = archive_path(studio, package.manifest)
    content = path.read_bytes() if path.is_file() else b""
    if hashlib.sha256(content).hexdigest() != package.sha256:
        raise EngineError(
            f"The archive of {package.manifest.id} {package.manifest.version} is missing or was changed.",
            "Install the package again: cwtui market install.",
        )
    copy = vendored_path(project, package.sha256)
    make_folder(copy.parent)
    if not copy.is_file() or copy.read_bytes() != content:
        write_atomic(copy, content)
    manifest = package.manifest
    locked = LockedPackage(
        package=manifest.id,
        version=manifest.version,
        kind=manifest.kind,
        preset=package.preset,
        sha256=package.sha256,
        choice=package.choice,
        repository=package.repository,
        files=tuple(sorted(package.files)),
    )
    with exclusive_lock(copy.parent / _MUTEX, wait=True, what="Locking the packages"):
        others = [one for one in read_lock(project).packages if one.preset != locked.preset]
        _write(project, [*others, locked])
    return locked


def unlock_package(project: Path, locked: LockedPackage) -> None:
    """Removes a package from the lock of a project, and its copy."""
    make_folder(project / VENDORED)
    with exclusive_lock(project / VENDORED / _MUTEX, wait=True, what="Locking the packages"):
        rest = [one for one in read_lock(project).packages if one.preset != locked.preset]
        _write(project, rest)
    if not any(one.sha256 == locked.sha256 for one in rest):
        vendored_path(project, locked.sha256).unlink(missing_ok=True)


def vendored_path(project: Path, sha256: str) -> Path:
    """The file of a project with the archive of this digest."""
    return project / VENDORED / f"{sha256}{SUFFIX}"


def check_vendored(project: Path, locked: LockedPackage) -> str:
    """Whether a project's copy of an archive is “unchanged”, “changed” or “missing”."""
    path = vendored_path(project, locked.sha256)
    if not path.is_file():
        return "missing"
    return "unchanged" if hashlib.sha256(path.read_bytes()).hexdigest() == locked.sha256 else "changed"


def locked_manifest(project: Path, locked: LockedPackage) -> PackageManifest:
    """The manifest of a locked package, from the project's copy. Raises EngineError if the copy is not whole."""
    if (state := check_vendored(project, locked)) != "unchanged":
        raise EngineError(
            f"The copy of {locked.package} {locked.version} in {project.name} is {state}.",
            "Install this version, and lock it again: cwtui market lock.",
        )
    return read_manifest(read_archive(vendored_path(project, locked.sha256).read_bytes())[MANIFEST])


def _write(project: Path, packages: list[LockedPackage]) -> None:
    import tomlkit

    ordered = sorted(packages, key=lambda one: (one.package, version_key(one.version)))
    table = {"format": 1, "packages": [one.model_dump(mode="json") for one in ordered]}
    write_atomic(project / LOCK_FILE, (_HEAD + tomlkit.dumps(table)).encode())
