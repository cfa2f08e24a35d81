"""Runs an offload: lists the card, copies it batch by batch, registers takes, seals each destination."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from engine.atomic_files import exclusive_lock
from engine.catalog import Catalog, Damage, Encoding, Project, Take
from engine.errors import Cancelled, EngineError, RequestError, TransientError
from engine.slug import printable
from engine.transfer.checksums import algorithms_of, damage_by
from engine.transfer.mhl import WRITTEN_FORMAT
from engine.transfer.offload.batch import (
    DEFAULT_LIMITS,
    BatchLimits,
    Destination,
    StagedCopy,
    destination_error,
    link_known,
    make_empty_folders,
    settle,
    staging_name,
    unreadable,
)
from engine.transfer.offload.card import CardFile, CardListing
from engine.transfer.offload.card_source import CardSource, MountedCard
from engine.transfer.offload.copying import Sink
from engine.transfer.offload.disk import Disk, ReadBlock, looking_ahead, read_block, system_disk
from engine.transfer.offload.journal import Failure, OffloadJournal, Proof
from engine.transfer.offload.places import find_places
from engine.transfer.offload.preparation import remember_known, require_room
from engine.transfer.offload.sealing import seal_copies
from engine.transfer.offload.status import OffloadStatus, offload_status, still_there
from engine.transfer.offload.takes import register_takes
from engine.transfer.offload.targets import keep_targets
from engine.transfer.unfinished_files import still_written

Progress = Callable[[int, int, str], None]
"""Called with (bytes done, bytes in total, name of the current file)."""


@dataclass(slots=True)
class OffloadResult:
    """The result of one run: the verdict, new takes, takes that were there, and recordings that are no takes."""

    status: OffloadStatus = field(init=False)
    takes: list[Take] = field(default_factory=list)
    already_here: list[Take] = field(default_factory=list)
    failed: list[tuple[Path, EngineError]] = field(default_factory=list)
    seals: list[Path] = field(default_factory=list)
    bytes_read: int = 0


def offload_card(
    catalog: Catalog,
    studio: Path,
    project: Project,
    source: Path,
    also: Sequence[Path] = (),
    *,
    input_transform: Encoding | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    limits: BatchLimits = DEFAULT_LIMITS,
    read: ReadBlock = read_block,
    read_back: ReadBlock = read_block,
) -> OffloadResult:
    """Copy a whole card into the project's originals and to each folder of `also`, and prove every copy.

    Each file is read once and hashed meanwhile. Each batch is flushed in one barrier and read back from the disk before
    its files get their names. A file that fails is reported, and the others go on; so is a destination. A killed or
    failed run continues where it was. `read` reads from the card, `read_back` from the destinations.

    Raises RequestError for unusable folders, EngineError if a disk has no room from the start or every destination
    fails, TransientError if the card disappears, Cancelled. The card is only read.
    """
    card = MountedCard(source, read)
    return offload_source(
        catalog, studio, project, card, also, input_transform=input_transform, progress=progress, cancelled=cancelled,
        limits=limits, read_back=read_back,
    )  # fmt: skip


def offload_source(
    catalog: Catalog,
    studio: Path,
    project: Project,
    source: CardSource,
    also: Sequence[Path] = (),
    *,
    input_transform: Encoding | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    limits: BatchLimits = DEFAULT_LIMITS,
    read_back: ReadBlock = read_block,
) -> OffloadResult:
    """Offload any source, as `offload_card` does a mounted card."""
    places = find_places(studio, project, source.folder, also)
    with exclusive_lock(
        studio / project.folder / "work" / "ingest.lock", wait=False, what=f"An ingest into “{project.name}”"
    ):
        listing = source.list_files(cancelled)
        if not listing.files:
            raise RequestError(f"There is no file in {source.place}.", source.empty_hint)
        journal = source.find_journal(studio, project, listing, places)
        keep_targets(listing, journal.record)
        run = _Run(catalog, studio, project, source, listing, journal, places, progress, cancelled, limits, read_back)
        return run.offload(input_transform)


class _Run:
    """State of one run."""

    def __init__(
        self,
        catalog: Catalog,
        studio: Path,
        project: Project,
        source: CardSource,
        listing: CardListing,
        journal: OffloadJournal,
        places: Mapping[str, Path],
        progress: Progress | None,
        cancelled: Callable[[], bool] | None,
        limits: BatchLimits,
        read_back: ReadBlock,
    ) -> None:
        self._catalog, self._studio, self._project = catalog, studio, project
        self._source, self._listing = source, listing
        self._journal, self._progress, self._cancelled = journal, progress, cancelled
        self._limits, self._read_back = limits, read_back
        folder = journal.record.folder or journal.path.stem
        self._destinations = [Destination(key, place / folder) for key, place in places.items()]
        self._folder = folder
        self._disk: Disk = system_disk()
        self._executor = ThreadPoolExecutor(max_workers=max(2, len(self._destinations)), thread_name_prefix="offload")
        self._reader = source.open_reader(self._disk, self._executor, self._check, self._copied)
        self._lock = Lock()
        self._half_bytes = self._staged = 0
        self._total_bytes = listing.bytes

    def offload(self, input_transform: Encoding | None) -> OffloadResult:
        listing, journal = self._listing, self._journal
        try:
            for destination in self._destinations:
                destination.clear()
            remember_known(self._destinations, self._catalog.takes(self._project), self._studio, self._project)
            for destination in self._destinations:
                require_room(destination, [file for file in listing.files if not self._is_proven(file, destination)])
            journal.start(
                self._source.place,
                self._source.label,
                self._folder,
                [one.key for one in self._destinations],
                {file.name: (file.size, file.modified_ns) for file in listing.files},
                [(one.name, one.reason, one.has_bytes) for one in listing.left_out],
                listing.others,
            )
            for batch in self._batches():
                self._run_batch(batch)
            return self._finish(input_transform)
        finally:
            self._executor.shutdown()
            for destination in self._destinations:
                destination.end()

    # What has to be copied

    def _missing(self, file: CardFile) -> list[Destination]:
        """The destinations that have no proven copy of a file yet."""
        return [one for one in self._destinations if one.error is None and not self._is_proven(file, one)]

    def _is_proven(self, file: CardFile, destination: Destination) -> bool:
        """Whether a copy needs no work. One that differs from a checksum is read again: the reader may be at fault."""
        return (
            self._is_copied(file, destination) and not self._journal.record.proofs[file.name, destination.key].differs
        )

    def _is_copied(self, file: CardFile, destination: Destination) -> bool:
        key = (file.name, destination.key)
        proof = self._journal.record.proofs.get(key)
        return (
            proof is not None
            and key not in self._journal.record.lost
            and (proof.size, proof.modified_ns) == (file.size, file.modified_ns)
            and bool(still_there(proof, destination.root))
        )

    def _batches(self) -> Iterator[list[CardFile]]:
        batch: list[CardFile] = []
        size = 0
        for file in self._listing.files:
            if not self._missing(file):
                self._copied(2 * file.size, file.name)
                continue
            if batch and (len(batch) >= self._limits.files or size + file.size > self._limits.bytes):
                yield batch
                batch, size = [], 0
            batch.append(file)
            size += file.size
        if batch:
            yield batch

    # A batch

    def _run_batch(self, batch: Sequence[CardFile]) -> None:
        copies: list[StagedCopy] = []
        gone: OSError | None = None
        for destination in self._destinations:
            if destination.error is None:
                destination.prepare()
        for file in looking_ahead(batch, self._reader.expect):
            self._check()
            try:
                copies += self._stage(file)
            except EngineError as error:
                if isinstance(error, Cancelled):
                    raise
                self._fail(file, error)
            except OSError as error:
                if self._reader.gone():
                    gone = error
                    break
                self._fail(file, unreadable(file, error))
        self._reader.forget_expected()
        if copies:
            outcome = settle(
                copies, self._reader, self._disk, self._executor, self._read_back, self._check, self._compared
            )
            for file, destination, why in outcome.failed:
                self._fail(file, why, destination)
            self._journal.prove(copy.proof() for copy in outcome.proven)
        self._end_destinations()
        if gone is not None:
            raise self._card_gone()

    def _stage(self, file: CardFile) -> list[StagedCopy]:
        """Copy a file to the hidden folder of each destination that lacks it. Raises EngineError, OSError."""
        destinations = self._missing(file)
        if self._source.is_being_written(file):
            raise still_written(printable(file.name))
        wanted = self._source.checksums_of(file)
        algorithms = algorithms_of(wanted)
        hashes: dict[str, str] | None = None
        if destinations and all(one.may_know(file) for one in destinations):
            # It is probably there already: it is hashed first, so that nothing is written for it.
            hashes = self._reader.copy(file, (), algorithms)
            if not all(one.known_copy(file, hashes) for one in destinations):
                hashes = None
        sinks = [Sink(self._staging_path(one)) for one in destinations]
        if hashes is None:
            hashes = self._reader.copy(file, sinks, algorithms)
        damage = damage_by(file.name.rpartition("/")[2], wanted, file.size, hashes) if wanted else None
        if damage:
            # The card may have been read badly.
            if self._reader.copy(file, (), algorithms) != hashes:
                raise EngineError(
                    f"{printable(file.name)} reads differently each time.",
                    "Clean the contacts or try another reader, then offload again.",
                )
            self._fail(file, EngineError(damage.detail, "It was copied as it is. Compare it with another copy."))
        copies = []
        for destination, sink in zip(destinations, sinks, strict=True):
            if sink.error:
                destination.error = destination.error or destination_error(destination, sink.error)
                continue
            copy = StagedCopy(file, destination, sink.path, hashes, differs=damage.detail if damage else "")
            known = destination.known_copy(file, hashes)
            if known is not None:
                link_known(copy, known)
            copies.append(copy)
        for copy in copies:
            # Equal files in this batch become links to this one.
            copy.destination.add_known(file.size, hashes[WRITTEN_FORMAT], copy.path, file.target)
        return copies

    def _staging_path(self, destination: Destination) -> Path:
        self._staged += 1
        return destination.staging / staging_name(self._staged)

    def _fail(self, file: CardFile, error: EngineError, destination: Destination | None = None) -> None:
        self._journal.fail(Failure(file.name, error.message, error.hint, destination.key if destination else ""))

    def _end_destinations(self) -> None:
        """Record destinations that failed in this batch. Raises the first error if none is left."""
        known = {one.destination for one in self._journal.record.failures if not one.name}
        for destination in self._destinations:
            if destination.error and destination.key not in known:
                self._journal.fail(Failure("", destination.error.message, destination.error.hint, destination.key))
                destination.clear()
        if all(one.error for one in self._destinations):
            raise self._destinations[0].error or AssertionError("no destination")

    def _card_gone(self) -> EngineError:
        proven = sum(all(self._is_proven(file, one) for one in self._destinations) for file in self._listing.files)
        return TransientError(
            f"{self._source.title} is gone: {proven} of {len(self._listing.files)} files are proven.",
            self._source.gone_hint,
        )

    # The end

    def _finish(self, input_transform: Encoding | None) -> OffloadResult:
        for destination in self._destinations:
            if destination.error is None:
                make_empty_folders(destination, self._listing.folders, self._disk)
        first, *others = self._destinations
        result = OffloadResult()
        labels: dict[str, str] = {}
        if first.error is None:
            try:
                labels = self._register(first, result, input_transform)
            except Cancelled:
                raise
            except EngineError as error:
                first.error = error
        for destination in others:
            if destination.error is None:
                self._seal(destination, result)
        self._end_destinations()
        self._journal.finish(labels)
        result.status = offload_status(self._journal.record, self._studio)
        result.failed += self._source.broken_checksums
        result.bytes_read = self._source.bytes_read
        return result

    def _register(
        self, destination: Destination, result: OffloadResult, input_transform: Encoding | None
    ) -> dict[str, str]:
        """Add the takes of the copies in the project, and seal them. Return the takes' labels by file."""
        proofs = self._proofs(destination)
        root = destination.root
        registered = register_takes(
            self._catalog,
            self._studio,
            self._project,
            root,
            {f"{root}/{proof.path}": proof.hashes[WRITTEN_FORMAT] for proof in proofs.values()},
            [root / file.target for file in self._listing.files if file.name not in proofs],
            {root / proof.path for proof in proofs.values() if not proof.copied},
            {
                root / proof.path: Damage(kind="changed", media="file", detail=proof.differs)
                for proof in proofs.values()
                if proof.differs
            },
            lambda: self._seal_first(destination, result),
            input_transform=input_transform,
            cancelled=self._cancelled,
        )
        result.takes, result.already_here = registered.takes, registered.already_here
        result.failed = registered.failed
        labels = registered.labels
        paths = ((name, f"{root}/{one.path}") for name, one in proofs.items())
        return {name: labels[path] for name, path in paths if path in labels}

    def _proofs(self, destination: Destination) -> dict[str, Proof]:
        """The proofs of the card's files at a destination, also of copies that differ from a checksum."""
        return {
            file.name: self._journal.record.proofs[file.name, destination.key]
            for file in self._listing.files
            if self._is_copied(file, destination)
        }

    def _seal_first(self, destination: Destination, result: OffloadResult) -> None:
        aside = self._studio / self._project.folder / "work" / "torn-seals"
        result.seals += seal_copies(self._journal.record, destination, self._listing, aside)

    def _seal(self, destination: Destination, result: OffloadResult) -> None:
        aside = destination.root.with_name(f"{destination.root.name} torn seals")
        try:
            result.seals += seal_copies(self._journal.record, destination, self._listing, aside)
        except EngineError as error:
            destination.error = error

    def _check(self) -> None:
        if self._cancelled and self._cancelled():
            raise Cancelled("Cancelled.", "Offload again to continue: proven files are kept.")

    def _copied(self, count: int, name: str) -> None:
        self._tell(count * len(self._destinations), name)

    def _compared(self, count: int, name: str) -> None:
        self._tell(count, name)

    def _tell(self, count: int, name: str) -> None:
        """Copying and comparing are half of the work each."""
        with self._lock:
            self._half_bytes += count
            if self._progress:
                done = self._half_bytes // (2 * len(self._destinations))
                self._progress(min(done, self._total_bytes), self._total_bytes, printable(name))
