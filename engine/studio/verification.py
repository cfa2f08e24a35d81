"""Verifies originals and other sealed folders, and what follows for offloaded cards."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from engine.catalog import Catalog, Project, Take, in_shooting_order
from engine.errors import RequestError
from engine.tasks import record_verdicts
from engine.transfer import (
    FileVerification,
    SealStatus,
    restore_copies,
    revoke_proofs,
    take_digest,
    verify_seal,
)


def verify_originals(
    studio: Path,
    catalog: Catalog,
    project: Project,
    progress: Callable[[int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> list[FileVerification]:
    """Verify a project's originals as `Studio.verify`. Lost ones have the path of an intact copy, if there is one."""
    verdicts: list[FileVerification] = []
    for batch in catalog.batches(project):
        if batch.sealed_at:
            verdicts += verify_seal(studio / batch.folder, progress, cancelled)
    covered = {one.path for one in verdicts if one.verdict is not SealStatus.NEW}
    covered |= {one.previous for one in verdicts if one.previous}
    for take in in_shooting_order(catalog.takes(project)):
        path = studio / take.path
        if path not in covered and not any(path in one.parents for one in covered):
            verdicts = [one for one in verdicts if one.path != path and path not in one.path.parents]
            verdicts.append(_verify_take(studio, take, progress))
    verdicts = _with_copies(studio, (project,), verdicts)
    record_verdicts(catalog, studio, verdicts)
    return verdicts


def verify_folder(
    folder: Path,
    studio: Path | None,
    projects: Iterable[Project] = (),
    progress: Callable[[int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> list[FileVerification]:
    """Verify a sealed folder, such as a card's copy on another disk, as `verify_seal`.

    If it is a destination of an offload of one of `projects` in `studio`, lost files are no longer proven there.
    """
    verdicts = verify_seal(folder, progress, cancelled)
    return _with_copies(studio, projects, verdicts) if studio else verdicts


def restore_lost(studio: Path, project: Project, verdicts: Sequence[FileVerification]) -> list[Path]:
    """Copy intact copies over lost files and return the paths of these. Changed ones stay in `damaged/`.

    Raises RequestError if no lost file has an intact copy.
    """
    copies = {one.path: one.intact_copy for one in verdicts if one.intact_copy}
    if not copies:
        raise RequestError(
            "No lost file has an intact copy on a connected disk.",
            "Connect the other disks of the offload. cwtui offload --status lists them.",
        )
    return restore_copies(studio, project, copies)


def _with_copies(
    studio: Path, projects: Iterable[Project], verdicts: Sequence[FileVerification]
) -> list[FileVerification]:
    copies: dict[Path, Path] = {}
    for project in projects:
        copies |= revoke_proofs(studio, project, verdicts)
    return [replace(one, intact_copy=copies.get(one.path)) for one in verdicts]


def _verify_take(studio: Path, take: Take, progress: Callable[[int], None] | None) -> FileVerification:
    path = studio / take.path
    if not path.exists():
        return FileVerification(path, SealStatus.MISSING, take.digest, None)
    measured = take_digest(path, progress)
    return FileVerification(
        path, SealStatus.INTACT if measured == take.digest else SealStatus.CHANGED, take.digest, measured
    )
