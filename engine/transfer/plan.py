"""The plan of an import: what would come, what is there already, and what is left out and why. Writes nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from pydantic import computed_field

from engine.catalog import Catalog, Encoding, Exact, FrozenModel, Project, Take, sessions
from engine.errors import failure_as_json
from engine.ingest import PHOTOS, skip_reason
from engine.transfer.checksums import CardChecksums
from engine.transfer.recording import (
    captured_at,
    has_frames,
    input_transform_of,
    recording_files,
    recording_size,
    take_digest,
)
from engine.transfer.scan import ScannedItem, ScanProgress, scan_footage
from engine.transfer.seal import seal_space

# Of larger files, only so much of the picture is read: a card may have hundreds of them.
_INSPECTED_BYTES = 8 << 20
# At most so many bytes are hashed to compare recordings of equal size. Beyond, equal names and sizes are taken as
# probably equal.
_COMPARED_BYTES = 1 << 30


class PlannedTake(FrozenModel):
    """A recording that would become a take, or that is copied again because its copy is missing (`copy_again`).

    `bytes` is without sidecars. `duration` is in seconds. `session` is its session's number in the project. `frames`
    is the number of files of a sequence.
    """

    path: Path
    name: str
    bytes: int
    captured_at: datetime
    duration: Exact
    session: int
    frames: int | None = None
    sidecars: tuple[Path, ...] = ()
    live_photo: bool = False
    needs_answer: bool = False
    copy_again: bool = False
    copy_reason: str = ""
    """Why it is not the camera's own file; empty if it is."""


class PlannedDuplicate(FrozenModel):
    """A recording that is not copied: `take`, a take's label or another source's name, has the same content.

    If it is not `compared`, only name and size are equal. `in_project` is false for another source's name.
    """

    path: Path
    bytes: int
    take: str
    compared: bool
    in_project: bool = True


class PlannedSkip(FrozenModel):
    """A file that is left out, and why: “photo”, “sidecar without its clip”, “not media” …"""

    path: Path
    reason: str


class PlannedFailure(FrozenModel):
    """A file that cannot be imported: what is wrong, and what to do."""

    path: Path
    message: str
    hint: str


class ImportPlan(FrozenModel):
    """The expected result of an import. `needed` and `free` are bytes on the studio's disk."""

    takes: tuple[PlannedTake, ...] = ()
    already_here: tuple[PlannedDuplicate, ...] = ()
    failed: tuple[PlannedFailure, ...] = ()
    skipped: tuple[PlannedSkip, ...] = ()
    needed: int = 0
    free: int = 0

    @computed_field  # type: ignore[prop-decorator]
    @property
    def bytes(self) -> int:
        """The size of the recordings that would come, without sidecars."""
        return sum(take.bytes for take in self.takes)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def sessions(self) -> int:
        """The number of sessions that the new takes belong to."""
        return len({take.session for take in self.takes})

    @computed_field  # type: ignore[prop-decorator]
    @property
    def fits(self) -> bool:
        """Whether the studio's disk has enough free space."""
        return self.needed <= self.free


