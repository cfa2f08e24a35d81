"""The erase-safe verdict: which files of a card are proven on every destination, and why the others are not."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Literal

from engine.catalog import FrozenModel
from engine.errors import EngineError
from engine.transfer.mhl import WRITTEN_FORMAT
from engine.transfer.mhl.history import is_ignored
from engine.transfer.offload.card import list_card
from engine.transfer.offload.journal import Failure, OffloadRecord, Proof

# File systems store times in steps of up to 2 s (FAT).
_TIME_STEP_NS = 2_000_000_000
_NEW = "it is new on the card"

FileState = Literal["safe", "not proven", "failed", "lost", "changed"]


class OffloadedFile(FrozenModel):
    """A file of a card. `proven_on` are the destinations with a proven copy, `copies` the paths of these.

    `state`: `safe` is proven on every destination; `failed` and `lost` have a `reason`, and `changed` is no longer on
    the card as it was copied. `same_as` is the path of a file with the same bytes that was there already. `take` is the
    label of the take that the file belongs to.
    """

    path: str
    bytes: int
    state: FileState
    proven_on: tuple[str, ...]
    copies: tuple[str, ...]
    digest: str | None = None
    reason: str = ""
    hint: str = ""
    renamed: bool = False
    same_as: str | None = None
    take: str | None = None


class OffloadDestination(FrozenModel):
    """A destination: the card's folder there, the proven files and bytes, and whether the disk is connected."""

    path: str
    connected: bool
    files: int
    bytes: int


class LeftOutEntry(FrozenModel):
    """Something on the card that was not copied. If it `has_bytes`, the card is not safe to erase."""

    path: str
    reason: str
    has_bytes: bool


class OffloadStatus(FrozenModel):
    """The verdict of an offload. `safe`: every byte of the card is proven on every destination.

    `reasons` say why it is not. `proven` is the same for the chosen files of a `device`, which has `others` that are
    neither chosen nor proven. `card`: whether the card is `connected` and has been compared, and if not, the verdict
    is as of `finished_at`. `disks` is the number of different disks among the connected destinations.
    """

    source: str
    label: str
    folder: str
    safe: bool
    proven: bool
    device: bool
    others: int
    reasons: tuple[str, ...]
    connected: bool
    copies: int
    disks: int
    bytes: int
    started_at: datetime | None
    finished_at: datetime | None
    destinations: tuple[OffloadDestination, ...]
    files: tuple[OffloadedFile, ...]
    left_out: tuple[LeftOutEntry, ...]
    failures: tuple[str, ...]


def offload_status(record: OffloadRecord, studio: Path, cancelled: Callable[[], bool] | None = None) -> OffloadStatus:
    """Return the verdict on a card. Copies are compared by size and time, and the card by its list of files.

    Nothing is read again. A copy that is missing or of another size is not proven; a destination that is not connected
    keeps its proofs.
    """
    roots = {key: studio / key / record.folder for key in record.destinations}
    now, other_card = _listed_now(record, cancelled)
    failed = {one.name: one for one in reversed(record.failures)}
    files = tuple(_file(record, name, roots, now, failed.get(name)) for name in record.listed)
    # A camera may have recorded more since.
    files += tuple(
        OffloadedFile(
            path=_as_text(name), bytes=size, state="not proven", proven_on=(), copies=(), reason="it is new on the card"
        )
        for name, (size, _) in sorted((now or {}).items())
        if name not in record.listed
    )
    left_out = tuple(
        LeftOutEntry(path=_as_text(name), reason=why, has_bytes=bytes_) for name, why, bytes_ in record.left_out
    )
    failures = tuple(dict.fromkeys(f"{one.message} {one.hint}".strip() for one in record.failures if not one.name))
    reasons = _reasons(record, files, left_out, failures)
    if other_card:
        reasons += (f"The card that is in {record.source} now has other files. Offload it, too.",)
    present = [root for root in roots.values() if root.is_dir()]
    return OffloadStatus(
        source=record.source,
        label=record.label,
        folder=record.folder,
        safe=not reasons and not record.others,
        proven=not reasons,
        device=record.is_device,
        others=record.others,
        reasons=reasons,
        connected=now is not None,
        copies=len(roots),
        disks=len({os.stat(root).st_dev for root in present}),
        bytes=sum(file.bytes for file in files),
        started_at=record.started_at,
        finished_at=record.finished_at,
        destinations=tuple(_destination(key, root, files) for key, root in roots.items()),
        files=files,
        left_out=left_out,
        failures=failures,
    )


