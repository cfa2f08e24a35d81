"""From a whole upload to a file with its name, which the importer can read."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from engine.atomic_files import flush, make_folder
from engine.errors import Cancelled
from engine.phone.record import SentDigest, Upload, UploadState
from engine.phone.store import UploadStore

_BLOCK = 4 << 20


def verify_digest(path: Path, sent: SentDigest, cancelled: Callable[[], bool] | None = None) -> str:
    """Read a file from the disk, and return its digest in hex, computed as the sender's was. Raises Cancelled."""
    _drop_cache(path)
    whole = hashlib.sha256() if sent.algorithm == "sha256-slices" else hashlib.new(sent.algorithm)
    with path.open("rb") as file:
        while True:
            if cancelled and cancelled():
                raise Cancelled("Stopped.", "The upload is kept.")
            if sent.algorithm == "sha256-slices":
                block = hashlib.sha256()
                left = sent.slice_bytes
                while left and (part := file.read(min(left, _BLOCK))):
                    block.update(part)
                    left -= len(part)
                if left == sent.slice_bytes:
                    break
                whole.update(block.digest())
            else:
                content = file.read(_BLOCK)
                if not content:
                    break
                whole.update(content)
    return whole.hexdigest()


def place_arrivals(store: UploadStore, uploads: Iterable[Upload], folder: Path) -> list[Path]:
    """Move whole uploads into a new folder under their own names, and return the paths.

    The parts of one recording then lie side by side. A name that is taken gets a folder of its own. If the process is
    killed between the two steps of a move, the next call with `placed` uploads repeats it.
    """
    placed = []
    for upload in uploads:
        if upload.record.path is None:
            target = _free(folder, upload.record.name)
            store.update(upload, path=target.relative_to(folder.parent).as_posix(), state=UploadState.PLACED)
        assert upload.record.path is not None
        target = folder.parent / upload.record.path
        if upload.data.exists():
            make_folder(target.parent)
            os.rename(upload.data, target)
            flush(target.parent)
        placed.append(target)
    return placed


def _free(folder: Path, name: str) -> Path:
    target, nth = folder / name, 1
    # Most file systems of a Mac do not tell upper from lower case.
    while any(target.parent.glob("*")) and name.lower() in {one.name.lower() for one in target.parent.iterdir()}:
        nth += 1
        target = folder / str(nth) / name
    return target


def _drop_cache(path: Path) -> None:
    """Make the next read come from the disk, where the system lets a program ask for it."""
    if hasattr(os, "posix_fadvise"):
        with path.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
