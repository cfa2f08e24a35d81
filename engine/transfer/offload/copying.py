"""Copies one file of a card to several destinations in one read, hashing it meanwhile."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, Future
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import xxhash

from engine.errors import EngineError
from engine.slug import printable
from engine.transfer.checksums import MultiHasher
from engine.transfer.mhl import WRITTEN_FORMAT
from engine.transfer.offload.card import CardFile
from engine.transfer.offload.disk import BLOCK, Disk, ReadAhead, ReadBlock
from engine.transfer.unfinished_files import still_written

# Blocks that may be in flight at once: one is read, others are written.
_BUFFERS = 4
# A failed read is repeated so often, then in small pieces, which find the first bad one.
_READS = 3
_PIECE = 4096


class UnreadableBlockError(EngineError):
    """A file of the card cannot be read at `offset`."""

    def __init__(self, name: str, offset: int, error: OSError) -> None:
        super().__init__(
            f"{printable(name)} cannot be read at byte {offset}: {error.strerror or error}.",
            "Clean the contacts or try another reader, then offload again. The other files are not affected.",
        )
        self.offset = offset


@dataclass(slots=True)
class Sink:
    """A file being written at a destination, and the error that ended it."""

    path: Path
    error: OSError | None = None
    descriptor: int = -1

    def open(self) -> None:
        """Create the file. It must not exist."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            self.descriptor = os.open(self.path, flags, 0o600)
        except OSError as error:
            self.error = error

    def write(self, block: memoryview, offset: int, disk: Disk) -> None:
        """Write a block at an offset. An error ends the sink, not the copy."""
        if self.error:
            return
        try:
            done = 0
            while done < len(block):
                done += os.pwrite(self.descriptor, block[done:], offset + done)
            if len(block) == BLOCK:
                disk.forget(self.descriptor, offset, len(block))
        except OSError as error:
            self.error = error

    def close(self, modified_ns: int) -> None:
        """Give the copy the card's time, make it read-only, and close it."""
        if self.descriptor < 0:
            return
        try:
            os.utime(self.descriptor, ns=(modified_ns, modified_ns))
            # exFAT and some servers have no permissions.
            with suppress(PermissionError):
                os.fchmod(self.descriptor, 0o444)
        except OSError as error:
            self.error = self.error or error
        finally:
            try:
                os.close(self.descriptor)
            except OSError as error:
                # A server may report a failed write only now.
                self.error = self.error or error
            self.descriptor = -1


class FileReader(Protocol):
    """Reads the files of a card or device."""

    def expect(self, file: CardFile) -> None:
        """Start to read a file that is copied soon, if that makes it faster."""

    def forget_expected(self) -> None:
        """Close the expected files that were not copied."""

    def copy(self, file: CardFile, sinks: Sequence[Sink], algorithms: Iterable[str] = ()) -> dict[str, str]:
        """Copy a file to new files, in one read. Return its digests: XXH128 and those of `algorithms`.

        Errors of a destination are in its sink. Without sinks the file is only hashed. Raises EngineError if it cannot
        be read or changed, OSError if it cannot be opened.
        """

    def gone(self) -> bool:
        """Whether the card or device is no longer there."""


