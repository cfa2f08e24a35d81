"""Archives a take or a cut: its originals and what belongs to them in one folder, sealed with ASC MHL."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from engine.atomic_files import make_folder
from engine.deliver.archive_files import ArchiveCopy, ArchiveItem, CopiedFile, CopyJournal, ItemKind
from engine.deliver.cut_request import CutRequest
from engine.deliver.outputs import Progress
from engine.deliver.ownership import ARCHIVE_SEAL, refuse_occupied
from engine.deliver.provenance import device_facts, tools_used
from engine.deliver.receipt import (
    Check,
    CutSource,
    CutTakeSource,
    Deliverable,
    DeliverableFile,
    now,
    read_receipt,
    write_receipt,
)
from engine.deliver.request import Programme
from engine.errors import EngineError
from engine.file_digest import sha256_of
from engine.policy import Permission
from engine.timeline import read_otio, rendition_digest
from engine.transfer import SEAL_FOLDER, seal, sealed_digests

_SEALING = "sealing"
_UNSEALED = "not sealed"
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
) -> Deliverable:
    """Writes the archive `folder`/LABEL with these items, verifies and seals it, and adds it to the folder's receipt.

    Each file is hashed while it is copied and read back from the disk. An interrupted archive continues with the files
    that are missing; a later one of the same label replaces what has changed. Errors as `ArchiveCopy.run`; EngineError
    if the seal cannot be written, PolicyError without the permission to deliver.
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
        checks = [check.model_copy(update={"file": ARCHIVE_SEAL}) for check in check_archive(place, items, copied)]
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


def check_archive(place: Path, items: Sequence[ArchiveItem], copied: Sequence[CopiedFile]) -> list[Check]:
    """Compares an archive on the disk with its items, and its seal with what was read back."""
    found = {
        path.relative_to(place).as_posix()
        for path in place.rglob("*")
        if path.is_file() and SEAL_FOLDER not in path.relative_to(place).parts[:1]
    }
    wanted = {item.target for item in items}
    known = [item for item in items if item.digest]
    read = {one.target: one.xxh128 for one in copied}
    same = sum(read.get(item.target) == item.digest for item in known)
    originals = sum(item.kind == "original" for item in items)
    try:
        sealed = {path.as_posix(): digest for path, digest in sealed_digests(place).items()}
        described = f"{len(sealed)} files"
    except Exception:  # ascmhl raises any error of its XML parser or chain check
        sealed, described = {}, _UNSEALED
    return [
        Check(name="archive files", passed=found == wanted, measured=_difference(wanted, found), wanted=len(wanted)),
        Check(name="originals", passed=originals > 0, measured=originals, wanted="at least one"),
        Check(
            name="originals unchanged",
            passed=same == len(known),
            measured=f"{same} of {len(known)} have the digest of their ingest",
            wanted=f"all {len(known)}",
        ),
        Check(
            name="seal",
            passed=bool(sealed) and sealed == read,
            measured=described,
            wanted=f"the XXH128 of {len(read)} files as read back",
        ),
        *_check_contents(place, items),
    ]


def _check_contents(place: Path, items: Sequence[ArchiveItem]) -> list[Check]:
    """Opens what can be opened: the timeline with its media, the transcripts and the receipts."""
    checks = []
    for item in items:
        path = place / item.target
        if item.kind == "timeline":
            checks.append(_check_timeline(path, item))
        elif item.kind in ("transcript", "receipt") and path.suffix == ".json":
            checks.append(_check_json(path, item))
    return checks


def _check_timeline(path: Path, item: ArchiveItem) -> Check:
    name, wanted = f"{item.target}: media", "every clip finds its original"
    try:
        links = _media_links(json.loads(path.read_bytes()))
        read_otio(path.read_bytes(), path.stem, ())
    except (OSError, ValueError, EngineError) as error:
        return Check(name=name, passed=False, measured=f"does not open: {error}", wanted=wanted)
    lost = sorted(link for link in links if not (path.parent / link).exists())
    measured = f"missing {', '.join(lost)}" if lost else f"{len(links)} files"
    return Check(name=name, passed=not lost, measured=measured, wanted=wanted)


def _media_links(value: object) -> set[str]:
    """The files that a timeline names, relative to it."""
    from urllib.parse import unquote

    if isinstance(value, Mapping):
        own = value.get("target_url")
        found = {unquote(own)} if isinstance(own, str) and own else set()
        return found.union(*map(_media_links, value.values()))
    if isinstance(value, list):
        return set().union(*map(_media_links, value))
    return set()


def _check_json(path: Path, item: ArchiveItem) -> Check:
    name = f"{item.target} opens"
    try:
        json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        return Check(name=name, passed=False, measured=str(error), wanted="JSON")
    return Check(name=name, passed=True, measured="JSON", wanted="JSON")


def _difference(wanted: set[str], found: set[str]) -> int | str:
    missing, other = sorted(wanted - found), sorted(found - wanted)
    if missing or other:
        return "; ".join(
            part for part in (f"missing {missing[0]}" if missing else "", f"also {other[0]}" if other else "") if part
        )
    return len(found)


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
