"""One batch of an offload: copied under hidden names, flushed in one barrier, read back, renamed, and then proven."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor, Future
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from engine.atomic_files import PARTIAL, is_disk_full
from engine.errors import EngineError
from engine.slug import printable
from engine.transfer.mhl import WRITTEN_FORMAT
from engine.transfer.offload.card import CardFile
from engine.transfer.offload.copying import FileReader, Sink, hash_back
from engine.transfer.offload.disk import BLOCK, Disk, ReadAhead, ReadBlock, looking_ahead
from engine.transfer.offload.journal import Proof

_ATTEMPTS = 3
# From so many files on, two threads read the copies at one destination back.
_MANY = 100
# A file system refuses a name, such as exFAT one with a colon: that is no fault of the disk.
_BAD_NAME = frozenset({errno.EINVAL, errno.EILSEQ, errno.ENAMETOOLONG})


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """The most files and bytes that share one durability barrier. A larger file is a batch of its own."""

    files: int = 8000
    bytes: int = 1 << 30


DEFAULT_LIMITS = BatchLimits()


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A proven file at a destination: its current path, and its path as a list shows it."""

    path: Path
    shown: str


@dataclass(slots=True)
class Destination:
    """Where a card is copied to. `key` names it in the journal, `root` is the card's folder there.

    `known` has proven files of the project there by (size, XXH128), `names` the sizes and names among them.
    `error` ends its part of the run.
    """

    key: str
    root: Path
    known: dict[tuple[int, str], KnownFile] = field(default_factory=dict)
    names: set[tuple[int, str]] = field(default_factory=set)
    error: EngineError | None = None
    staging: Path = field(init=False)

    def __post_init__(self) -> None:
        """Name the hidden folder of unproven copies, beside `root`."""
        self.staging = self.root.with_name(f".{self.root.name}{PARTIAL}")

    def prepare(self) -> None:
        """Create the folder of unproven copies. A failure is the destination's error."""
        try:
            self.staging.mkdir(exist_ok=True)
        except OSError as error:
            self.error = destination_error(self, error)

    def clear(self) -> None:
        """Delete unproven copies."""
        shutil.rmtree(self.staging, ignore_errors=True)

    def end(self) -> None:
        """Delete unproven copies, and the card's folder if nothing was copied to it."""
        self.clear()
        with suppress(OSError):
            self.root.rmdir()

    def add_known(self, size: int, digest: str, path: Path, shown: str | None = None) -> None:
        """Remember a file, instead of an earlier one with the same bytes. `shown` is the path if it is hidden."""
        if size:
            shown = shown or str(path).removeprefix(f"{self.root.parent}/")
            self.known[size, digest] = KnownFile(path, shown)
            self.names.add((size, shown.rpartition("/")[2].casefold()))

    def may_know(self, file: CardFile) -> bool:
        """Whether a known file has the size and name of a card's file."""
        return (file.size, file.target.rpartition("/")[2].casefold()) in self.names

    def known_copy(self, file: CardFile, hashes: Mapping[str, str]) -> KnownFile | None:
        """Return the known file with the bytes of a card's file, unless it is that file's own copy."""
        known = self.known.get((file.size, hashes[WRITTEN_FORMAT]))
        return None if known is None or known.path == self.root / file.target else known


@dataclass(slots=True)
class StagedCopy:
    """A file in the batch at one destination, under its hidden path.

    It is a link to `same_as`, which has the same bytes and the time `stored_ns`, or has bytes of its own.
    `differs` says from which checksum of the card the file differs.
    """

    file: CardFile
    destination: Destination
    path: Path
    hashes: dict[str, str]
    same_as: str | None = None
    differs: str = ""
    stored_ns: int | None = None

    def proof(self) -> Proof:
        """Return the proof of this copy, now."""
        file = self.file
        return Proof(
            file.name, file.size, file.modified_ns, self.destination.key, file.target, self.hashes,
            datetime.now().astimezone(), self.same_as, self.differs, self.stored_ns if self.same_as else None,
        )  # fmt: skip


@dataclass(slots=True)
class BatchOutcome:
    """The copies that are proven and durable, and the failures as (file, destination, error)."""

    proven: list[StagedCopy] = field(default_factory=list)
    failed: list[tuple[CardFile, Destination, EngineError]] = field(default_factory=list)


