"""Reads past the page cache, and flushes many files at once. One class for each system."""

from __future__ import annotations

import ctypes
import fcntl
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol, TypeVar

ReadBlock = Callable[[int, memoryview, int], int]
"""Reads into a buffer from (file descriptor, buffer, offset) and returns the number of bytes. Raises OSError."""

BLOCK = 4 << 20
# Up to so many files are flushed one by one, which does not wait for what other programs write.
_FLUSHED_SINGLY = 16
# So many small files are read at the same time.
_AHEAD = 32

T = TypeVar("T")


class Disk(Protocol):
    """What an offload needs from the system beyond reading and writing."""

    def open_source(self, path: str | Path) -> int:
        """Open a file of a card for reading, without following a link. Raises OSError."""

    def open_uncached(self, path: str | Path) -> int:
        """Open a flushed file so that reads come from the disk and not from the page cache. Raises OSError."""

    def expect(self, descriptor: int, length: int) -> None:
        """Start to read a file's beginning, which is read soon."""

    def forget(self, descriptor: int, offset: int, length: int) -> None:
        """Start to write a range that was written, and drop it from the page cache where that is possible."""

    def flush(self, paths: Sequence[Path]) -> None:
        """Flush files on one disk so that they survive a power cut. Raises OSError."""


def read_block(descriptor: int, buffer: memoryview, offset: int) -> int:
    """Read into a buffer at an offset; the default `ReadBlock`."""
    return os.preadv(descriptor, [buffer], offset)


def open_regular(path: str | Path) -> int:
    """Open a file for reading without following a link or waiting for the writer of a pipe."""
    return os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)


class LinuxDisk:
    """posix_fadvise(2) drops clean pages; syncfs(2) flushes a file system in one barrier."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)

    def open_source(self, path: str | Path) -> int:
        """Open with read-ahead."""
        descriptor = open_regular(path)
        if sys.platform != "darwin":
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_SEQUENTIAL)
        return descriptor

    def open_uncached(self, path: str | Path) -> int:
        """Open after dropping the file's pages."""
        descriptor = open_regular(path)
        if sys.platform != "darwin":
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_SEQUENTIAL)
        return descriptor

    def expect(self, descriptor: int, length: int) -> None:
        """The system reads into the page cache meanwhile."""
        if sys.platform != "darwin":
            os.posix_fadvise(descriptor, 0, length, os.POSIX_FADV_WILLNEED)

    def forget(self, descriptor: int, offset: int, length: int) -> None:
        """Dirty pages are queued for writing; clean ones are dropped."""
        if sys.platform != "darwin":
            os.posix_fadvise(descriptor, offset, length, os.POSIX_FADV_DONTNEED)

    def flush(self, paths: Sequence[Path]) -> None:
        """A few files are flushed singly, many by their file system. Folders are flushed likewise."""
        if len(paths) > _FLUSHED_SINGLY:
            descriptor = os.open(paths[0], os.O_RDONLY | os.O_CLOEXEC)
            try:
                if self._libc.syncfs(descriptor):
                    number = ctypes.get_errno()
                    raise OSError(number, os.strerror(number), str(paths[0]))
            finally:
                os.close(descriptor)
            return
        for path in paths:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


class MacDisk:
    """F_NOCACHE bypasses the cache; fsync(2) writes to the drive, and one F_FULLFSYNC flushes the drive's own cache."""

    def open_source(self, path: str | Path) -> int:
        """Open without filling the cache: no byte is read twice."""
        return self.open_uncached(path)

    def open_uncached(self, path: str | Path) -> int:
        """Open with F_NOCACHE."""
        descriptor = open_regular(path)
        self._bypass(descriptor)
        return descriptor

    def expect(self, descriptor: int, length: int) -> None:
        """Reads that bypass the cache cannot begin early."""

    def forget(self, descriptor: int, offset: int, length: int) -> None:
        """Writes after this one bypass the cache."""
        self._bypass(descriptor)

    def flush(self, paths: Sequence[Path]) -> None:
        """Each file is written to the drive, which then flushes its cache once."""
        for number, path in enumerate(paths):
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                os.fsync(descriptor)
                if sys.platform == "darwin" and number == len(paths) - 1:
                    fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
            finally:
                os.close(descriptor)

    def _bypass(self, descriptor: int) -> None:
        if sys.platform == "darwin":
            fcntl.fcntl(descriptor, fcntl.F_NOCACHE, 1)


def looking_ahead(items: Sequence[T], expect: Callable[[T], None]) -> Iterator[T]:
    """Yield items; `expect` is called with each of them while those before it are worked on."""
    for item in items[:_AHEAD]:
        expect(item)
    for number, item in enumerate(items):
        if 0 < number <= len(items) - _AHEAD:
            expect(items[number + _AHEAD - 1])
        yield item


class ReadAhead:
    """Opens small files some time before they are read, so that the disk reads several of them meanwhile.

    `open_file` is a function of `disk`. Few files are open at a time.
    """

    def __init__(self, disk: Disk, open_file: Callable[[str], int]) -> None:
        self._disk, self._open = disk, open_file
        self._opened: dict[str, int] = {}

    def expect(self, path: str, size: int) -> None:
        """Open a file that is read soon. An error is raised by `take` instead."""
        if size > BLOCK or len(self._opened) >= _AHEAD or path in self._opened:
            return
        try:
            descriptor = self._open(path)
        except OSError:
            return
        self._opened[path] = descriptor
        with suppress(OSError):
            self._disk.expect(descriptor, size)

    def take(self, path: str) -> int | None:
        """Return the descriptor of an expected file, None if it is not open. The caller closes it."""
        return self._opened.pop(path, None)

    def close(self) -> None:
        """Close what was expected and not read."""
        while self._opened:
            os.close(self._opened.popitem()[1])


def system_disk() -> Disk:
    """Return the functions of this system."""
    return MacDisk() if sys.platform == "darwin" else LinuxDisk()
