"""Whether the files and the numbered frames of a delivery are still as its receipt says."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from engine.deliver.ownership import FRAMES_SUFFIX
from engine.deliver.receipt import Deliverable
from engine.errors import Cancelled, EngineError
from engine.file_digest import sha256_of
from engine.picture import FrameEntry, SequenceRecord


def sequence_digest(entries: Sequence[FrameEntry]) -> str:
    """The digest of all frames, as in `FrameSequence`."""
    lines = "".join(f"{entry.sha256}  {entry.frame}\n" for entry in entries)
    return hashlib.sha256(lines.encode()).hexdigest()


def file_is_whole(path: Path, size: int | None, sha256: str | None, made_at: datetime) -> bool:
    """Whether a file of a delivery is there with its size and, if it was written after `made_at`, with its digest."""
    try:
        about = path.stat()
        written_later = about.st_mtime > made_at.timestamp()
        return about.st_size == size and (not written_later or sha256_of(path) == sha256)
    except OSError:
        return False


def frames_are_whole(folder: Path, delivered: Deliverable) -> bool:
    """Whether every frame is there (`file_is_whole`); true without frames."""
    if delivered.sequence is None:
        return True
    place = folder / delivered.sequence.folder
    try:
        entries = _listed(folder, delivered)
        return len(entries) == delivered.sequence.frames and all(
            file_is_whole(place / entry.frame, entry.bytes, entry.sha256, delivered.made_at) for entry in entries
        )
    except (EngineError, OSError):
        return False


def check_sequence(
    folder: Path,
    delivered: Deliverable,
    progress: Callable[[int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> str | None:
    """Reads every frame again. Returns a sentence about the first one that is not as the receipt says; None if all are.

    `progress` is called with the bytes read. Raises EngineError if the list of the frames cannot be read, Cancelled.
    """
    sequence = delivered.sequence
    assert sequence
    entries = _listed(folder, delivered)
    if sequence_digest(entries) != sequence.digest:
        return "The list of the frames is not the one of the receipt."
    for entry in entries:
        if cancelled and cancelled():
            raise Cancelled("Stopped.", "Run it again.")
        path = folder / sequence.folder / entry.frame
        if not path.is_file():
            return f"{entry.frame} is missing."
        if sha256_of(path, progress) != entry.sha256:
            return f"{entry.frame} has changed since it was delivered."
    return None


def _listed(folder: Path, delivered: Deliverable) -> tuple[FrameEntry, ...]:
    listing = next((file.path for file in delivered.files if file.path.endswith(FRAMES_SUFFIX)), "")
    if not listing or not (folder / listing).is_file():
        return ()
    return SequenceRecord(folder / listing).entries
