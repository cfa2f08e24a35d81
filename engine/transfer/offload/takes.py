"""Registers the takes of an offloaded card, as an ingest does, from its proven copies and their digests."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine.catalog import Catalog, Damage, Encoding, IngestBatch, Project, Take, sessions
from engine.errors import EngineError
from engine.transfer.recording import has_frames, join_digests, new_take, recording_files, recording_size
from engine.transfer.scan import ScannedItem, scan_footage


@dataclass(slots=True)
class RegisteredTakes:
    """The new takes of a card, those that the project had, recordings that failed, and the take of each file."""

    takes: list[Take] = field(default_factory=list)
    already_here: list[Take] = field(default_factory=list)
    failed: list[tuple[Path, EngineError]] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)


def register_takes(
    catalog: Catalog,
    studio: Path,
    project: Project,
    folder: Path,
    digests: Mapping[str, str],
    absent: Collection[Path],
    links: Collection[Path],
    damage: Mapping[Path, Damage],
    seal: Callable[[], None],
    *,
    input_transform: Encoding | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> RegisteredTakes:
    """Add a take for each recording in the card's `folder`, then `seal` it and mark its batch as sealed.

    `digests` has the XXH128 of each proven file, `absent` are the paths of files that are not proven, `links`
    those of files that are links to equal ones. A recording that is not complete is left for the next run. All rows are
    written in one transaction after the seal. Raises Cancelled, what `seal` raises.
    """
    from engine.ingest import inspect

    scan = scan_footage([folder], inspect, cancelled=cancelled)
    result = RegisteredTakes(failed=scan.failed)
    seal()
    with catalog.transaction():
        batch = _batch_of(catalog, studio, project, folder)
        # Of equal recordings, the one with bytes of its own becomes the take.
        for scanned in sorted(scan.recordings, key=lambda one: one.item.path in links):
            files = recording_files(scanned.item.path)
            gaps = has_frames(scanned.item.path) and {file.parent for file in absent} & {file.parent for file in files}
            if gaps or not all(str(file) in digests for file in files):
                continue
            digest = join_digests(scanned.item.path, [digests[str(file)] for file in files])
            take = catalog.take_by_digest(project, digest)
            if take is None:
                take = _take(catalog, studio, project, batch, scanned, digest, damage, input_transform)
                catalog.add_take(take)
                result.takes.append(take)
            else:
                _restore(catalog, studio, take, batch, scanned, input_transform)
                if take.id not in {one.id for one in (*result.takes, *result.already_here)}:
                    result.already_here.append(take)
            for file in (*files, *scanned.item.sidecars):
                result.labels[str(file)] = take.label
        catalog.seal_batch(batch)
        catalog.set_sessions(sessions(catalog.takes(project)))
    fresh = {take.id: take for take in catalog.takes(project)}
    result.takes = [fresh[take.id] for take in result.takes]
    result.already_here = [fresh[take.id] for take in result.already_here]
    return result


def _batch_of(catalog: Catalog, studio: Path, project: Project, folder: Path) -> IngestBatch:
    relative = folder.relative_to(studio).as_posix()
    known = next((batch for batch in catalog.batches(project) if batch.folder == relative), None)
    return known or catalog.add_batch(project, relative)


def _take(
    catalog: Catalog,
    studio: Path,
    project: Project,
    batch: IngestBatch,
    scanned: ScannedItem,
    digest: str,
    damage: Mapping[Path, Damage],
    input_transform: Encoding | None,
) -> Take:
    path = scanned.item.path
    return new_take(
        catalog,
        project,
        scanned.footage,
        path=path.relative_to(studio),
        digest=digest,
        size=recording_size(path),
        batch=batch,
        sidecars=tuple(sidecar.relative_to(studio) for sidecar in scanned.item.sidecars),
        damage=[damage[file] for file in recording_files(path) if file in damage],
        input_transform=input_transform,
    )


def _restore(
    catalog: Catalog,
    studio: Path,
    take: Take,
    batch: IngestBatch,
    scanned: ScannedItem,
    input_transform: Encoding | None,
) -> None:
    """Give a known take the proven copy if its own is missing or in place, and the transform that it waits for."""
    if input_transform and take.needs_director:
        catalog.reviews.set_input_transform(take, input_transform)
    kept, path = studio / take.path, scanned.item.path
    # A folder of frames has the size of its files.
    there = (kept.exists() or has_frames(kept)) and _size(kept) == take.size
    if take.in_place or not there:
        sidecars = tuple(sidecar.relative_to(studio) for sidecar in scanned.item.sidecars)
        catalog.relocate_take(take, path.relative_to(studio), batch, sidecars)


def _size(path: Path) -> int:
    try:
        return recording_size(path)
    except OSError:
        return -1