def settle(
    copies: Sequence[StagedCopy],
    reader: FileReader,
    disk: Disk,
    executor: Executor,
    read_back: ReadBlock,
    check: Callable[[], None],
    progress: Callable[[int, str], None],
) -> BatchOutcome:
    """Flush, read back and rename the copies of a batch. What differs is copied again, a limited number of times.

    A destination that fails gets its `error`, and the others go on. Raises what `check` raises.
    """
    by_destination: dict[str, list[StagedCopy]] = {}
    for copy in copies:
        by_destination.setdefault(copy.destination.key, []).append(copy)
    outcome = BatchOutcome()
    groups = list(by_destination.values())
    _results(executor.submit(_flush, group, disk) for group in groups)
    differing = _results(
        executor.submit(_compare, part, disk, read_back, check, progress)
        for group in groups
        for part in _parts(group, len(groups))
    )
    bad = {id(copy) for copy in differing}
    for copy in differing:
        if error := _copy_again(copy, reader, disk, read_back, check):
            outcome.failed.append((copy.file, copy.destination, error))
        else:
            bad.discard(id(copy))
    for group in by_destination.values():
        if group[0].destination.error is None:
            _publish([copy for copy in group if id(copy) not in bad], disk, outcome)
    return outcome


def _results(started: Iterable[Future[list[StagedCopy]]]) -> list[StagedCopy]:
    """Join the results of threads. All of them end before an error is raised."""
    futures = list(started)
    errors = [one for future in futures if (one := future.exception()) is not None]
    if errors:
        raise errors[0]
    return [copy for future in futures for copy in future.result()]


def _parts(copies: Sequence[StagedCopy], destinations: int) -> list[Sequence[StagedCopy]]:
    """The copies at one destination for each thread. Many small files take two threads, if nothing else does."""
    if destinations > 1 or len(copies) < _MANY:
        return [copies]
    middle = len(copies) // 2
    return [copies[:middle], copies[middle:]]


def _flush(copies: Sequence[StagedCopy], disk: Disk) -> list[StagedCopy]:
    """Flush the copies at one destination. A failure is the destination's error."""
    destination = copies[0].destination
    try:
        disk.flush([copy.path for copy in copies])
    except OSError as error:
        destination.error = destination_error(destination, error)
    return []


def _compare(
    copies: Sequence[StagedCopy],
    disk: Disk,
    read_back: ReadBlock,
    check: Callable[[], None],
    progress: Callable[[int, str], None],
) -> list[StagedCopy]:
    """Read flushed copies at one destination back. Return those that differ."""
    destination, buffer = copies[0].destination, bytearray(BLOCK)
    if destination.error:
        return []
    differing = []
    ahead = ReadAhead(disk, disk.open_uncached)
    try:
        for copy in looking_ahead(copies, lambda one: ahead.expect(str(one.path), one.file.size)):
            check()
            try:
                same = _same(copy, disk, read_back, check, buffer, ahead.take(str(copy.path)))
            except OSError:
                if not destination.staging.is_dir():
                    raise
                # A block that cannot be read back is copied to another place of the disk.
                same = False
            if not same:
                differing.append(copy)
            progress(copy.file.size, copy.file.name)
    except OSError as error:
        destination.error = destination_error(destination, error)
        return []
    finally:
        ahead.close()
    return differing


def _same(
    copy: StagedCopy,
    disk: Disk,
    read_back: ReadBlock,
    check: Callable[[], None],
    buffer: bytearray,
    descriptor: int | None = None,
) -> bool:
    found = hash_back(copy.path, copy.file.size, disk, read_back, check, buffer, descriptor)
    return found == copy.hashes[WRITTEN_FORMAT]


def _copy_again(
    copy: StagedCopy, reader: FileReader, disk: Disk, read_back: ReadBlock, check: Callable[[], None]
) -> EngineError | None:
    """Copy a file that differs again, to another place of the disk. Return the error if it still differs."""
    buffer = bytearray(BLOCK)
    damaged: list[Path] = []
    try:
        for _ in range(_ATTEMPTS - 1):
            # The bad copy keeps its place on the disk until the new one is written.
            damaged.append(copy.path.with_name(f"{copy.path.name}-{len(damaged) + 1}"))
            copy.path.rename(damaged[-1])
            copy.same_as = None
            sink = Sink(copy.path)
            try:
                hashes = reader.copy(copy.file, [sink])
            except OSError as error:
                return unreadable(copy.file, error)
            if sink.error:
                raise sink.error
            if hashes[WRITTEN_FORMAT] != copy.hashes[WRITTEN_FORMAT]:
                return EngineError(
                    f"{printable(copy.file.name)} reads differently each time.",
                    "Clean the contacts or try another reader, then offload again.",
                )
            disk.flush([copy.path])
            with suppress(OSError):
                if _same(copy, disk, read_back, check, buffer):
                    return None
    except EngineError as error:
        return error
    except OSError as error:
        copy.destination.error = destination_error(copy.destination, error)
        return copy.destination.error
    finally:
        for path in damaged:
            path.unlink(missing_ok=True)
    return EngineError(
        f"The copy of {printable(copy.file.name)} at {copy.destination.root.parent} differs from the card, "
        f"{_ATTEMPTS} times.",
        "That disk or its cable may be failing. Offload to another one.",
    )


