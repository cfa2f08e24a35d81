"""Lists a folder for a person who looks for footage, and counts the footage below it."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.errors import EngineError, RequestError
from engine.ingest.discovery import is_media_name, skip_reason
from engine.picture import is_pattern, sequence_files, sequence_patterns

EntryKind = Literal["folder", "media", "sequence", "other"]
_NUMBERS = re.compile(r"(\d+)")
_FRAME = re.compile(r"^(?P<stem>.*?)\d+\.exr$", re.IGNORECASE)
_ORDER = {"folder": 0, "media": 1, "sequence": 1, "other": 2}
# Counting a folder ends after this many entries: a home folder may have millions.
_MOST_ENTRIES = 100_000


@dataclass(frozen=True, slots=True)
class FolderEntry:
    """An entry of a folder. `size` in bytes and `modified` in seconds since 1970 are of a file or a sequence.

    `note` says why a file is not footage.
    """

    path: Path
    kind: EntryKind
    size: int = 0
    modified: float = 0.0
    note: str = ""


@dataclass(frozen=True, slots=True)
class MediaCount:
    """The media files below a folder and their bytes; a sequence counts as one. `complete`: all was counted."""

    files: int = 0
    bytes: int = 0
    complete: bool = True

    def plus(self, other: MediaCount) -> MediaCount:
        """Return the sum of two counts."""
        return MediaCount(self.files + other.files, self.bytes + other.bytes, self.complete and other.complete)


def list_folder(folder: Path) -> list[FolderEntry]:
    """Return a folder's entries: folders, footage, then other files, each by name. Hidden ones are left out.

    Raises EngineError if the folder cannot be read.
    """
    try:
        with os.scandir(folder) as scanned:
            entries = [entry for entry in scanned if not entry.name.startswith(".")]
    except OSError as error:
        raise _unreadable(folder, error) from error
    patterns = sequence_patterns(folder) if any(_FRAME.match(entry.name) for entry in entries) else []
    framed = {frame.name for pattern in patterns for frame in sequence_files(pattern)}
    found = [_entry(folder, entry) for entry in entries if entry.name not in framed]
    found += [_sequence(pattern) for pattern in patterns]
    return sorted(found, key=lambda entry: (_ORDER[entry.kind], _natural(entry.path.name)))


def read_entry(path: Path) -> FolderEntry | None:
    """Return a file, folder or sequence as its folder lists it; None if it does not exist."""
    try:
        return _sequence(path) if is_pattern(path) else _described(path, path.is_dir(), path.stat())
    except (OSError, EngineError):
        return None


def count_media(folder: Path, cancelled: Callable[[], bool] = lambda: False) -> MediaCount:
    """Count the media files below a folder, as an ingest finds them. Cancelled, or unreadable in part: incomplete."""
    files = size = visited = 0
    complete = True
    waiting = [folder]
    while waiting:
        stems: set[str] = set()
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    visited += 1
                    if visited > _MOST_ENTRIES or cancelled():
                        return MediaCount(files, size, False)
                    if entry.name.startswith(".") or entry.name == "ascmhl":
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(Path(entry.path))
                    elif frame := _FRAME.match(entry.name):
                        stems.add(frame["stem"])
                        size += entry.stat().st_size
                    elif is_media_name(entry.name) and entry.is_file():
                        files += 1
                        size += entry.stat().st_size
        except OSError:
            complete = False
        files += len(stems)
    return MediaCount(files, size, complete)


def _entry(folder: Path, entry: os.DirEntry[str]) -> FolderEntry:
    path = folder / entry.name
    try:
        return _described(path, entry.is_dir(), entry.stat())
    except OSError as error:
        return FolderEntry(path, "other", note=error.strerror or "unreadable")


def _described(path: Path, is_folder: bool, about: os.stat_result) -> FolderEntry:
    if is_folder:
        return FolderEntry(path, "folder", modified=about.st_mtime)
    if is_media_name(path.name) and stat.S_ISREG(about.st_mode):
        return FolderEntry(path, "media", about.st_size, about.st_mtime)
    return FolderEntry(path, "other", about.st_size, about.st_mtime, skip_reason(path))


def _sequence(pattern: Path) -> FolderEntry:
    files = sequence_files(pattern)
    about = [file.stat() for file in files]
    size, modified = sum(one.st_size for one in about), max(one.st_mtime for one in about)
    return FolderEntry(pattern, "sequence", size, modified, f"{len(files)} frames")


def _natural(name: str) -> list[tuple[int, str]]:
    """Return a sort key that orders numbers in names by value: IMG_2 before IMG_10."""
    return [(int(part), "") if part.isdecimal() else (0, part.casefold()) for part in _NUMBERS.split(name)]


def _unreadable(folder: Path, error: OSError) -> EngineError:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return RequestError(f"There is no folder {folder}.", "Check the name, or mount the card.")
    if isinstance(error, PermissionError):
        return RequestError(
            f"Permission denied: {folder}.",
            "Allow reading it. On a Mac: System Settings, Privacy & Security, Files and Folders, your terminal.",
        )
    return EngineError(f"The folder {folder} cannot be read: {error.strerror}.", "Check the disk it is on.")
