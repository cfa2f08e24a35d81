"""A device on USB as the source of an offload."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor, Future
from pathlib import Path, PurePosixPath

from engine.catalog import Project
from engine.errors import EngineError, RequestError
from engine.slug import printable
from engine.transfer.checksums import Checksum, MultiHasher
from engine.transfer.mhl import WRITTEN_FORMAT
from engine.transfer.offload.card import CardFile, CardListing, NotCopied
from engine.transfer.offload.copying import FileReader, Sink
from engine.transfer.offload.disk import BLOCK, Disk
from engine.transfer.offload.journal import DEVICE_PREFIX, OffloadJournal, OffloadRecord, journals
from engine.transfer.offload.names import FolderNames
from engine.transfer.offload.places import card_label, new_journal
from engine.transfer.usb.camera import unplugged
from engine.transfer.usb.choice import FileChoice, is_recording
from engine.transfer.usb.device import DeviceFile, DeviceGoneError, DeviceReadError, UsbDevice

KEEP_ORIGINALS = (
    "If its original is only in iCloud: on the phone, Settings → Photos → Download and Keep Originals, or play it once "
    "in Photos; then import again."
)


class DeviceSource:
    """The chosen files of an open device.

    All imports of a device into a project share one journal and folder, because files leave a phone one by one. A file
    that has changed on the device since it was imported is imported again beside the earlier one.
    """

    folder: Path | None = None
    empty_hint = "cwtui usb list DEVICE lists its files; --since and --all choose others."
    gone_hint = "Plug it in, unlock it, then import again: proven files are not read again."
    broken_checksums: Sequence[tuple[Path, EngineError]] = ()

    def __init__(self, device: UsbDevice, choice: FileChoice) -> None:
        self._device, self._choice = device, choice
        name = device.description.name
        self.place, self.label = f"{DEVICE_PREFIX}{device.description.id}", card_label(name)
        self.title = printable(name)
        self.bytes_read = 0
        self._files: dict[str, DeviceFile] = {}
        self._others: list[DeviceFile] = []

    def list_files(self, cancelled: Callable[[], bool] | None) -> CardListing:
        """List the chosen files. Those without bytes on the phone are left out.

        Raises RequestError if nothing is left.
        """
        try:
            every = self._device.list_files()
        except DeviceGoneError as error:
            raise unplugged(self.title) from error
        chosen = self._choice.select(every)
        names = {file.number for file in chosen}
        self._others = [file for file in every if file.number not in names]
        listing = CardListing(Path(self.label), device=0)
        targets = _Targets()
        for file in chosen:
            target, renamed = targets.choose(file.path)
            if self._device.in_cloud and file.size == 0 and is_recording(file):
                listing.left_out.append(NotCopied(file.path, "its original is only in iCloud", True))
                continue
            self._files[file.path] = file
            listing.files.append(CardFile(file.path, target, file.size, file.modified_ns, renamed))
        if not listing.files:
            if listing.left_out:
                raise RequestError(f"All chosen files of {self.title} are only in iCloud.", KEEP_ORIGINALS)
            raise RequestError(f"{self.title} has no such file.", self.empty_hint)
        return listing

    def find_journal(
        self, studio: Path, project: Project, listing: CardListing, places: Mapping[str, Path]
    ) -> OffloadJournal:
        """Return the journal of this device, and give files that have changed since names of their own in `listing`."""
        known = next((one for one in journals(studio / project.folder) if one.source == self.place), None)
        journal = OffloadJournal(known.path) if known else new_journal(studio, project, self.label, places)
        proven = _stamps(journal.record)
        listing.files = [self._distinct(file, proven) for file in listing.files]
        listing.others = sum(proven.get(one.path) != (one.size, one.modified_ns) for one in self._others)
        return journal

    def open_reader(
        self, disk: Disk, executor: Executor, check: Callable[[], None], progress: Callable[[int, str], None]
    ) -> FileReader:
        """Return the reader of the listed files."""
        return _DeviceReader(self, self._device, self._files, disk, executor, check, progress)

    def is_being_written(self, file: CardFile) -> bool:
        """A phone lists a recording when it has ended."""
        return False

    def checksums_of(self, file: CardFile) -> Sequence[Checksum]:
        """A device has no checksums."""
        return ()

    def _distinct(self, file: CardFile, proven: Mapping[str, tuple[int, int]]) -> CardFile:
        stamp, name, target, number = (file.size, file.modified_ns), file.name, file.target, 1
        while proven.get(name, stamp) != stamp:
            number += 1
            name, target = f"changed {number}/{file.name}", f"changed {number}/{file.target}"
        self._files[name] = self._files[file.name]
        renamed = file.renamed or ("" if number == 1 else "another file of this name was imported earlier")
        return CardFile(name, target, file.size, file.modified_ns, renamed)


class _DeviceReader:
    """Copies files of a device: while a block is written, the next one is read."""

    def __init__(
        self,
        source: DeviceSource,
        device: UsbDevice,
        files: Mapping[str, DeviceFile],
        disk: Disk,
        executor: Executor,
        check: Callable[[], None],
        progress: Callable[[int, str], None],
    ) -> None:
        self._source, self._device, self._files = source, device, files
        self._disk, self._executor, self._check, self._progress = disk, executor, check, progress

    def expect(self, file: CardFile) -> None:
        pass

    def forget_expected(self) -> None:
        pass

    def copy(self, file: CardFile, sinks: Sequence[Sink], algorithms: Iterable[str] = ()) -> dict[str, str]:
        hasher = MultiHasher({WRITTEN_FORMAT, *algorithms})
        pending: list[Future[None]] = []
        for sink in sinks:
            sink.open()
        try:
            offset = 0
            while offset < file.size:
                self._check()
                block = memoryview(self._read(file, offset))
                _wait(pending)
                pending = [
                    self._executor.submit(sink.write, block, offset, self._disk) for sink in sinks if not sink.error
                ]
                hasher.update(block)
                self._progress(len(block), file.name)
                offset += len(block)
        finally:
            _wait(pending)
            for sink in sinks:
                sink.close(file.modified_ns)
        return hasher.values()

    def gone(self) -> bool:
        return self._device.gone()

    def _read(self, file: CardFile, offset: int) -> bytes:
        length = min(BLOCK, file.size - offset)
        try:
            block = self._device.read(self._files[file.name], offset, length)
        except DeviceReadError as error:
            raise EngineError(
                f"{printable(file.name)} cannot be read at byte {offset}: {error}.",
                KEEP_ORIGINALS if self._device.in_cloud else "Unlock the device, then import again.",
            ) from error
        self._source.bytes_read += len(block)
        return block[:length]


class _Targets:
    """Safe and distinct paths for the copies of a device's files, a folder at a time."""

    def __init__(self) -> None:
        self._names: dict[str, FolderNames] = {}
        self._folders: dict[str, tuple[str, str]] = {"": ("", "")}

    def choose(self, path: str) -> tuple[str, str]:
        """Return (path of the copy, why it differs from `path`, or "")."""
        pure = PurePosixPath(path)
        folder, folder_reason = self._folder("" if pure.parent == PurePosixPath() else str(pure.parent))
        name, reason = self._names.setdefault(folder, FolderNames()).choose(pure.name)
        return f"{folder}{name}", reason or folder_reason

    def _folder(self, path: str) -> tuple[str, str]:
        if path not in self._folders:
            target, reason = self.choose(path)
            self._folders[path] = f"{target}/", "its folder's name is another" if reason else ""
        return self._folders[path]


def _stamps(record: OffloadRecord) -> dict[str, tuple[int, int]]:
    """The size and time of each file that was proven somewhere."""
    return {name: (proof.size, proof.modified_ns) for (name, _), proof in record.proofs.items()}


def _wait(futures: Sequence[Future[None]]) -> None:
    for future in futures:
        future.result()