class CardReader:
    """Reads files of a card. `read` may be replaced to read in another way; it is called for each block."""

    def __init__(
        self,
        root: Path,
        device: int,
        disk: Disk,
        read: ReadBlock,
        executor: Executor,
        check: Callable[[], None],
        progress: Callable[[int, str], None],
    ) -> None:
        self._root, self._device, self._disk, self._read = str(root), device, disk, read
        self._ahead = ReadAhead(disk, disk.open_source)
        self._executor, self._check, self._progress = executor, check, progress
        self._buffers = [bytearray(BLOCK) for _ in range(_BUFFERS)]

    def expect(self, file: CardFile) -> None:
        """Start to read a file that is copied soon."""
        self._ahead.expect(f"{self._root}/{file.name}", file.size)

    def forget_expected(self) -> None:
        """Close the expected files that were not copied."""
        self._ahead.close()

    def copy(self, file: CardFile, sinks: Sequence[Sink], algorithms: Iterable[str] = ()) -> dict[str, str]:
        """Copy a file to new files, in one read. Return its digests: XXH128 and those of `algorithms`.

        Errors of a destination are in its sink. Without sinks the file is only hashed. Raises UnreadableBlockError,
        EngineError if the file changed, OSError if it cannot be opened, what `check` raises.
        """
        hasher = MultiHasher({WRITTEN_FORMAT, *algorithms})
        # Without sinks it is read for the second time, or only to be compared.
        descriptor = self._open(file, self._disk.open_source if sinks else self._disk.open_uncached)
        try:
            for sink in sinks:
                sink.open()
            if file.size <= BLOCK:
                self._copy_small(file, descriptor, sinks, hasher)
            else:
                self._copy_large(file, descriptor, sinks, hasher)
            self._refuse_changed(file, os.fstat(descriptor))
        finally:
            for sink in sinks:
                sink.close(file.modified_ns)
            os.close(descriptor)
        return hasher.values()

    def gone(self) -> bool:
        """Whether the card is no longer there."""
        try:
            return os.stat(self._root).st_dev != self._device
        except OSError:
            return True

    def _open(self, file: CardFile, open_file: Callable[[str], int]) -> int:
        path = f"{self._root}/{file.name}"
        descriptor = self._ahead.take(path)
        if descriptor is None:
            descriptor = open_file(path)
        try:
            about = os.fstat(descriptor)
            if not stat.S_ISREG(about.st_mode) or about.st_dev != self._device:
                raise OSError(errno.ESTALE, "it is not the file that was listed")
            self._refuse_changed(file, about)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    def _refuse_changed(self, file: CardFile, about: os.stat_result) -> None:
        if (about.st_size, about.st_mtime_ns) != (file.size, file.modified_ns):
            raise still_written(printable(file.name))

    def _copy_small(self, file: CardFile, descriptor: int, sinks: Sequence[Sink], hasher: MultiHasher) -> None:
        block = self._read_exactly(file, descriptor, self._buffers[0], 0)
        hasher.update(block)
        for sink in sinks:
            sink.write(block, 0, self._disk)
        self._progress(file.size, file.name)

    def _copy_large(self, file: CardFile, descriptor: int, sinks: Sequence[Sink], hasher: MultiHasher) -> None:
        pending: list[list[Future[None]]] = [[] for _ in self._buffers]
        try:
            for number, offset in enumerate(range(0, file.size, BLOCK)):
                self._check()
                slot = number % _BUFFERS
                _wait(pending[slot])
                block = self._read_exactly(file, descriptor, self._buffers[slot], offset)
                pending[slot] = [
                    self._executor.submit(sink.write, block, offset, self._disk) for sink in sinks if not sink.error
                ]
                hasher.update(block)
                self._disk.forget(descriptor, offset, len(block))
                self._progress(len(block), file.name)
        finally:
            for futures in pending:
                _wait(futures)

    def _read_exactly(self, file: CardFile, descriptor: int, buffer: bytearray, offset: int) -> memoryview:
        wanted = memoryview(buffer)[: min(BLOCK, file.size - offset)]
        done = 0
        while done < len(wanted):
            count = self._read_some(file, descriptor, wanted[done:], offset + done)
            if count == 0:
                raise still_written(printable(file.name))
            done += count
        return wanted

    def _read_some(self, file: CardFile, descriptor: int, buffer: memoryview, offset: int) -> int:
        for attempt in range(_READS):
            try:
                return self._read(descriptor, buffer, offset)
            except OSError as error:
                if self.gone():
                    raise
                if attempt == _READS - 1:
                    return self._read_pieces(file, descriptor, buffer, offset, error)
        raise AssertionError("unreachable")

    def _read_pieces(self, file: CardFile, descriptor: int, buffer: memoryview, offset: int, first: OSError) -> int:
        """Read in small pieces up to the first bad one. Raise UnreadableBlockError if that is the first piece."""
        done = 0
        while done < len(buffer):
            try:
                count = self._read(descriptor, buffer[done : done + _PIECE], offset + done)
            except OSError as error:
                raise UnreadableBlockError(file.name, offset + done, error) from first
            if count == 0:
                break
            done += count
        return done


def hash_back(
    path: Path,
    size: int,
    disk: Disk,
    read: ReadBlock,
    check: Callable[[], None],
    buffer: bytearray,
    descriptor: int | None = None,
) -> str:
    """Return the XXH128 of a copy, read from the disk, or "" if its size differs. Raises OSError, what `check` does.

    `descriptor` is the file's if it has been opened for such reads; it is closed.
    """
    digest = xxhash.xxh3_128()
    if descriptor is None:
        descriptor = disk.open_uncached(path)
    try:
        if os.fstat(descriptor).st_size != size:
            return ""
        offset, view = 0, memoryview(buffer)
        while offset < size:
            check()
            count = read(descriptor, view[: size - offset], offset)
            if count == 0:
                return ""
            digest.update(view[:count])
            if size > BLOCK:
                disk.forget(descriptor, offset, count)
            offset += count
    finally:
        os.close(descriptor)
    return digest.hexdigest()


def _wait(futures: list[Future[None]]) -> None:
    for future in futures:
        future.result()
    futures.clear()
