"""Where the files of an offload come from: a mounted card, or a device without a file system."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Protocol

from engine.catalog import Project
from engine.errors import EngineError
from engine.slug import printable
from engine.transfer.checksums import CardChecksums, Checksum
from engine.transfer.mhl.history import is_ignored
from engine.transfer.offload.card import CardFile, CardListing, list_card
from engine.transfer.offload.copying import CardReader, FileReader
from engine.transfer.offload.disk import Disk, ReadBlock
from engine.transfer.offload.journal import OffloadJournal
from engine.transfer.offload.places import card_label, journal_for
from engine.transfer.unfinished_files import open_for_writing

# A file that changed so recently may still be recorded, in seconds.
_RECENTLY = 60.0


class CardSource(Protocol):
    """The source of an offload.

    `place` names it in the journal, `label` in folders, `title` in errors. `folder` is its folder, if it has one.
    `empty_hint` and `gone_hint` say what to do if it has no files or is gone. `bytes_read` counts all reads.
    """

    place: str
    label: str
    title: str
    folder: Path | None
    empty_hint: str
    gone_hint: str
    bytes_read: int

    def list_files(self, cancelled: Callable[[], bool] | None) -> CardListing:
        """List its files. Raises TransientError if it is not there, EngineError, Cancelled."""

    def find_journal(
        self, studio: Path, project: Project, listing: CardListing, places: Mapping[str, Path]
    ) -> OffloadJournal:
        """Return the journal of an earlier offload of this source, or a new one."""

    def open_reader(
        self, disk: Disk, executor: Executor, check: Callable[[], None], progress: Callable[[int, str], None]
    ) -> FileReader:
        """Return the reader of its files. `check` raises Cancelled; `progress` is called with (bytes, file name)."""

    def is_being_written(self, file: CardFile) -> bool:
        """Whether a program writes the file now."""

    def checksums_of(self, file: CardFile) -> Sequence[Checksum]:
        """The checksums of a file that are on the card."""

    @property
    def broken_checksums(self) -> Sequence[tuple[Path, EngineError]]:
        """The checksum lists that could not be read."""


class MountedCard:
    """A card or drive that is mounted as a folder. `read` reads from it."""

    empty_hint = "Check that it is the right card."
    gone_hint = "Insert it again, then run the same command: proven files are not read again."

    def __init__(self, folder: Path, read: ReadBlock) -> None:
        self.folder: Path | None = Path(os.path.abspath(folder))
        self._root = self.folder
        self._read = read
        self.place, self.label = str(self._root), card_label(self._root.name)
        self.title = f"The card {printable(self._root.name)}"
        self.bytes_read = 0
        self._device = 0
        self._checksums = CardChecksums(self._root)
        self._unlisted: set[str] = set()

    def list_files(self, cancelled: Callable[[], bool] | None) -> CardListing:
        """List everything on the card, as `list_card`."""
        listing = list_card(self._root, cancelled)
        self._device = listing.device
        return listing

    def find_journal(
        self, studio: Path, project: Project, listing: CardListing, places: Mapping[str, Path]
    ) -> OffloadJournal:
        """Return the journal of the same card, as `journal_for`."""
        return journal_for(studio, project, listing, places)

    def open_reader(
        self, disk: Disk, executor: Executor, check: Callable[[], None], progress: Callable[[int, str], None]
    ) -> FileReader:
        """Return the reader of the listed card."""
        return CardReader(self._root, self._device, disk, self._counted, executor, check, progress)

    def is_being_written(self, file: CardFile) -> bool:
        """Whether a program has the file open for writing, and it changed in the last minute."""
        recent = time.time() - file.modified_ns / 1e9 < _RECENTLY
        return recent and bool(open_for_writing(self._root / file.name))

    def checksums_of(self, file: CardFile) -> Sequence[Checksum]:
        """The checksums of a file in lists on the card. Most folders have none, and their files need no look."""
        folder = file.name.rpartition("/")[0]
        if folder in self._unlisted or is_ignored(file.name):
            return ()
        found = self._checksums.of(self._root / file.name)
        if not self._checksums.known:
            self._unlisted.add(folder)
        return found

    @property
    def broken_checksums(self) -> Sequence[tuple[Path, EngineError]]:
        """The checksum lists that could not be read."""
        return self._checksums.broken

    def _counted(self, descriptor: int, buffer: memoryview, offset: int) -> int:
        count = self._read(descriptor, buffer, offset)
        self.bytes_read += count
        return count
