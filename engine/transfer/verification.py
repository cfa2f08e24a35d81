"""Verifies a sealed folder: each listed file by its size and digest, and each file that the seal does not list."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from engine.errors import Cancelled
from engine.transfer.mhl import MHL_FOLDER, UNFINISHED_FOLDER, ExpectedFile, hash_file, load_history
from engine.transfer.mhl.formats import same_digest


class SealStatus(StrEnum):
    """The verification result of one file."""

    INTACT = "intact"
    CHANGED = "changed"
    MISSING = "missing"
    NEW = "new"
    RENAMED = "renamed"
    MOVED = "moved"


LOST = (SealStatus.CHANGED, SealStatus.MISSING)
"""The results of files whose sealed bytes are not there."""


@dataclass(frozen=True, slots=True)
class FileVerification:
    """One file, its status, and the digests that were compared. A file that only its size tells apart has no measured.

    `previous` is the sealed path of a renamed or moved file. `detail` is a sentence about the difference. `intact_copy`
    is a copy of a lost file at another destination of its offload.
    """

    path: Path
    verdict: SealStatus
    wanted: str | None
    measured: str | None
    previous: Path | None = None
    detail: str = ""
    intact_copy: Path | None = None


Measure = Callable[[Path, str], str]
"""Returns the digest of a file in a format. Raises OSError, Cancelled."""


def verify_seal(
    folder: Path,
    progress: Callable[[int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    measure: Measure | None = None,
) -> list[FileVerification]:
    """Read every file of a sealed folder again and compare it with the seal. Raises Cancelled.

    A size that differs is enough to call a file changed, and so is a file that cannot be read. A file that the seal
    does not list is compared with the missing ones: it is renamed or moved if it has the bytes of one of them, and
    otherwise new. `measure` replaces reads through the page cache, with `progress` and `cancelled`.
    """
    history = load_history(folder)
    verdicts = [
        FileVerification(one.folder / MHL_FOLDER, SealStatus.CHANGED, None, None, None, f"The seal is damaged: {why}.")
        for one in history.walk()
        if (why := one.damage)
    ]
    measure = measure or _CachedReads(progress, cancelled)
    missing: dict[str, ExpectedFile] = {}
    expected = history.files()
    for relative, wanted in sorted(expected.items()):
        path = folder / relative
        if path.is_file():
            verdicts.append(_compared(path, wanted, measure))
        else:
            missing[relative] = wanted
    found: list[FileVerification] = []
    for path in _unlisted(folder, expected.keys()):
        if origin := _origin(path, missing, measure):
            wanted = missing.pop(origin)
            before = folder / origin
            status = SealStatus.RENAMED if before.parent == path.parent else SealStatus.MOVED
            digest = wanted.check[1] if wanted.check else None
            found.append(FileVerification(path, status, digest, digest, before))
        else:
            found.append(FileVerification(path, SealStatus.NEW, None, None))
    for relative, wanted in missing.items():
        digest = wanted.check[1] if wanted.check else None
        found.append(FileVerification(folder / relative, SealStatus.MISSING, digest, None))
    return [*verdicts, *sorted(found, key=lambda one: one.path)]


class _CachedReads:
    """Hashes files with the progress and the cancellation of one verification."""

    def __init__(self, progress: Callable[[int], None] | None, cancelled: Callable[[], bool] | None) -> None:
        self._progress, self._cancelled = progress, cancelled

    def __call__(self, path: Path, name: str) -> str:
        return hash_file(path, (name,), self._progress, self._check)[name]

    def _check(self) -> None:
        if self._cancelled and self._cancelled():
            raise Cancelled("Verification stopped.")


def _compared(path: Path, wanted: ExpectedFile, measure: Measure) -> FileVerification:
    check, size = wanted.check, path.stat().st_size
    digest = check[1] if check else None
    if wanted.size is not None and size != wanted.size:
        detail = f"It has {size} bytes, and the seal says {wanted.size}."
        return FileVerification(path, SealStatus.CHANGED, digest, None, None, detail)
    if check is None:
        return FileVerification(path, SealStatus.NEW, None, None, None, "The seal lists it without a digest.")
    try:
        measured = measure(path, check[0])
    except OSError as error:
        return FileVerification(
            path, SealStatus.CHANGED, digest, None, None, f"It cannot be read: {error.strerror or error}."
        )
    same = same_digest(check[0], check[1], measured)
    return FileVerification(path, SealStatus.INTACT if same else SealStatus.CHANGED, digest, measured)


def _unlisted(folder: Path, listed: Iterable[str]) -> Iterator[Path]:
    """Yield the files below a folder that are not listed, without those of histories, in the order of names."""
    known = set(listed)
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in (MHL_FOLDER, UNFINISHED_FOLDER))
        for name in sorted(names):
            path = Path(root) / name
            if name != ".DS_Store" and path.relative_to(folder).as_posix() not in known and path.is_file():
                yield path


def _origin(path: Path, missing: dict[str, ExpectedFile], measure: Measure) -> str | None:
    """Return the listed path of a missing file with the bytes of `path`, one of the same name first."""
    size = path.stat().st_size
    measured: dict[str, str] = {}
    for relative, wanted in sorted(missing.items(), key=lambda one: Path(one[0]).name != path.name):
        check = wanted.check
        if check is None or wanted.size not in (None, size):
            continue
        name, digest = check
        if name not in measured:
            try:
                measured[name] = measure(path, name)
            except OSError:
                return None
        if same_digest(name, digest, measured[name]):
            return relative
    return None
