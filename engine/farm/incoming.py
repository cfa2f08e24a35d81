"""Outputs that machines send: a file counts once its bytes have the digest that it was sent under."""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

from engine.atomic_files import flush, is_disk_full
from engine.farm.block_pipeline import BLOCK_BYTES, BlockPipeline
from engine.farm.byte_ranges import ByteRange
from engine.farm.http_wire import HttpRefusal

_PART = ".part"
_TAKEN_OVER_S = 10.0

ReadInto = Callable[[memoryview], int]


def incoming_folder(studio: Path, lease_id: str) -> Path:
    """Return the folder with the outputs that a lease's machine sent: complete files are named by their SHA-256."""
    return studio / "farm" / "incoming" / lease_id


def discard_incoming(studio: Path, lease_id: str) -> None:
    """Delete what a lease's machine sent."""
    shutil.rmtree(incoming_folder(studio, lease_id), ignore_errors=True)


class Incoming:
    """The outputs of all leases. One upload of a lease runs at a time; a new one ends that before it."""

    def __init__(self, studio: Path, reserve: int) -> None:
        self._studio = studio
        self._reserve = reserve
        self._lock = threading.Lock()
        self._uploads: dict[str, _Upload] = {}

    def offset(self, lease_id: str, sha256: str) -> tuple[int, bool]:
        """Return how many bytes of an output are here, and whether it is complete."""
        folder = incoming_folder(self._studio, lease_id)
        if (found := _size(folder / sha256)) is not None:
            return found, True
        return _size(folder / (sha256 + _PART)) or 0, False

    def restart(self, lease_id: str, sha256: str) -> None:
        """Forget what is here of an output that is not complete."""
        (incoming_folder(self._studio, lease_id) / (sha256 + _PART)).unlink(missing_ok=True)

    def check_room(self, lease_id: str, sha256: str, total: int, most: int) -> None:
        """Refuse an output if the lease's outputs had more than `most` bytes with it, or the disk has no room."""
        folder = incoming_folder(self._studio, lease_id)
        others = 0
        if folder.is_dir():
            for entry in os.scandir(folder):
                if entry.name not in (sha256, sha256 + _PART):
                    others += entry.stat(follow_symlinks=False).st_size
        if others + total > most:
            raise HttpRefusal(
                413,
                "too-large",
                f"The outputs of this lease may have {most:,} bytes, with this one {others + total:,}.",
            )
        if shutil.disk_usage(self._studio).free - (total - self.offset(lease_id, sha256)[0]) < self._reserve:
            raise _disk_full()

    def receive(
        self, lease_id: str, sha256: str, part: ByteRange, most: int, read_into: ReadInto, cut: Callable[[], None]
    ) -> bool:
        """Append the part of an output that a machine sends. Return whether the output is complete.

        What came before a cut stays for the next part. `cut` ends the connection of this upload. Raises HttpRefusal;
        an output with another digest is deleted.
        """
        with self._turn(lease_id, cut):
            have, complete = self.offset(lease_id, sha256)
            if complete or part.start != have:
                raise HttpRefusal(409, "offset", f"The host has {have} bytes of this output.")
            self.check_room(lease_id, sha256, part.total, most)
            folder = incoming_folder(self._studio, lease_id)
            partial = folder / (sha256 + _PART)
            try:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                with partial.open("a+b", buffering=0) as file:
                    os.chmod(file.fileno(), 0o600)
                    digest = self._append(file, part, read_into)
                if part.end < part.total:
                    return False
                if digest != sha256:
                    partial.unlink()
                    raise HttpRefusal(422, "digest", "The output has another digest than it was sent under.")
                flush(partial)
                partial.replace(folder / sha256)
                flush(folder)
            except OSError as error:
                if is_disk_full(error):
                    partial.unlink(missing_ok=True)
                    raise _disk_full() from error
                raise HttpRefusal(503, "disk", f"The host cannot write the output: {error.strerror}.") from error
            return True

    @staticmethod
    def _append(file: FileIO, part: ByteRange, read_into: ReadInto) -> str:
        """Write the bytes of a part, and return the digest of the whole file."""
        output = _HashedOutput(file, part.start)
        left = part.size
        with BlockPipeline((output.hash, output.write), left) as pipeline:
            while left:
                buffer = pipeline.buffer()
                count = read_into(buffer[:left])
                pipeline.put(buffer, count)
                left -= count
        return output.digest()

    @contextmanager
    def _turn(self, lease_id: str, cut: Callable[[], None]) -> Iterator[None]:
        """Wait for the upload of the lease that runs, which is cut: its connection may be dead for long."""
        mine = _Upload(cut)
        with self._lock:
            before = self._uploads.get(lease_id)
            if before is not None:
                before.cut()
        if before is not None and not before.ended.wait(_TAKEN_OVER_S):
            raise HttpRefusal(503, "busy", "Another upload of this lease runs.")
        with self._lock:
            if self._uploads.get(lease_id) is not None:
                raise HttpRefusal(503, "busy", "Another upload of this lease runs.")
            self._uploads[lease_id] = mine
        try:
            yield
        finally:
            with self._lock:
                del self._uploads[lease_id]
            mine.ended.set()


class _HashedOutput:
    """Appends to a file of which the first `start` bytes are here already."""

    def __init__(self, file: FileIO, start: int) -> None:
        self._file = file
        self._start = start
        self._sha256 = hashlib.sha256()
        self._whole = False

    def hash(self, block: memoryview) -> None:
        self._read_start()
        self._sha256.update(block)

    def write(self, block: memoryview) -> None:
        while block:
            block = block[self._file.write(block) :]

    def digest(self) -> str:
        self._read_start()
        return self._sha256.hexdigest()

    def _read_start(self) -> None:
        if self._whole:
            return
        self._whole = True
        at = 0
        # Beside `write`, which appends: the place of the file is not changed.
        while at < self._start and (block := os.pread(self._file.fileno(), min(self._start - at, BLOCK_BYTES), at)):
            self._sha256.update(block)
            at += len(block)


class _Upload:
    def __init__(self, cut: Callable[[], None]) -> None:
        self.cut = cut
        self.ended = threading.Event()


def _size(path: Path) -> int | None:
    try:
        return path.lstat().st_size
    except FileNotFoundError:
        return None


def _disk_full() -> HttpRefusal:
    return HttpRefusal(507, "disk-full", "The host's disk is full.", "Free some space on the host, then try again.")
