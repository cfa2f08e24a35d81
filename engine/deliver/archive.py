"""Archives a take or a cut: its originals and what belongs to them in one folder, sealed with ASC MHL."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from engine.atomic_files import make_folder
from engine.deliver.archive_files import ArchiveCopy, ArchiveItem, CopyJournal, ItemKind, WrittenArchive
from engine.deliver.checks import Finished, run_checks
from engine.deliver.cut_request import CutRequest
from engine.deliver.outputs import Examined, Progress
from engine.deliver.ownership import ARCHIVE_SEAL, refuse_occupied
from engine.deliver.provenance import device_facts, tools_used
from engine.deliver.receipt import (
    CutSource,
    CutTakeSource,
    Deliverable,
    DeliverableFile,
    now,
    read_receipt,
    write_receipt,
)
from engine.deliver.request import Programme
from engine.file_digest import sha256_of
from engine.policy import Permission
from engine.timeline import rendition_digest
from engine.transfer import SEAL_FOLDER, seal

_SEALING = "sealing"
_KINDS: dict[ItemKind, str] = {
    "original": "originals",
    "sidecar": "sidecars",
    "timeline": "timelines",
    "transcript": "transcripts",
    "captions": "caption files",
    "receipt": "receipts",
}


def build_archive(
    permission: Permission,
    order: Programme,
    items: Sequence[ArchiveItem],
    folder: Path,
    *,
    work: Path | None = None,
    source_digest: str = "",
    notes: tuple[str, ...] = (),
    replace: bool = False,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    examined: Examined | None = None,
) -> Deliverable:
    """Writes the archive `folder`/LABEL with these items, verifies and seals it, and adds it to the folder's receipt.

    Each file is hashed while it is copied and read back from the disk. An interrupted archive continues with the files
    that are missing; a later one of the same label replaces what has changed. `examined` receives
    the archive with the results of its checks. Errors as `ArchiveCopy.run`; EngineError if the seal cannot be written,
    PolicyError without the permission to deliver.
    """
    permission.check("deliver")
    place = folder / order.file_name
    make_folder(place)
    with ExitStack() as stack:
        scratch = work or Path(stack.enter_context(TemporaryDirectory(prefix=f".{order.label}.", dir=folder)))
        make_folder(scratch)
        sealing = scratch / _SEALING
        if sealing.exists():
            # An attempt was stopped after it had begun to write the seal, which no receipt lists.
            shutil.rmtree(place / SEAL_FOLDER, ignore_errors=True)
        refuse_occupied(order, folder, source_digest, replace=replace)
        owned = _owned(folder, order.file_name)
        journal = CopyJournal(scratch)
        copied = ArchiveCopy(place, journal, owned, progress, cancelled).run(items)
        _remove_empty_folders(place)
        sealing.touch()
        seal(place, {Path(one.target): one.xxh128 for one in copied}, scratch / "aside")
        written = Finished(path=place, kind="archive", order=order, archive=WrittenArchive(items, copied))
        checks = [check.model_copy(update={"file": ARCHIVE_SEAL}) for check in run_checks(written)]
        if examined:
            examined(written, checks)
        sealed = [path for path in sorted((place / SEAL_FOLDER).iterdir()) if path.is_file()]
        files = [
            *(
                DeliverableFile(
                    path=f"{order.file_name}/{one.target}", sha256=one.sha256, bytes=one.bytes, role="archive"
                )
                for one in copied
            ),
            *(
                DeliverableFile(
                    path=f"{order.file_name}/{SEAL_FOLDER}/{path.name}",
                    sha256=sha256_of(path),
                    bytes=path.stat().st_size,
                    role="archive",
                )
                for path in sealed
            ),
        ]
        delivered = Deliverable(
            take=order.label,
            source_digest=source_digest,
            recipe=order.recipe.name,
            recipe_digest=order.recipe.digest,
            input_transform=None,
            start=order.duration * 0,
            duration=order.duration,
            files=tuple(files),
            checks=tuple(checks),
            notes=(*notes, _summary(items)),
            tools=tools_used(order.recipe, None),
            device=device_facts(rendered=False),
            approval=order.recipe.approval,
            cut=_cut(order) if isinstance(order, CutRequest) else None,
            made_at=now(),
        )
        write_receipt(folder, delivered)
        journal.clear()
        sealing.unlink()
    return delivered


def _owned(folder: Path, label: str) -> dict[str, str]:
    """The SHA-256 of the files of an earlier archive of this label, by their place in it."""
    return {
        file.path.removeprefix(f"{label}/"): file.sha256
        for one in read_receipt(folder).deliveries
        for file in one.files
        if file.path.startswith(f"{label}/")
    }


def _remove_empty_folders(place: Path) -> None:
    for path in sorted((one for one in place.rglob("*") if one.is_dir()), reverse=True):
        if not any(path.iterdir()):
            path.rmdir()


def _cut(order: CutRequest) -> CutSource:
    cut = order.cut
    takes = tuple(
        CutTakeSource(take=source.label, source_digest=source.digest)
        for source in (order.takes[take] for take in cut.takes)
    )
    return CutSource(name=cut.name, digest=rendition_digest(cut), rate=cut.rate, clips=len(cut.clips), takes=takes)


def _summary(items: Sequence[ArchiveItem]) -> str:
    counts = Counter(item.kind for item in items)
    named = [
        f"{counts[kind]} {kind if counts[kind] == 1 else plural}" for kind, plural in _KINDS.items() if counts[kind]
    ]
    return f"in the archive: {', '.join(named)}"
