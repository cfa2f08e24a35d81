"""The inputs that a machine keeps: by digest, encrypted, within a budget."""

from __future__ import annotations

import os
import shutil
import stat
import threading
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import FileIO
from pathlib import Path
from types import TracebackType

from engine.atomic_files import exclusive_lock, is_disk_full, make_folder, temporary_path, write_atomic
from engine.errors import Cancelled, EngineError
from engine.farm.block_pipeline import BlockHandler
from engine.farm.cache_entry import (
    KEY_BYTES,
    DamagedEntry,
    EntryHeader,
    SealedWriter,
    entry_name,
    read_content,
    sealed_size,
)
from engine.farm.content_client import ContentClient, IsCancelled, Moved
from engine.farm.relative_path import path_below
from engine.farm.work_order import OrderedFile, WorkOrder
from engine.units import format_bytes

_PARTIAL = ".partial"
_LOCK = ".lock"


class ContentCache:
    """The inputs that a machine keeps, in at most `budget` bytes. Methods may be called from several threads.

    The least recently used are deleted first, and never one of an order that was placed and not released. The folder
    is its own index: a process that is killed loses nothing but what it was about to write. A context manager.
    """

    def __init__(self, folder: Path, key: Path, budget: int) -> None:
        """`key` is the file of the machine's key for this host, made if absent.

        Raises EngineError if another process uses the folder, or it cannot be written.
        """
        self._folder = folder
        self._budget = budget
        self._lock = threading.RLock()
        self._digest_locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._entries: OrderedDict[str, int] = OrderedDict()
        self._pins: dict[str, frozenset[str]] = {}
        self._reserved: Counter[str] = Counter()
        with ExitStack() as opened:
            make_folder(folder)
            os.chmod(folder, 0o700)
            opened.enter_context(exclusive_lock(folder / _LOCK, wait=False, what="The farm's cache in this folder"))
            self._key = _read_key(key)
            self._scan()
            self._make_room(0)
            self._opened = opened.pop_all()

    def __enter__(self) -> ContentCache:
        """Return the cache."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let another process use the folder."""
        self.close()

    def close(self) -> None:
        """Let another process use the folder."""
        self._opened.close()

    @property
    def size(self) -> int:
        """Bytes on the disk, and those for files that are being fetched."""
        with self._lock:
            return sum(self._entries.values()) + sum(self._reserved.values())

    def resize(self, budget: int) -> None:
        """Change the budget. What is in use stays even if it is more."""
        with self._lock:
            self._budget = budget
            while self.size > budget and self._evict_one():
                pass

    def place(
        self,
        client: ContentClient,
        order: WorkOrder,
        studio: Path,
        received: Moved | None = None,
        cancelled: IsCancelled | None = None,
    ) -> None:
        """Write the files of an order to their places below `studio`, and fetch those that are not here.

        `received` gets the size of each block that is fetched. The files stay here until `release`. Raises EngineError
        if the disk is full or the budget too small, ContentRefused, TransientError, Cancelled.
        """
        sizes = {file.sha256: file.size for file in order.files}
        names = {sha256: entry_name(self._key, sha256) for sha256 in sizes}
        needed = sum(map(sealed_size, sizes.values()))
        if needed > self._budget:
            raise EngineError(
                f"The inputs of “{order.title}” need {format_bytes(needed)}, and the cache of this machine may use "
                f"{format_bytes(self._budget)}.",
                "Give the cache more space, or let another machine do this job.",
            )
        with self._lock:
            self._pins[order.lease] = frozenset(names.values())
            missing = sum(sealed_size(size) for sha256, size in sizes.items() if names[sha256] not in self._entries)
        try:
            self._check_disk(missing + sum(file.size for file in order.files), order.title)
            for file in order.files:
                self._place_file(client, order, file, names[file.sha256], studio, received, cancelled)
        except OSError as error:
            if is_disk_full(error):
                raise _disk_full(order.title) from error
            raise EngineError(
                f"The inputs of “{order.title}” cannot be written: {error.strerror}.",
                "Check the disk of this machine.",
            ) from error

    def release(self, lease_id: str) -> None:
        """Allow the files of an order to be deleted."""
        with self._lock:
            self._pins.pop(lease_id, None)

    def _place_file(
        self,
        client: ContentClient,
        order: WorkOrder,
        file: OrderedFile,
        name: str,
        studio: Path,
        received: Moved | None,
        cancelled: IsCancelled | None,
    ) -> None:
        target = path_below(studio, file.path)
        for last in (False, True):
            with self._digest_locks[file.sha256]:
                if not self._use(name) and self._fetch(client, order, file, name, target, received, cancelled):
                    return
            try:
                self._write_out(name, file, target, cancelled)
                return
            except (DamagedEntry, FileNotFoundError) as error:
                with self._digest_locks[file.sha256]:
                    self._forget(name)
                if last:
                    raise EngineError(
                        f"The cache of this machine is damaged each time {file.path} is written.", "Check its disk."
                    ) from error

    def _use(self, name: str) -> bool:
        """Note that a file is used now. Return whether it is here."""
        with self._lock:
            if name not in self._entries:
                return False
            self._entries.move_to_end(name)
        try:
            os.utime(self._folder / name)
        except FileNotFoundError:
            self._forget(name)
            return False
        return True

    def _fetch(
        self,
        client: ContentClient,
        order: WorkOrder,
        file: OrderedFile,
        name: str,
        target: Path,
        received: Moved | None,
        cancelled: IsCancelled | None,
    ) -> bool:
        """Fetch a file. Return whether it was written to its place, too: not if a part was here already."""
        partial = self._folder / (name + _PARTIAL)
        with self._room_for(name, sealed_size(file.size)), temporary_path(target) as unfinished:
            for last in (False, True):
                writer = SealedWriter(partial, self._key, EntryHeader(file.sha256, file.size))
                try:
                    with unfinished.open("wb", buffering=0) as output:
                        sink = _PlacedEntry(writer, output)
                        client.fetch(order.lease, file, sink, received, cancelled)
                    writer.finish()
                    break
                except DamagedEntry as error:
                    partial.unlink()
                    if last:
                        raise EngineError(
                            f"The host sends other bytes for {file.path} than the job names.",
                            "The file has changed on the host: queue the job again there.",
                        ) from error
                except OSError:
                    # The disk may be full: what was written is of no use there.
                    partial.unlink(missing_ok=True)
                    raise
                finally:
                    writer.close()
            partial.replace(self._folder / name)
            if not sink.is_whole:
                return False
            os.chmod(unfinished, 0o400)
            unfinished.replace(target)
            return True

    @contextmanager
    def _room_for(self, name: str, size: int) -> Iterator[None]:
        """Keep `size` bytes free for a file while the block runs. Then it is an entry, or what came of it is."""
        partial = name + _PARTIAL
        with self._lock:
            self._entries.pop(partial, None)
            self._make_room(size)
            self._reserved[name] = size
        try:
            yield
        finally:
            with self._lock:
                del self._reserved[name]
                for one in (name, partial):
                    if (found := _size(self._folder / one)) is not None:
                        self._entries[one] = found

    def _write_out(self, name: str, file: OrderedFile, target: Path, cancelled: IsCancelled | None) -> None:
        with temporary_path(target) as unfinished:
            with unfinished.open("xb", buffering=0) as output:
                for block in read_content(self._folder / name, self._key, file.sha256):
                    if cancelled is not None and cancelled():
                        raise Cancelled("The transfer was cancelled.")
                    _write_all(output, memoryview(block))
            os.chmod(unfinished, 0o400)
            unfinished.replace(target)

    def _check_disk(self, needed: int, title: str) -> None:
        with self._lock:
            while shutil.disk_usage(self._folder).free < needed:
                if not self._evict_one():
                    raise _disk_full(title)

    def _make_room(self, size: int) -> None:
        with self._lock:
            while self.size + size > self._budget:
                if not self._evict_one():
                    if not size:
                        return
                    raise EngineError(
                        f"The cache of this machine is full of files in use; {format_bytes(size)} are needed.",
                        "Wait until a job ends, or give the cache more space.",
                    )

    def _evict_one(self) -> bool:
        """Delete the least recently used file that no order needs. Return False if there is none."""
        used = frozenset().union(*self._pins.values())
        for name in self._entries:
            if name.removesuffix(_PARTIAL) not in used:
                self._forget(name)
                return True
        return False

    def _forget(self, name: str) -> None:
        with self._lock:
            self._entries.pop(name, None)
            (self._folder / name).unlink(missing_ok=True)

    def _scan(self) -> None:
        found = []
        for entry in os.scandir(self._folder):
            status = entry.stat(follow_symlinks=False)
            if entry.name != _LOCK and stat.S_ISREG(status.st_mode):
                found.append((status.st_mtime_ns, entry.name, status.st_size))
        self._entries.update((name, size) for _, name, size in sorted(found))


