"""The installed packages of a studio: their archives, the presets that they provide, and the record of both.

A preset has the name of its package with the version, as `ada-dusk-1-0-0`: another version is another preset, so that a
project that names it renders the same after an update.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from pydantic import ValidationError

from engine.atomic_files import make_folder, write_atomic
from engine.catalog import FrozenModel
from engine.errors import EngineError, RequestError
from engine.market.badges import forget_badges
from engine.market.licences import choices_of, obligations_of
from engine.market.manifest import PackageKind, PackageManifest, version_key
from engine.market.package import MarketPackage
from engine.market.side_files import SIDE_SUFFIXES, TITLES, with_names

MARKET = "market"
"""The folder of a studio with the archives and the record."""
_RECORD = "installed.json"
_FOLDERS: Mapping[PackageKind, str] = {
    "look": "looks",
    "lut": "luts",
    **dict.fromkeys(TITLES, "titles"),
    "sound-chain": "sound",
    "recipe": "recipes",
    "science-recipe": "science",
}


class InstalledPackage(FrozenModel):
    """An installed package. `repository` is the trusted repository that offered it; empty: a file without a signature.

    `choice` is the licence that the user chose, if its expression leaves a choice. `files` are the paths of its presets
    below the studio, with their SHA-256.
    """

    manifest: PackageManifest
    sha256: str
    repository: str = ""
    choice: str = ""
    installed_at: datetime
    files: dict[str, str]

    @property
    def preset(self) -> str:
        """The name under which the studio has its preset."""
        return preset_name(self.manifest)


class InstalledRecord(FrozenModel):
    """All installed packages of a studio."""

    format: int = 1
    packages: tuple[InstalledPackage, ...] = ()


def preset_name(manifest: PackageManifest) -> str:
    """The name of a package's preset: letters, digits and hyphens."""
    return f"{manifest.author}-{manifest.name}-{manifest.version.replace('.', '-')}"


def installed(studio: Path) -> tuple[InstalledPackage, ...]:
    """The installed packages of a studio, by name and version. Raises EngineError if the record is damaged."""
    path = studio / MARKET / _RECORD
    if not path.is_file():
        return ()
    try:
        record = InstalledRecord.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise EngineError(f"{path} is damaged.", "Restore it from a backup, or install the packages again.") from error
    return tuple(sorted(record.packages, key=lambda one: (one.manifest.id, version_key(one.manifest.version))))


def find_installed(studio: Path, package: str, version: str | None = None) -> InstalledPackage:
    """An installed package by name, by default its newest version. Raises RequestError if it is not installed."""
    found = [one for one in installed(studio) if one.manifest.id == package]
    if version is not None:
        found = [one for one in found if one.manifest.version == version]
    if not found:
        raise RequestError(f"{package} {version or ''} is not installed.", "cwtui market list lists what is.")
    return found[-1]


def install(studio: Path, package: MarketPackage, repository: str, choice: str | None = None) -> InstalledPackage:
    """Writes a package's archive and its presets into a studio.

    Raises RequestError if its licence leaves a choice that was not made, or the studio has another preset of its name.
    """
    manifest = package.manifest
    possible = choices_of(manifest.licence)
    if choice is None and len(possible) > 1:
        raise RequestError(
            f"The licence of {manifest.id} leaves a choice: {manifest.licence}.",
            f"Choose with --licence: {'; '.join(possible)}",
        )
    if choice is not None:
        obligations_of(manifest.licence, choice)
    written = _preset_files(package)
    known = {one.preset: one for one in installed(studio)}
    before = known.get(preset_name(manifest))
    if before and before.sha256 != package.digest:
        raise RequestError(
            f"{manifest.id} {manifest.version} is installed with another content ({before.sha256[:12]}).",
            f"Ask its author, who may have changed it without a new version; or remove it: "
            f"cwtui market remove {manifest.id}",
        )
    for name, content in written.items():
        there = studio / name
        if before is None and there.exists() and there.read_bytes() != content:
            raise RequestError(f"{studio / name} exists and belongs to no package.", "Rename your own file.")
    write_atomic(archive_path(studio, manifest), package.archive)
    for name, content in written.items():
        make_folder((studio / name).parent)
        write_atomic(studio / name, content)
    record = InstalledPackage(
        manifest=manifest,
        sha256=package.digest,
        repository=repository,
        choice=choice or possible[0],
        installed_at=datetime.now(UTC),
        files={name: hashlib.sha256(content).hexdigest() for name, content in written.items()},
    )
    _write(studio, [*(one for one in known.values() if one.preset != record.preset), record])
    return record


def remove(studio: Path, package: InstalledPackage, keep_presets: bool = False) -> None:
    """Removes a package's presets, archive and record. Files that were changed stay; with `keep_presets`, all do."""
    changed = {name for name, state in check_files(studio, package).items() if state == "changed"}
    for name in package.files:
        if name not in changed and not keep_presets:
            (studio / name).unlink(missing_ok=True)
    archive_path(studio, package.manifest).unlink(missing_ok=True)
    forget_badges(studio, package.sha256)
    _write(studio, [one for one in installed(studio) if one.preset != package.preset])


def check_files(studio: Path, package: InstalledPackage) -> dict[str, str]:
    """Of each file of an installed package whether it is “unchanged”, “changed” or “missing”; its archive too."""
    archive = archive_path(studio, package.manifest)
    expected = {archive.relative_to(studio).as_posix(): package.sha256, **package.files}
    found = {}
    for name, digest in expected.items():
        path = studio / name
        if not path.is_file():
            found[name] = "missing"
        else:
            same = hashlib.sha256(path.read_bytes()).hexdigest() == digest
            found[name] = "unchanged" if same else "changed"
    return found


def archive_path(studio: Path, manifest: PackageManifest) -> Path:
    """The file of an installed package's archive, from which its presets can be written again."""
    return studio / MARKET / "packages" / manifest.target


def _preset_files(package: MarketPackage) -> dict[str, bytes]:
    """The presets of a package by their path below the studio."""
    manifest = package.manifest
    folder, name = _FOLDERS[manifest.kind], preset_name(manifest)
    suffix = PurePosixPath(manifest.content).suffix
    content = package.files[manifest.content]
    beside = {
        one: f"{name}-{PurePosixPath(one).name}"
        for one in package.files
        if one.endswith(SIDE_SUFFIXES) and one != manifest.content
    }
    if beside:
        content = with_names(manifest.kind, content, PurePosixPath(manifest.content).parent, beside)
    return {f"{folder}/{name}{suffix}": content} | {
        f"{folder}/{new}": package.files[one] for one, new in beside.items()
    }


def _write(studio: Path, packages: list[InstalledPackage]) -> None:
    record = InstalledRecord(packages=tuple(packages))
    path = studio / MARKET / _RECORD
    make_folder(path.parent)
    write_atomic(path, record.model_dump_json(indent=1).encode())