def still_there(proof: Proof, root: Path) -> bool | None:
    """Whether a proven copy is as it was, by size and time; None if its destination is not connected."""
    try:
        about = os.lstat(f"{root}/{proof.path}")
    except OSError:
        return False if root.is_dir() else None
    if is_ignored(proof.path):
        # A new generation of the history changes its chain file.
        return True
    # A link has the time of the file that was there before.
    expected = proof.modified_ns if proof.copied else proof.stored_ns
    return about.st_size == proof.size and (expected is None or abs(about.st_mtime_ns - expected) <= _TIME_STEP_NS)


def _as_text(name: str) -> str:
    """A name with escapes for bytes that are not UTF-8."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _listed_now(
    record: OffloadRecord, cancelled: Callable[[], bool] | None
) -> tuple[dict[str, tuple[int, int]] | None, bool]:
    """The files that are on the card now, None if it is not connected; and whether another card is in its place."""
    if record.is_device:
        return None, False
    source = Path(record.source)
    try:
        found = {file.name: (file.size, file.modified_ns) for file in list_card(source, cancelled).files}
    except EngineError:
        return None, False
    # Another card may be in the reader: it has none of the files.
    if not any(record.listed.get(name) == stamp for name, stamp in found.items()):
        return None, bool(found)
    return found, False


def _file(
    record: OffloadRecord,
    name: str,
    roots: dict[str, Path],
    now: dict[str, tuple[int, int]] | None,
    failure: Failure | None,
) -> OffloadedFile:
    size, modified = record.listed[name]
    proofs, reason = [], ""
    for key, root in roots.items():
        proof = record.proofs.get((name, key))
        if lost := record.lost.get((name, key)):
            reason = lost
        elif proof and (proof.size, proof.modified_ns) == (size, modified):
            if still_there(proof, root) is False:
                reason = f"its copy in {root} is missing or was changed"
            else:
                proofs.append(proof)
    differs = next((one.differs for one in proofs if one.differs), "")
    state: FileState = "safe" if len(proofs) == len(roots) else "lost" if reason else "not proven"
    if failure:
        state, reason = "failed", failure.message
    elif differs:
        state, reason = "failed", differs
    if now is not None and name in now and now[name] != (size, modified):
        state, reason = "changed", "it has changed on the card since it was copied"
    first = proofs[0] if proofs else None
    linked = next((one for one in proofs if not one.copied), None)
    return OffloadedFile(
        path=_as_text(name),
        bytes=size,
        state=state,
        proven_on=tuple(os.path.dirname(roots[one.destination]) for one in proofs),
        copies=tuple(f"{roots[one.destination]}/{one.path}" for one in proofs),
        digest=first.hashes[WRITTEN_FORMAT] if first else None,
        reason=reason,
        hint=failure.hint if failure else "",
        renamed=bool(first and first.path != name),
        same_as=linked.same_as if linked else None,
        take=record.takes.get(name),
    )


def _reasons(
    record: OffloadRecord,
    files: tuple[OffloadedFile, ...],
    left_out: tuple[LeftOutEntry, ...],
    failures: tuple[str, ...],
) -> tuple[str, ...]:
    reasons = []
    if record.finished_at is None:
        reasons.append("The offload has not ended.")
    if open_files := [file for file in files if file.state != "safe"]:
        many = f"{len(open_files)} files are" if len(open_files) > 1 else "1 file is"
        reasons.append(f"{many} not proven on every destination.")
    if kept_back := [one for one in left_out if one.has_bytes]:
        many = f"{len(kept_back)} entries" if len(kept_back) > 1 else "1 entry"
        reasons.append(f"{many} of the card could not be read.")
    reasons += failures
    return tuple(reasons)


def _destination(key: str, root: Path, files: tuple[OffloadedFile, ...]) -> OffloadDestination:
    proven = [file for file in files if str(root.parent) in file.proven_on]
    return OffloadDestination(
        path=str(root), connected=root.is_dir(), files=len(proven), bytes=sum(file.bytes for file in proven)
    )