class _PlacedEntry:
    """A file of the cache that is fetched, and copied to the place where a job reads it, unless a part is here."""

    def __init__(self, writer: SealedWriter, output: FileIO) -> None:
        self._writer = writer
        self._output = output
        self.is_whole = not writer.offset

    @property
    def offset(self) -> int:
        return self._writer.offset

    @property
    def handlers(self) -> tuple[BlockHandler, ...]:
        return (*self._writer.handlers, self._copy) if self.is_whole else self._writer.handlers

    def _copy(self, block: memoryview) -> None:
        _write_all(self._output, block)


def _write_all(file: FileIO, data: memoryview) -> None:
    while data:
        data = data[file.write(data) :]


def _read_key(path: Path) -> bytes:
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        make_folder(path.parent)
        key = os.urandom(KEY_BYTES)
        write_atomic(path, key)
        os.chmod(path, 0o600)
    except OSError as error:
        raise EngineError(f"{path} cannot be read: {error.strerror}.", "Check its permissions.") from error
    if len(key) != KEY_BYTES:
        raise EngineError(f"{path} is not a key of the cache.", "Delete it: the inputs are fetched again.")
    return key


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def _disk_full(title: str) -> EngineError:
    return EngineError(
        f"The disk of this machine is full: the inputs of “{title}” could not be written.",
        "Free some space on this machine, then the job can run here.",
    )
