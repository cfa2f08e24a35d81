"""Checks of archives, as they are on the disk: their files, their originals, their seal, and what can be opened."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from engine.deliver.archive_files import ArchiveItem
from engine.deliver.checks.finished import Finished
from engine.deliver.checks.kinds import Kind
from engine.deliver.checks.registry import check
from engine.deliver.receipt import Check
from engine.errors import EngineError

_AGAIN = "Archive it again: a file was removed, added or changed after it was written."
_UNSEALED = "not sealed"
_ARCHIVE: tuple[Kind, ...] = ("archive",)


@check("archive-files", "Files of an archive", remedy=_AGAIN, applies_to=_ARCHIVE)
def archive_files(finished: Finished) -> Iterator[Check]:
    """The folder has the files that belong to the take or the cut, and no others but its seal."""
    from engine.transfer import SEAL_FOLDER

    place, wanted = finished.path, {item.target for item in _items(finished)}
    found = {
        path.relative_to(place).as_posix()
        for path in place.rglob("*")
        if path.is_file() and SEAL_FOLDER not in path.relative_to(place).parts[:1]
    }
    yield Check(name="archive files", passed=found == wanted, measured=_difference(wanted, found), wanted=len(wanted))


@check(
    "archive-originals",
    "Originals of an archive",
    remedy="Check with `cwtui takes` that the originals are there, and archive it again.",
    applies_to=_ARCHIVE,
)
def archive_originals(finished: Finished) -> Iterator[Check]:
    """The archive has an original."""
    originals = sum(item.kind == "original" for item in _items(finished))
    yield Check(name="originals", passed=originals > 0, measured=originals, wanted="at least one")


@check(
    "archive-digests",
    "Unchanged originals",
    remedy="Copy the footage again from the camera or a backup, and archive it again.",
    applies_to=_ARCHIVE,
)
def archive_digests(finished: Finished) -> Iterator[Check]:
    """Each original that was read back has the digest of its ingest (XXH128)."""
    known, read = [item for item in _items(finished) if item.digest], _read_back(finished)
    same = sum(read.get(item.target) == item.digest for item in known)
    yield Check(
        name="originals unchanged",
        passed=same == len(known),
        measured=f"{same} of {len(known)} have the digest of their ingest",
        wanted=f"all {len(known)}",
    )


@check("archive-seal", "Seal of an archive", remedy=_AGAIN, applies_to=_ARCHIVE)
def archive_seal(finished: Finished) -> Iterator[Check]:
    """The seal (ASC MHL) is whole, and has the digest of each file that was read back."""
    from engine.transfer import sealed_digests

    read = _read_back(finished)
    try:
        sealed = {path.as_posix(): digest for path, digest in sealed_digests(finished.path).items()}
        described = f"{len(sealed)} files"
    except Exception:  # ascmhl raises any error of its XML parser or chain check
        sealed, described = {}, _UNSEALED
    yield Check(
        name="seal",
        passed=bool(sealed) and sealed == read,
        measured=described,
        wanted=f"the XXH128 of {len(read)} files as read back",
    )


@check("archive-timeline", "Timeline of an archive", remedy=_AGAIN, applies_to=_ARCHIVE)
def archive_timeline(finished: Finished) -> Iterator[Check]:
    """The timeline opens, and each of its clips finds its original in the archive."""
    for item in _items(finished):
        if item.kind == "timeline":
            yield _check_timeline(finished.path / item.target, item)


@check("archive-json", "Transcripts and receipts of an archive", remedy=_AGAIN, applies_to=_ARCHIVE)
def archive_json(finished: Finished) -> Iterator[Check]:
    """Each transcript and each receipt opens."""
    for item in _items(finished):
        if item.kind in ("transcript", "receipt") and item.target.endswith(".json"):
            yield _check_json(finished.path / item.target, item)


def _items(finished: Finished) -> Sequence[ArchiveItem]:
    assert finished.archive
    return finished.archive.items


def _read_back(finished: Finished) -> dict[str, str]:
    """The XXH128 of each copied file by its place."""
    assert finished.archive
    return {one.target: one.xxh128 for one in finished.archive.copied}


def _check_timeline(path: Path, item: ArchiveItem) -> Check:
    from engine.timeline import read_otio

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
