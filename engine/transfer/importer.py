"""Imports footage: probes, copies, verifies, catalogs, orders and seals it. A bad file does not stop the others."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from engine.atomic_files import PARTIAL, exclusive_lock
from engine.catalog import Catalog, Encoding, IngestBatch, Project, Take, sessions
from engine.errors import Cancelled, EngineError
from engine.ingest import (
    Footage,
    SourceItem,
    copy_verified,
    digest_file,
    disk_full,
)
from engine.transfer.checksums import CardChecksums
from engine.transfer.recording import (
    has_frames,
    join_digests,
    new_take,
    recording_files,
    recording_size,
    take_digest,
)
from engine.transfer.scan import scan_footage
from engine.transfer.seal import SEAL_FOLDER, remove_unfinished_seal, seal, seal_space
from engine.transfer.unfinished_files import Stamp, stat_stamps, still_written

Progress = Callable[[int, int, str], None]
"""Called with (bytes done, bytes in total, name of the current file)."""


@dataclass(slots=True)
class ImportResult:
    """The result of one ingest. `duplicates` has the path of each of the takes that are `already_here`."""

    takes: list[Take] = field(default_factory=list)
    already_here: list[Take] = field(default_factory=list)
    duplicates: list[Path] = field(default_factory=list)
    failed: list[tuple[Path, EngineError]] = field(default_factory=list)
    skipped: list[Path] = field(default_factory=list)
    seal: Path | None = None


def import_footage(
    catalog: Catalog,
    studio: Path,
    project: Project,
    paths: Sequence[Path],
    *,
    input_transform: Encoding | None = None,
    in_place: bool = False,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> ImportResult:
    """Copy footage below `originals/` (or leave it `in_place`) and create a Take for each recording.

    Footage whose content is already in the project is not copied again. An interrupted ingest continues in its open
    batch. `input_transform` is the answer for new log takes. Failures are reported, and the other recordings are
    imported; Cancelled leaves only complete takes. The originals are only read.
    """
    with exclusive_lock(
        studio / project.folder / "work" / "ingest.lock", wait=False, what=f"An ingest into “{project.name}”"
    ):
        return _import(catalog, studio, project, paths, input_transform, in_place, progress, cancelled)


def _import(
    catalog: Catalog,
    studio: Path,
    project: Project,
    paths: Sequence[Path],
    input_transform: Encoding | None,
    in_place: bool,
    progress: Progress | None,
    cancelled: Callable[[], bool] | None,
) -> ImportResult:
    from engine.ingest import inspect

    scan = scan_footage(paths, inspect, in_place=in_place, cancelled=cancelled)
    result = ImportResult(failed=scan.failed, skipped=scan.skipped)
    stamps = {one.item.path: one.stamp for one in scan.recordings}
    looked_at = [(one.item, one.footage) for one in scan.recordings]
    intake = _Importer(catalog, studio, project, in_place, input_transform, progress, cancelled, stamps)
    intake.total = sum(recording_size(arrival.path) for arrival, _ in looked_at)
    try:
        if not in_place:
            intake.refuse_without_room([arrival for arrival, _ in looked_at])
        for arrival, footage in looked_at:
            try:
                take, new = intake.accept(arrival, footage)
            except Cancelled:
                raise
            except EngineError as error:
                result.failed.append((arrival.path, error))
            else:
                (result.takes if new else result.already_here).append(take)
                if not new:
                    result.duplicates.append(arrival.path)
    finally:
        catalog.set_sessions(sessions(catalog.takes(project)))
    result.failed += intake.checksums.broken
    result.seal = intake.finish()
    fresh = {take.id: take for take in catalog.takes(project)}
    result.takes = [fresh[take.id] for take in result.takes]
    result.already_here = [fresh[take.id] for take in result.already_here]
    return result


@dataclass(slots=True)
class _Importer:
    """State of one `import_footage` run: its ingest batch, and the digests of its copies."""

    catalog: Catalog
    studio: Path
    project: Project
    in_place: bool
    input_transform: Encoding | None
    progress: Progress | None
    cancelled: Callable[[], bool] | None
    stamps: Mapping[Path, Stamp]
    checksums: CardChecksums = field(default_factory=CardChecksums)
    total: int = 0
    done: int = 0
    digests: dict[Path, str] = field(default_factory=dict)
    _delivery: IngestBatch | None = None

    @property
    def delivery(self) -> IngestBatch:
        """The ingest batch for new footage: the open one, or a new one."""
        if self._delivery is None:
            self._delivery = self.catalog.open_batch(self.project)
        if self._delivery is None:
            originals = Path(self.project.folder) / "originals"
            day, nth = f"{datetime.now().astimezone():%Y-%m-%d}", 1
            while (self.studio / originals / f"{day}-{nth:02d}").exists():
                nth += 1
            folder = originals / f"{day}-{nth:02d}"
            self._delivery = self.catalog.add_batch(self.project, folder.as_posix())
        (self.studio / self._delivery.folder).mkdir(parents=True, exist_ok=True)
        return self._delivery

    def accept(self, arrival: SourceItem, footage: Footage) -> tuple[Take, bool]:
        """Add one recording to the catalog. Return (its take, whether it was added or copied)."""
        size = recording_size(arrival.path)
        if any(take.size == size for take in self.catalog.takes(self.project)):
            digest = join_digests(
                arrival.path, [digest_file(p, None, self.cancelled) for p in recording_files(arrival.path)]
            )
            if known := self.catalog.take_by_digest(self.project, digest):
                if self.input_transform and known.needs_director:
                    self.catalog.reviews.set_input_transform(known, self.input_transform)
                return known, self._bring_back(arrival, known, size)
        changed = [d for p in recording_files(arrival.path) if (d := self.checksums.compare(p, self.cancelled))]
        digest, path, sidecars = self._keep_in_place(arrival) if self.in_place else self._copy(arrival, size)
        self._refuse_if_written(arrival, path, sidecars)
        take = new_take(
            self.catalog,
            self.project,
            footage,
            path=path,
            digest=digest,
            size=size,
            batch=None if self.in_place else self.delivery,
            sidecars=sidecars,
            damage=changed,
            input_transform=self.input_transform,
        )
        self.catalog.add_take(take)
        return take, True

    def _refuse_if_written(self, arrival: SourceItem, path: Path, sidecars: Sequence[Path]) -> None:
        """Delete the copy and raise EngineError if the source changed since it was probed."""
        if stat_stamps(recording_files(arrival.path)) == self.stamps[arrival.path]:
            return
        if not self.in_place:
            for copied in (*recording_files(self.studio / path), *(self.studio / sidecar for sidecar in sidecars)):
                copied.unlink(missing_ok=True)
                self.digests.pop(copied, None)
        raise still_written(arrival.path.name)

    def _bring_back(self, arrival: SourceItem, known: Take, size: int) -> bool:
        """Copy a known recording again if its copy is missing, damaged, or was never made.

        Return whether the take was copied or relocated.
        """
        if known.in_place and not self.in_place:
            _, path, sidecars = self._copy(arrival, size)
            self.catalog.relocate_take(known, path, self.delivery, sidecars)
            return True
        kept = self.studio / known.path
        if kept.exists() and take_digest(kept) == known.digest:
            self._tell(size, arrival.path.name)
            return False
        if known.in_place:
            self.catalog.relocate_take(known, arrival.path, None, arrival.sidecars)
            return True
        for file in recording_files(arrival.path):
            copy_verified(
                file, kept / file.name if has_frames(arrival.path) else kept, self._meter(file), self.cancelled
            )
        return True

    def refuse_without_room(self, arrivals: Sequence[SourceItem]) -> None:
        """Raise EngineError, before anything is copied, if the disk has no space for the new footage and its seal."""
        known = {take.size for take in self.catalog.takes(self.project)}
        new = {arrival: size for arrival in arrivals if (size := recording_size(arrival.path)) not in known}
        needed = sum(new.values()) + seal_space(sum(len(recording_files(arrival.path)) for arrival in new))
        free = shutil.disk_usage(self.studio).free
        if new and free < needed:
            name = next(iter(new)).path.name if len(new) == 1 else f"{len(new)} recordings"
            raise disk_full(name, needed, free)

    def finish(self) -> Path | None:
        """Seal all files in the open batch's folder, and return the manifest. Drop an empty batch and return None."""
        if self._delivery is None:
            self._delivery = self.catalog.open_batch(self.project)
        if self._delivery is None:
            return None
        folder = self.studio / self._delivery.folder
        remove_unfinished_seal(folder)
        kept = [p for p in sorted(folder.rglob("*")) if p.is_file() and SEAL_FOLDER not in p.relative_to(folder).parts]
        for leftover in [p for p in kept if PARTIAL in p.suffixes]:
            leftover.unlink()
            kept.remove(leftover)
        if not kept:
            shutil.rmtree(folder, ignore_errors=True)
            self.catalog.drop_batch(self._delivery)
            return None
        # Digests in the catalog were computed during the copy. A file that changed since must not be sealed as it is.
        known = {self.studio / take.path: take.digest for take in self.catalog.takes(self.project) if not take.in_place}
        digests = {
            path.relative_to(folder): self.digests.get(path)
            or known.get(path)
            or digest_file(path, None, self.cancelled)
            for path in kept
        }
        manifest = seal(folder, digests, self.studio / self.project.folder / "work" / "torn-seals")
        self.catalog.seal_batch(self._delivery)
        return manifest

    def _keep_in_place(self, arrival: SourceItem) -> tuple[str, Path, tuple[Path, ...]]:
        parts = [digest_file(p, self._meter(p), self.cancelled) for p in recording_files(arrival.path)]
        return join_digests(arrival.path, parts), arrival.path, arrival.sidecars

    def _copy(self, arrival: SourceItem, size: int) -> tuple[str, Path, tuple[Path, ...]]:
        folder = self.studio / self.delivery.folder
        free, needed = shutil.disk_usage(folder).free, size + seal_space(len(recording_files(arrival.path)))
        if free < needed:
            raise disk_full(arrival.path.name, needed, free)
        target = folder / arrival.relative
        if has_frames(arrival.path):
            target = _free_folder(recording_files(arrival.path), target)
            parts = [self._copy_file(path, target / path.name) for path in recording_files(arrival.path)]
        else:
            target = _free_place(arrival.path, target)
            parts = [self._copy_file(arrival.path, target)]
        sidecars = []
        for sidecar in arrival.sidecars:
            beside = _free_place(sidecar, target.parent / sidecar.name)
            self._copy_file(sidecar, beside)
            sidecars.append(beside.relative_to(self.studio))
        return join_digests(arrival.path, parts), target.relative_to(self.studio), tuple(sidecars)

    def _copy_file(self, source: Path, target: Path) -> str:
        if _same_content(source, target):
            digest = digest_file(target, self._meter(source), self.cancelled)
        else:
            digest = copy_verified(source, target, self._meter(source), self.cancelled)
        self.digests[target] = digest
        return digest

    def _meter(self, path: Path) -> Callable[[int], None]:
        return lambda count: self._tell(count, path.name)

    def _tell(self, count: int, name: str) -> None:
        self.done += count
        if self.progress:
            self.progress(self.done, self.total, name)


def _free_place(source: Path, target: Path) -> Path:
    """Return the first target path that is free, or already contains this file's content."""
    return next(place for place in _places(target) if not place.exists() or _same_content(source, place))


def _free_folder(frames: Sequence[Path], target: Path) -> Path:
    """Return the first target folder that is free, or has nothing but frames with this sequence's content."""
    return next(place for place in _places(target) if not place.exists() or _has_only(place, frames))


def _has_only(folder: Path, frames: Sequence[Path]) -> bool:
    by_name = {frame.name: frame for frame in frames}
    return folder.is_dir() and all(
        PARTIAL in there.suffixes or (there.name in by_name and _same_content(by_name[there.name], there))
        for there in folder.iterdir()
    )


def _places(target: Path) -> Iterator[Path]:
    yield target
    nth = 2
    while True:
        yield target.parent / str(nth) / target.name
        nth += 1


def _same_content(source: Path, target: Path) -> bool:
    """Return whether `target` already has the content of `source`, from an interrupted ingest."""
    return (
        target.is_file()
        and target.stat().st_size == source.stat().st_size
        and digest_file(target) == digest_file(source)
    )
