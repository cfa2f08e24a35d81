"""From a whole upload to a file with its name, which the importer can read."""

from __future__ import annotations

import fcntl
import hashlib
import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

import xxhash

from engine.atomic_files import flush, make_folder
from engine.errors import Cancelled
from engine.phone.record import SentDigest, Upload, UploadState
from engine.phone.store import UploadStore

if TYPE_CHECKING:
    from hashlib import _Hash

_BLOCK = 4 << 20


@dataclass(frozen=True, slots=True)
class ReadBack:
    """The digests of a file as it was read from the disk, in hex: as the sender computed its own, and the XXH128."""

    sent: str | None
    content: str


def read_back(path: Path, sent: SentDigest | None, cancelled: Callable[[], bool] | None = None) -> ReadBack:
    """Read a file from the disk, and compute its digests. Raises Cancelled."""
    content = xxhash.xxh3_128()
    measured = _SentHash(sent) if sent else None
    with path.open("rb") as file:
        _drop_cache(file)
        while block := file.read(_BLOCK):
            if cancelled and cancelled():
                raise Cancelled("Stopped.", "The upload is kept.")
            content.update(block)
            if measured:
                measured.update(block)
    return ReadBack(measured.hexdigest() if measured else None, content.hexdigest())


class _SentHash:
    """Computes a digest as `SentDigest` describes it."""

    def __init__(self, sent: SentDigest) -> None:
        self._slices = sent.algorithm == "sha256-slices"
        self._whole: _Hash = hashlib.new("sha256" if self._slices else sent.algorithm)
        self._slice, self._left, self._size = hashlib.sha256(), sent.slice_bytes, sent.slice_bytes

    def update(self, block: bytes) -> None:
        if not self._slices:
            self._whole.update(block)
            return
        view = memoryview(block)
        while view:
            part = view[: self._left]
            self._slice.update(part)
            self._left -= len(part)
            view = view[len(part) :]
            if not self._left:
                self._end_slice()

    def _end_slice(self) -> None:
        self._whole.update(self._slice.digest())
        self._slice, self._left = hashlib.sha256(), self._size

    def hexdigest(self) -> str:
        if self._slices and self._left != self._size:
            self._end_slice()
        return self._whole.hexdigest()


def place_arrivals(store: UploadStore, uploads: Iterable[Upload], folder: Path) -> list[Path]:
    """Move whole uploads into `folder` under their own names, and return the paths.

    The files of one recording then lie side by side. A name that is taken gets a folder of its own. A kill between the
    two steps of a move loses nothing: the next call with the same uploads continues.
    """
    placed = []
    for upload in uploads:
        if upload.record.path is None:
            target = _free(folder, upload.record.name)
            store.update(upload, path=target.relative_to(folder.parent).as_posix(), state=UploadState.PLACED)
            # Reserves the name for the next upload of this call.
            make_folder(target.parent)
            target.touch()
        target = path_of(folder.parent, upload)
        if upload.data.exists():
            make_folder(target.parent)
            os.replace(upload.data, target)
            if modified := upload.record.modified_at:
                os.utime(target, (modified.timestamp(), modified.timestamp()))
            flush(target.parent)
        placed.append(target)
    return placed


def path_of(folder: Path, upload: Upload) -> Path:
    """Return the place of an upload that has its name, below the folder of all arrivals."""
    assert upload.record.path is not None
    return folder / upload.record.path


def _free(folder: Path, name: str) -> Path:
    target, nth = folder / name, 1
    # Most file systems of a Mac do not tell upper from lower case.
    while target.parent.is_dir() and name.lower() in {one.name.lower() for one in target.parent.iterdir()}:
        nth += 1
        target = folder / str(nth) / name
    return target


def _drop_cache(file: IO[bytes]) -> None:
    """Make the next reads come from the disk, as far as the system lets a program ask for it."""
    if sys.platform == "darwin":
        fcntl.fcntl(file, fcntl.F_NOCACHE, 1)
    else:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
