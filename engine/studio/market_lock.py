"""The locks of projects: what a project uses of the market stays, until its lock is changed on purpose."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.catalog import Catalog
from engine.errors import EngineError, RequestError
from engine.studio.market import find_offer, install_package, installed_offers

if TYPE_CHECKING:
    from engine.catalog import Project
    from engine.market import InstalledPackage, LockedPackage
    from engine.studio.studio import Studio
    from engine.timeline import Cut


@dataclass(frozen=True, slots=True)
class LockChange:
    """A change of a lock: the versions of a package before, the one after, and the cuts that name it now."""

    package: str
    before: tuple[str, ...]
    after: str
    cuts: tuple[str, ...]


def update_market(studio: Studio, names: Collection[str] = ()) -> list[dict[str, Any]]:
    """Installs the newest version of installed packages, by default of all. Returns the records of new ones.

    Earlier versions stay, and so do the locks of projects. Raises RequestError if a name is not installed or not
    offered, or a licence leaves a choice; EngineError as `install_package`.
    """
    from engine.market import find_installed, version_key

    for name in names:
        find_installed(studio.folder, name)
        find_offer(studio.folder, name)
    made = []
    for package, newest in installed_offers(studio.folder):
        wanted = not names or package.manifest.id in names
        if newest and wanted and version_key(newest.version) > version_key(package.manifest.version):
            # The choice of the earlier version counts where the licence is the same.
            same = newest.licence == package.manifest.licence
            made.append(
                install_package(studio, f"{newest.id}@{newest.version}", package.choice if same else None, trial=False)
            )
    return made


def lock_project(studio: Studio, project: Project) -> tuple[LockedPackage, ...]:
    """Locks the installed packages that the cuts of a project name, and returns its lock.

    Raises EngineError if an archive is missing or was changed.
    """
    from engine.market import installed, lock_package, read_lock

    folder = studio.folder / project.folder
    named = {name for cut in _cuts(studio, project) for name in _names_in(cut)}
    known = {one.preset for one in read_lock(folder).packages}
    for package in installed(studio.folder):
        if package.preset in named - known:
            lock_package(folder, studio.folder, package)
    return read_lock(folder).packages


def update_lock(studio: Studio, project: Project, package: str, version: str | None = None) -> LockChange:
    """Locks another version of a package, by default the newest that is installed, and names it in all cuts.

    A look and a title get the preset of this version; an undo in the cut restores the earlier one. Raises RequestError
    if the project has not locked the package, this version is not installed, or it was revoked.
    """
    from engine.market import find_installed, lock_package, read_lock, unlock_package

    folder = studio.folder / project.folder
    before = read_lock(folder).find(package)
    if not before:
        raise RequestError(
            f"“{project.name}” has not locked {package}.", "cwtui market lock lists what the project uses."
        )
    found = find_installed(studio.folder, package, version)
    for installed_one, reason in revoked_packages(studio.folder):
        if installed_one.preset == found.preset:
            raise RequestError(f"{package} {found.manifest.version} was revoked: {reason}.", "Choose another version.")
    lock_package(folder, studio.folder, found)
    earlier = [one for one in before if one.preset != found.preset]
    changed = _rename(studio, project, {one.preset for one in earlier}, found)
    for one in earlier:
        unlock_package(folder, one)
    return LockChange(package, tuple(one.version for one in before), found.manifest.version, tuple(changed))


def preset_of_package(folder: Path, reference: str, project: str | None = None) -> str:
    """The preset of a package, as `ada/dusk` or `ada/dusk@1.0.0`, for a project, by default the current one.

    Without a version, it is the version that the project has locked, or the newest that is installed. A preset of the
    lock that is missing is written again. Raises RequestError if the project is not known or the package not installed,
    EngineError if the lock is damaged.
    """
    from engine.market import find_installed

    package, _, version = reference.partition("@")
    if Catalog.exists_in(folder):
        from engine.studio.studio import Studio

        with Studio(folder) as studio:
            for one in reversed(_locked(studio, package, project)):
                if version in ("", one.version):
                    if not all((folder / name).exists() for name in one.files):
                        restore_packages(studio)
                    return one.preset
    return find_installed(folder, package, version or None).preset


def _locked(studio: Studio, package: str, project: str | None) -> tuple[LockedPackage, ...]:
    """The versions of a package that a project has locked, oldest first."""
    from engine.market import read_lock

    try:
        home = studio.project(project)
    except RequestError:
        if project is not None:
            raise
        # No project, or several and none is current.
        return ()
    return read_lock(studio.folder / home.folder).find(package)


def revoked_packages(studio: Path) -> list[tuple[InstalledPackage, str]]:
    """The installed packages that their repositories have revoked, with the reasons."""
    from engine.market import installed
    from engine.studio.market import known_catalogues

    catalogues = known_catalogues(studio)
    found = []
    for one in installed(studio):
        catalogue = catalogues.get(one.repository)
        offer = catalogue.find(one.manifest.id, one.manifest.version) if catalogue else None
        if offer and offer.revoked:
            found.append((one, offer.revoked))
    return found


def projects_with(studio: Path, package: InstalledPackage) -> list[str]:
    """The folders of projects that have locked a package. Projects with a damaged lock do not count."""
    return [folder for folder, locked in locks_of(studio) if any(one.sha256 == package.sha256 for one in locked)]


def remove_package(studio: Path, package: InstalledPackage) -> list[str]:
    """Removes an installed package. Returns the projects that have locked it: for them, its presets stay."""
    from engine.market import remove

    users = projects_with(studio, package)
    remove(studio, package, keep_presets=bool(users))
    return users


def restore_packages(studio: Studio) -> list[str]:
    """Writes missing presets of locked packages again, from the copies in the projects, through the sandbox.

    Returns the names of the presets. What cannot be restored stays missing: `verify_market` says why.
    """
    from engine.market import check_vendored, vendored_path

    restored = []
    for folder, locked in locks_of(studio.folder):
        project = studio.folder / folder
        for one in locked:
            there = all((studio.folder / name).exists() for name in one.files)
            if not there and check_vendored(project, one) == "unchanged":
                with suppress(EngineError):
                    path = str(vendored_path(project, one.sha256))
                    install_package(studio, path, one.choice, repository=one.repository)
                    restored.append(one.preset)
    return restored


def locks_of(studio: Path) -> Iterator[tuple[str, tuple[LockedPackage, ...]]]:
    """The projects that have a lock, by the names of their folders, with its packages; damaged locks are left out."""
    from engine.market import LOCK_FILE, read_lock

    for path in sorted(studio.glob(f"*/{LOCK_FILE}")):
        try:
            yield path.parent.name, read_lock(path.parent).packages
        except EngineError:
            continue


def _cuts(studio: Studio, project: Project) -> Iterator[Cut]:
    from engine.studio.cuts import ProjectCuts

    cuts = ProjectCuts(studio, project)
    for name in cuts.names():
        yield cuts.read(name)


def _names_in(cut: Cut) -> set[str]:
    return {clip.look for clip in cut.clips if clip.look} | {title.template for title in cut.titles}


def _rename(studio: Studio, project: Project, before: set[str], after: InstalledPackage) -> Iterator[str]:
    """Names a preset in the cuts of a project where they name others; yields the names of changed cuts."""
    from engine.market import TITLES
    from engine.studio.cuts import ProjectCuts

    cuts = ProjectCuts(studio, project)
    design: dict[str, Any] = {}
    if after.manifest.kind in TITLES:
        from engine.titles import OWN_TITLES, load_title

        template = load_title(after.preset, studio.folder / OWN_TITLES)
        design = {"version": template.revision, "design": template.design}

    def change(cut: Cut) -> Cut:
        clips = tuple(replace(one, look=after.preset) if one.look in before else one for one in cut.clips)
        titles = tuple(
            replace(one, template=after.preset, **design) if design and one.template in before else one
            for one in cut.titles
        )
        return replace(cut, clips=clips, titles=titles)

    for name in cuts.names():
        if before & _names_in(cuts.read(name)):
            cuts.edit(name, change, f"{after.manifest.id} {after.manifest.version}")
            yield name
