"""Verifies sealed folders and footage in place in idle time: from the disk, not from memory, in several attempts."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from engine.atomic_files import make_folder, write_error
from engine.catalog import Take
from engine.errors import Cancelled, EngineError
from engine.transfer.mhl import WRITTEN_FORMAT, FileHasher, load_history
from engine.transfer.offload.disk import BLOCK, read_block, system_disk
from engine.transfer.recording import join_digests, recording_files
from engine.transfer.verification import FileVerification, SealStatus, verify_seal

_KEPT = "digests.jsonl"
# An older attempt says too little about the disk of today.
_KEPT_FOR = timedelta(days=1)


def reverify(
    folder: Path, kept: Path, progress: Callable[[int, int], None], cancelled: Callable[[], bool]
) -> list[FileVerification]:
    """Verify a sealed folder as `verify_seal`, with reads that bypass the page cache. Returns a verdict on each file.

    Digests are stored in the folder `kept`: an attempt within a day reads only the files that an earlier one has not.
    `progress` is called with (bytes read, all bytes). Raises EngineError if the folder's disk goes away, Cancelled.
    """
    history = load_history(folder)
    if not history.exists:
        return [FileVerification(folder, SealStatus.MISSING, None, None, None, "Its seal is missing.")]
    total = sum(one.size or 0 for one in history.files().values())
    verdicts = verify_seal(folder, measure=_Resumable(kept, total, progress, cancelled))
    # Without its disk, all files of a folder seem to be missing.
    if not folder.is_dir() or not load_history(folder).exists:
        raise EngineError(f"The disk of {folder} went away while it was verified.", "Connect it again.")
    return verdicts


def reverify_takes(
    takes: Sequence[Take], studio: Path, kept: Path, progress: Callable[[int, int], None], cancelled: Callable[[], bool]
) -> list[FileVerification]:
    """Compare takes that stay in place with their digests, as `reverify` does the files of a seal."""
    measure = _Resumable(kept, sum(take.size for take in takes), progress, cancelled)
    verdicts = []
    for take in takes:
        path = studio / take.path
        try:
            measured = join_digests(path, [measure(file, WRITTEN_FORMAT) for file in recording_files(path)])
        except FileNotFoundError:
            verdicts.append(FileVerification(path, SealStatus.MISSING, take.digest, None))
        except OSError as error:
            detail = f"It cannot be read: {error.strerror or error}."
            verdicts.append(FileVerification(path, SealStatus.CHANGED, take.digest, None, None, detail))
        else:
            status = SealStatus.INTACT if measured == take.digest else SealStatus.CHANGED
            verdicts.append(FileVerification(path, status, take.digest, measured))
    return verdicts


class _Resumable:
    """Measures files, and returns the digests of an earlier attempt for files that have not changed since."""

    def __init__(
        self, kept: Path, total: int, progress: Callable[[int, int], None], cancelled: Callable[[], bool]
    ) -> None:
        self._path, self._total, self._progress, self._cancelled = kept / _KEPT, total, progress, cancelled
        self._disk, self._buffer, self._done = system_disk(), bytearray(BLOCK), 0
        self._known = _read(self._path)

    def __call__(self, path: Path, name: str) -> str:
        about = path.stat()
        key = (str(path), name, about.st_size, about.st_mtime_ns)
        if digest := self._known.get(key):
            self._count(about.st_size)
            return digest
        digest = self._hash(path, name)
        self._keep(key, digest)
        return digest

    def _hash(self, path: Path, name: str) -> str:
        hasher, view, offset = FileHasher((name,)), memoryview(self._buffer), 0
        descriptor = self._disk.open_uncached(path)
        try:
            while True:
                if self._cancelled():
                    raise Cancelled("Verification stopped.")
                count = read_block(descriptor, view, offset)
                if count == 0:
                    return hasher.values()[name]
                hasher.update(view[:count])
                # Other programs keep their pages in memory.
                self._disk.forget(descriptor, offset, count)
                offset += count
                self._count(count)
        finally:
            os.close(descriptor)

    def _count(self, count: int) -> None:
        self._done += count
        self._progress(self._done, max(self._total, self._done))

    def _keep(self, key: tuple[str, str, int, int], digest: str) -> None:
        line = json.dumps([datetime.now(UTC).isoformat(), *key, digest])
        make_folder(self._path.parent)
        try:
            # The line break comes first, because a killed attempt may leave part of a line.
            with self._path.open("a", encoding="ascii") as file:
                file.write(f"\n{line}")
        except OSError as error:
            raise write_error(str(self._path), error) from error


def _read(path: Path) -> dict[tuple[str, str, int, int], str]:
    known: dict[tuple[str, str, int, int], str] = {}
    oldest = datetime.now(UTC) - _KEPT_FOR
    for line in path.read_text(encoding="ascii", errors="replace").split("\n") if path.exists() else ():
        try:
            at, file, name, size, modified, digest = json.loads(line)
            if datetime.fromisoformat(at) > oldest:
                known[file, name, size, modified] = digest
        except (ValueError, TypeError):
            continue
    return known