def _publish(copies: Iterable[StagedCopy], disk: Disk, outcome: BatchOutcome) -> None:
    """Rename proven copies and flush their folders."""
    done: list[StagedCopy] = []
    changed: dict[Path, None] = {}
    ready = ""
    try:
        for copy in copies:
            destination = copy.destination
            final = f"{destination.root}/{copy.file.target}"
            try:
                # Most files are in the folder of the file before them.
                if (folder := final.rpartition("/")[0]) != ready:
                    _make_folders(Path(folder), destination.root.parent, changed)
                    ready = folder
                os.replace(copy.path, final)
            except OSError as error:
                if error.errno not in _BAD_NAME:
                    raise
                outcome.failed.append((copy.file, destination, _unwritable_name(copy.file, destination, error)))
                continue
            copy.path = Path(final)
            shown = f"{destination.root.name}/{copy.file.target}"
            destination.add_known(copy.file.size, copy.hashes[WRITTEN_FORMAT], copy.path, shown)
            done.append(copy)
        if changed:
            disk.flush(list(changed))
    except OSError as error:
        copy.destination.error = destination_error(copy.destination, error)
        return
    outcome.proven += done


def _make_folders(folder: Path, top: Path, changed: dict[Path, None]) -> None:
    """Create a folder below `top`; it and each folder that gets a new entry are to be flushed."""
    if not folder.is_dir() and folder != top:
        _make_folders(folder.parent, top, changed)
        folder.mkdir(exist_ok=True)
    changed[folder] = None


def make_empty_folders(destination: Destination, folders: Iterable[str], disk: Disk) -> None:
    """Create a card's folders, which may be empty. A failure is the destination's error."""
    changed: dict[Path, None] = {}
    try:
        for folder in folders:
            path = destination.root / folder
            try:
                if not path.is_dir():
                    _make_folders(path, destination.root.parent, changed)
            except OSError as error:
                # Its files, if it has any, have failed with this reason.
                if error.errno not in _BAD_NAME:
                    raise
        if changed:
            disk.flush(list(changed))
    except OSError as error:
        destination.error = destination_error(destination, error)


def link_known(copy: StagedCopy, known: KnownFile) -> None:
    """Replace a staged copy by a link to a file with the same bytes. It stays a copy where links are not possible."""
    spare = copy.path.with_name(f"{copy.path.name}-link")
    try:
        os.link(known.path, spare, follow_symlinks=False)
        copy.stored_ns = spare.stat().st_mtime_ns
        spare.replace(copy.path)
    except OSError:
        spare.unlink(missing_ok=True)
    else:
        copy.same_as = known.shown


def destination_error(destination: Destination, error: OSError) -> EngineError:
    """Return the error that ends the part of one destination."""
    place = destination.root.parent
    if is_disk_full(error):
        return EngineError(
            f"The disk is full: {place} has no room for the rest of the card.",
            "Free some space on it, then offload again: proven copies are kept.",
        )
    return EngineError(
        f"{place} cannot be written or read back: {error.strerror or error}.",
        "Check the disk and its cable, then offload again: proven copies are kept.",
    )


def _unwritable_name(file: CardFile, destination: Destination, error: OSError) -> EngineError:
    return EngineError(
        f"{destination.root.parent} cannot have a file named {printable(file.target)}: {error.strerror or error}.",
        "Offload to a disk with another file system, such as APFS, or copy this file yourself.",
    )


def unreadable(file: CardFile, error: OSError) -> EngineError:
    """Return the error for a file that cannot be opened or read."""
    return EngineError(
        f"{printable(file.name)} cannot be read: {error.strerror or error}.",
        "Check the card and its reader, then offload again.",
    )


def staging_name(number: int) -> str:
    """Return the hidden name of a file in a batch."""
    return f"{number:06d}{PARTIAL}"
