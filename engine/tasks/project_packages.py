"""The packages of the market in projects: a delivery locks what it uses, and a revoked package gets no new use."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from engine.deliver import UsedPackage
from engine.errors import EngineError, RequestError
from engine.tasks.context import TaskContext

_REPOSITORIES = Path("market") / "repositories"


def lock_packages(context: TaskContext, project: str | None, used: Iterable[UsedPackage]) -> None:
    """Copies the packages that a delivery uses into its project, and locks them.

    A package that was removed meanwhile is not copied: the job has its presets.
    """
    used = tuple(used)
    if project is None or not used:
        return
    from engine.market import installed, lock_package, read_lock

    folder = context.paths.project_folder(project)
    known = {one.sha256 for one in read_lock(folder).packages}
    wanted = {one.sha256 for one in used} - known
    for package in installed(context.paths.folder) if wanted else ():
        if package.sha256 in wanted:
            lock_package(folder, context.paths.folder, package)


def refuse_revoked(studio: Path, project: Path | None, used: Iterable[UsedPackage]) -> None:
    """Raises RequestError if a package was revoked, and the project has not locked it before.

    Finished projects render as they did.
    """
    used = tuple(used)
    if not used or not (studio / _REPOSITORIES).is_dir():
        return
    from engine.market import TrustedRepository, read_lock

    known = {one.sha256 for one in read_lock(project).packages} if project else set()
    for folder in sorted((studio / _REPOSITORIES).iterdir()):
        try:
            offers = TrustedRepository(folder).catalogue().packages
        except EngineError:
            continue
        revoked = {one.sha256: one.revoked for one in offers if one.revoked}
        for package in used:
            if package.sha256 in revoked and package.sha256 not in known:
                raise RequestError(
                    f"{package.package} {package.version} was revoked: {revoked[package.sha256]}.",
                    "Choose another version or another preset. Projects that have used it still render.",
                )
