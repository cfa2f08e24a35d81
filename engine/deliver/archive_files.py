"""Copies the files of an archive, each verified, and continues an earlier attempt."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import xxhash

from engine.atomic_files import flush, make_folder, partial, write_error
from engine.catalog import FrozenModel
from engine.errors import Cancelled, EngineError, FileInTheWayError
from engine.units import format_bytes

_BLOCK = 8 << 20
_JOURNAL = "copied.jsonl"
# The seal, and what a file system needs for itself.
_MARGIN = 16 << 20

ItemKind = Literal["original", "sidecar", "seal", "timeline", "transcript", "captions", "receipt", "about"]


@dataclass(frozen=True, slots=True)
class ArchiveItem:
    """A file of an archive: its place in it (with /), and the file to copy or its content.

    `digest` is the XXH128 that a copy must have, if it is known: that of the ingest.
    """

    target: str
    kind: ItemKind
    source: Path | None = None
    content: bytes = b""
    digest: str = ""

    @property
    def size(self) -> int:
        """The size in bytes. Raises EngineError if the file is missing."""
        if self.source is None:
            return len(self.content)
        try:
            return self.source.stat().st_size
        except OSError as error:
            raise EngineError(
                f"{self.source} cannot be read: {error.strerror}.", "Restore it, then archive."
            ) from error


class CopiedFile(FrozenModel):
    """A file of an archive that was read back: its XXH128 and SHA-256."""

    target: str
    bytes: int
    modified_ns: int
    xxh128: str
    sha256: str


@dataclass(frozen=True, slots=True)
class WrittenArchive:
    """The requested files of an archive, and what was read back of each copy."""

    items: Sequence[ArchiveItem]
    copied: Sequence[CopiedFile]


class CopyJournal:
    """The verified copies of one delivery, a line each in its working folder. An incomplete last line is ignored."""

    def __init__(self, work: Path) -> None:
        self._path = work / _JOURNAL
        self.copied: dict[str, CopiedFile] = {}
        if self._path.exists():
            *lines, _ = self._path.read_bytes().split(b"\n")
            self.copied = {one.target: one for one in map(CopiedFile.model_validate_json, lines)}
            # An incomplete line would join the next one.
            self._path.write_bytes(b"".join(line + b"\n" for line in lines))

    def add(self, one: CopiedFile) -> None:
        """Stores a verified copy."""
        self.copied[one.target] = one
        with self._path.open("ab") as file:
            file.write(one.model_dump_json().encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def clear(self) -> None:
        """Deletes the journal."""
        self._path.unlink(missing_ok=True)


@dataclass(slots=True)
class ArchiveCopy:
    """Copies items to `folder`. `owned` are the SHA-256 of an earlier delivery's files, by their place in the archive.

    `progress` is called with (bytes done, bytes in all, "bytes", the name of the file).
    """

    folder: Path
    journal: CopyJournal
    owned: Mapping[str, str]
    progress: Callable[[int, int, str, str], None] | None = None
    cancelled: Callable[[], bool] | None = None

    def run(self, items: Sequence[ArchiveItem]) -> list[CopiedFile]:
        """Copies all items that are not there yet, and removes files that an earlier delivery left.

        Raises FileInTheWayError for a file that no delivery wrote, EngineError if the disk is too full before the first
        file is copied, or a copy differs from its original, and Cancelled.
        """
        self._refuse_others({item.target for item in items})
        missing = [item for item in items if not self._is_copied(item)]
        total = sum(item.size for item in items)
        done = total - sum(item.size for item in missing)
        self._refuse_without_room(sum(item.size for item in missing))
        for item in missing:
            if self.progress:
                self.progress(done, total, "bytes", Path(item.target).name)
            self.journal.add(self._copy(item))
            done += item.size
        if self.progress:
            self.progress(total, total, "bytes", self.folder.name)
        return [self.journal.copied[item.target] for item in items]

    def _is_copied(self, item: ArchiveItem) -> bool:
        known, path = self.journal.copied.get(item.target), self.folder / item.target
        if known is None or not path.is_file():
            return False
        about = path.stat()
        there = (about.st_size, about.st_mtime_ns) == (known.bytes, known.modified_ns)
        same = hashlib.sha256(item.content).hexdigest() == known.sha256 if item.source is None else True
        return there and same and known.bytes == item.size and item.digest in ("", known.xxh128)

    def _refuse_others(self, wanted: set[str]) -> None:
        unused = []
        for path in sorted(self.folder.rglob("*")):
            place = path.relative_to(self.folder).as_posix()
            if path.is_dir() or _is_unfinished(path):
                continue
            if place in self.journal.copied and place in wanted:
                continue
            if place not in self.owned:
                raise FileInTheWayError(
                    f"{path} already exists and is not a file of this archive.",
                    "Choose another folder with -o, or move that file away.",
                )
            if _sha256(path) != self.owned[place]:
                raise FileInTheWayError(
                    f"{path} has changed since it was archived.",
                    "Choose another folder with -o, or move that file away and archive again.",
                )
            if place not in wanted:
                unused.append(path)
        # A refused archive stays as it is, with its seal.
        for path in unused:
            path.unlink()

    def _refuse_without_room(self, needed: int) -> None:
        free = shutil.disk_usage(self.folder).free
        if needed + _MARGIN > free:
            raise EngineError(
                f"The archive needs {format_bytes(needed)}; the disk of {self.folder.parent} has "
                f"{format_bytes(free)} free.",
                "Free up space, or choose a folder on another disk with -o.",
            )

    def _copy(self, item: ArchiveItem) -> CopiedFile:
        target = self.folder / item.target
        make_folder(target.parent)
        with partial(target) as unfinished:
            try:
                wanted = self._write(item, unfinished)
                if item.source:
                    shutil.copystat(item.source, unfinished)
                flush(unfinished)
                _forget_cached(unfinished)
                found = _digests(_blocks_of(unfinished), self.cancelled)
                unfinished.chmod(0o444)
            except OSError as error:
                raise write_error(str(target), error, "archive again: finished copies are kept") from error
            if found != wanted or item.digest not in ("", wanted[0]):
                was = "the copy differs" if found != wanted else "the original has changed since its ingest"
                raise EngineError(
                    f"{item.target} is not archived: {was} ({found[0]}, not {item.digest or wanted[0]}).",
                    "cwtui verify names the originals that have changed. If it names none, the disk or the cable may "
                    "be failing.",
                )
        about = target.stat()
        return CopiedFile(
            target=item.target,
            bytes=about.st_size,
            modified_ns=about.st_mtime_ns,
            xxh128=found[0],
            sha256=found[1],
        )

    def _write(self, item: ArchiveItem, unfinished: Path) -> tuple[str, str]:
        blocks = iter([item.content]) if item.source is None else _blocks_of(item.source)
        with unfinished.open("wb") as writer:
            if sys.platform == "darwin":
                # What is read back then comes from the disk.
                fcntl.fcntl(writer, fcntl.F_NOCACHE, 1)

            def written() -> Iterator[bytes]:
                for block in blocks:
                    writer.write(block)
                    yield block

            return _digests(written(), self.cancelled)


def _digests(blocks: Iterator[bytes], cancelled: Callable[[], bool] | None) -> tuple[str, str]:
    """The XXH128 and the SHA-256 of blocks."""
    fast, strong = xxhash.xxh3_128(), hashlib.sha256()
    for block in blocks:
        if cancelled and cancelled():
            raise Cancelled("Stopped.", "Deliver again to resume; finished copies are kept.")
        fast.update(block)
        strong.update(block)
    return fast.hexdigest(), strong.hexdigest()


def _blocks_of(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block


def _forget_cached(path: Path) -> None:
    """Drops a file from the page cache where the system allows it: what is read back then comes from the disk."""
    if sys.platform == "linux":
        handle = os.open(path, os.O_RDONLY)
        try:
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(handle)


def _sha256(path: Path) -> str:
    return _digests(_blocks_of(path), None)[1]


def _is_unfinished(path: Path) -> bool:
    return path.name.startswith(".") and ".partial" in path.name