def plan_import(
    catalog: Catalog | None,
    studio: Path,
    project: Project | None,
    paths: Sequence[Path],
    *,
    input_transform: Encoding | None = None,
    in_place: bool = False,
    progress: ScanProgress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> ImportPlan:
    """Return what `import_footage` would do with these paths. Raises Cancelled.

    Without a catalog or a project, nothing is there already. Of large files only the start is inspected. A recording
    is hashed only if another has the same size. The studio folder need not exist.
    """
    from engine.ingest import inspect

    scan = scan_footage(
        paths,
        partial(inspect, most_bytes=_INSPECTED_BYTES),
        in_place=in_place,
        progress=progress,
        cancelled=cancelled,
    )
    known = catalog.takes(project) if catalog and project else []
    planner = _Planner(studio, known, in_place, input_transform, cancelled)
    for number, scanned in enumerate(scan.recordings):
        if progress:
            progress(len(scan.recordings) + number, 2 * len(scan.recordings), scanned.item.path.name)
        planner.add(scanned)
    failed = [*scan.failed, *planner.checksums.broken]
    return ImportPlan(
        takes=planner.planned(),
        already_here=tuple(planner.duplicates),
        failed=tuple(PlannedFailure.model_validate(failure_as_json(path, error)) for path, error in failed),
        skipped=tuple(PlannedSkip(path=path, reason=skip_reason(path)) for path in scan.skipped),
        needed=planner.needed,
        free=_free_space(studio),
    )


class _Planner:
    """State of one plan: the takes so far, which later recordings are compared with."""

    def __init__(
        self,
        studio: Path,
        known: Sequence[Take],
        in_place: bool,
        input_transform: Encoding | None,
        cancelled: Callable[[], bool] | None,
    ) -> None:
        self._studio, self._known, self._in_place = studio, known, in_place
        self._input_transform, self._cancelled = input_transform, cancelled
        self._by_size: dict[int, list[Take]] = {}
        for take in known:
            self._by_size.setdefault(take.size, []).append(take)
        self._digests: dict[Path, str] = {}
        self._new: list[tuple[Take, ScannedItem]] = []
        self._again: list[tuple[Take, ScannedItem]] = []
        self._left = _COMPARED_BYTES
        self._copied_bytes = self._copied_files = 0
        self.duplicates: list[PlannedDuplicate] = []
        self.checksums = CardChecksums()

    @property
    def needed(self) -> int:
        """The bytes that the copies, their sidecars and their seal take."""
        return self._copied_bytes + seal_space(self._copied_files) if self._copied_files else 0

    def add(self, scanned: ScannedItem) -> None:
        """Decide whether a recording is new, is here, or has to be copied again."""
        path, size = scanned.item.path, recording_size(scanned.item.path)
        found = self._find_equal(scanned, size)
        if found is None:
            for file in recording_files(path):
                self.checksums.of(file)
            take = self._as_take(scanned, size)
            self._by_size.setdefault(size, []).append(take)
            self._new.append((take, scanned))
            if not self._in_place:
                self._count(scanned, size)
            return
        take, compared = found
        relocated = take.in_place and not self._in_place
        again = take.id not in {restored.id for restored, _ in self._again}
        if take.number and again and (relocated or not self._is_kept(take)):
            self._again.append((take, scanned))
            if relocated or not take.in_place:
                self._count(scanned, size)
            return
        label = take.label if take.number else take.path.name
        self.duplicates.append(
            PlannedDuplicate(path=path, bytes=size, take=label, compared=compared, in_project=bool(take.number))
        )

    def planned(self) -> tuple[PlannedTake, ...]:
        """The takes in shooting order."""
        numbers = sessions([*self._known, *(take for take, _ in self._new)])
        takes = [self._planned(take, one, numbers[take.id], False) for take, one in self._new]
        takes += [self._planned(take, one, take.session, True) for take, one in self._again]
        return tuple(takes)

    def _planned(self, take: Take, scanned: ScannedItem, session: int, copy_again: bool) -> PlannedTake:
        item, probe = scanned.item, scanned.footage.probe
        return PlannedTake(
            path=item.path,
            name=scanned.footage.name,
            bytes=take.size,
            captured_at=take.captured_at,
            duration=probe.duration,
            session=session,
            frames=len(recording_files(item.path)) if has_frames(item.path) else None,
            sidecars=item.sidecars,
            live_photo=any(one.suffix.lower() in PHOTOS for one in item.sidecars),
            needs_answer=take.needs_director,
            copy_again=copy_again,
            copy_reason=probe.copy_reason,
        )

    def _find_equal(self, scanned: ScannedItem, size: int) -> tuple[Take, bool] | None:
        """Return the take with the same content, and whether it was compared."""
        candidates = self._by_size.get(size, [])
        if not candidates:
            return None
        named = next((take for take in candidates if take.name == scanned.footage.name), None)
        unread = [take for take in candidates if not take.digest and take.path not in self._digests]
        cost = size * (1 + len(unread))
        if named and cost > self._left:
            return named, False
        self._left -= cost
        digest = self._digest(scanned.item.path)
        return next(((take, True) for take in candidates if (take.digest or self._digest(take.path)) == digest), None)

    def _digest(self, path: Path) -> str:
        if path not in self._digests:
            self._digests[path] = take_digest(path, None, self._cancelled)
        return self._digests[path]

    def _is_kept(self, take: Take) -> bool:
        """Whether the studio's copy of a take is there, by its size."""
        kept = self._studio / take.path
        return kept.exists() and recording_size(kept) == take.size

    def _count(self, scanned: ScannedItem, size: int) -> None:
        self._copied_bytes += size + sum(sidecar.stat().st_size for sidecar in scanned.item.sidecars)
        self._copied_files += len(recording_files(scanned.item.path)) + len(scanned.item.sidecars)

    def _as_take(self, scanned: ScannedItem, size: int) -> Take:
        """Return the take that a recording would become, without number and digest."""
        footage = scanned.footage
        return Take(
            id=str(scanned.item.path),
            project_id="",
            batch_id=None,
            number=0,
            session=0,
            name=footage.name,
            path=scanned.item.path,
            in_place=self._in_place,
            digest="",
            size=size,
            captured_at=captured_at(footage),
            input_transform=input_transform_of(footage, self._input_transform),
            probe=footage.probe,
            arrived_at=datetime.now(UTC),
        )


def _free_space(folder: Path) -> int:
    """Return the free bytes of the disk that a folder is on, or would be on."""
    return shutil.disk_usage(next(one for one in (folder, *folder.parents) if one.exists())).free
