"""Finds footage among files and folders."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import Cancelled, EngineError, RequestError
from engine.ingest.companions import PHOTOS, SIDECARS, clip_key, companions_of, name_key
from engine.ingest.not_footage import is_dataless, is_in_icloud, not_downloaded, placeholder_of
from engine.ingest.observation import OBSERVATIONS, is_observation_name
from engine.picture import is_pattern, sequence_files, sequence_patterns, sequence_stem

MEDIA_KINDS = frozenset(
    [
        ".mov",
        ".mp4",
        ".m4v",
        ".qt",
        ".mkv",
        ".mxf",
        ".avi",
        ".mts",
        ".wav",
        ".m4a",
        ".aif",
        ".aiff",
        ".caf",
        ".flac",
        ".mp3",
        *OBSERVATIONS,
    ]
)
"""The suffixes of recordings. `is_media_name` also accepts compressed observations, such as `m51.fits.gz`."""
_FRAME = re.compile(r"^(?P<stem>.*?)(?P<number>\d+)\.exr$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SourceItem:
    """One recording to import. `relative` is its target path below the ingest batch's folder."""

    path: Path
    relative: Path
    sidecars: tuple[Path, ...] = ()


@dataclass(slots=True)
class Discovery:
    """Result of a search: recordings, paths that could not be read with their errors, and skipped files."""

    arrivals: list[SourceItem] = field(default_factory=list)
    problems: list[tuple[Path, EngineError]] = field(default_factory=list)
    skipped: list[Path] = field(default_factory=list)
    _paths: set[Path] = field(default_factory=set)

    def add(self, item: SourceItem) -> None:
        """Adds a recording."""
        self._paths.add(item.path)
        self.arrivals.append(item)

    def has(self, path: Path) -> bool:
        """Returns whether the recording at this path was found already."""
        return path in self._paths


def is_media_name(name: str) -> bool:
    """Return whether a file name is that of a recording: by its suffix, or as a compressed observation."""
    return os.path.splitext(name)[1].lower() in MEDIA_KINDS or is_observation_name(name)


def is_sequence(path: Path) -> bool:
    """Return whether a path is one sequence: a pattern, or a folder that contains only numbered EXR frames.

    Files with a leading dot are ignored.
    """
    if is_pattern(path):
        return True
    try:
        names = [name for name in os.listdir(path) if not name.startswith(".")] if path.is_dir() else []
    except OSError:
        return False
    stems = {found["stem"] if (found := _FRAME.match(name)) else None for name in names}
    return len(stems) == 1 and None not in stems


def find_footage(paths: Iterable[Path], cancelled: Callable[[], bool] | None = None) -> Discovery:
    """Search files and folders (recursively, in name order) for recordings and their sidecars.

    A file given directly is a recording whatever its suffix. In folders, non-media files and symbolic links to
    folders are skipped and listed. Unreadable paths are listed as problems. Raises only Cancelled.
    """
    found = Discovery()
    taken: set[str] = set()
    for path in paths:
        path = Path(os.path.abspath(path))
        if is_in_icloud(path):
            found.problems.append((path, not_downloaded(path.name)))
        elif not path.exists() and not is_pattern(path):
            missing = RequestError(f"File or folder {path} not found.", "Check the name; quote it if it has spaces.")
            found.problems.append((path, missing))
        elif is_sequence(path) or path.is_file():
            _add(found, taken, path, Path(path.name), _sidecars(path))
        else:
            _walk(found, taken, path, path, cancelled)
    return found


def _walk(found: Discovery, taken: set[str], root: Path, folder: Path, cancelled: Callable[[], bool] | None) -> None:
    if cancelled and cancelled():
        raise Cancelled("Cancelled before anything was copied.")
    try:
        entries = sorted(folder.iterdir(), key=lambda entry: entry.name)
    except OSError as error:
        found.problems.append((folder, _unreadable(folder, error)))
        return
    media = [e for e in entries if is_media_name(e.name) and e.is_file() and not e.name.startswith(".")]
    sidecars = _sidecars_by_clip(media, entries)
    claimed = {sidecar for found_beside in sidecars.values() for sidecar in found_beside}
    sequences = sequence_patterns(folder)
    framed = {frame for pattern in sequences for frame in sequence_files(pattern)}
    for pattern in sequences:
        _add_sequence(found, taken, pattern, folder.relative_to(root))
    for entry in entries:
        if entry in framed:
            continue
        missing = placeholder_of(entry)
        if missing and is_media_name(missing):
            found.problems.append((entry.with_name(missing), not_downloaded(missing)))
        if entry.name.startswith(".") or entry.name == "ascmhl" or entry in claimed:
            continue
        relative = entry.relative_to(root)
        if _unspeakable(entry):
            found.problems.append((entry, _misnamed(entry)))
            continue
        if entry in sidecars or is_sequence(entry):
            _add(found, taken, entry, relative, sidecars.get(entry, ()))
        elif entry.is_dir() and not entry.is_symlink():
            _walk(found, taken, root, entry, cancelled)
        else:
            found.skipped.append(entry)


def _add(found: Discovery, taken: set[str], path: Path, relative: Path, sidecars: tuple[Path, ...]) -> None:
    if path.is_file() and is_dataless(path.stat()):
        found.problems.append((path, not_downloaded(path.name)))
        return
    if found.has(path):
        return
    attempt, wanted = 2, relative
    while name_key(str(wanted)) in taken:
        wanted = Path(str(attempt)) / relative
        attempt += 1
    taken.add(name_key(str(wanted)))
    found.add(SourceItem(path, wanted, sidecars))


def _add_sequence(found: Discovery, taken: set[str], pattern: Path, within: Path) -> None:
    """Add a sequence. Frames that share a folder with other files or sequences get their own target folder."""
    relative = within / (sequence_stem(pattern) if is_pattern(pattern) else pattern.name)
    wanted, attempt = relative, 2
    while name_key(str(wanted)) in taken or (pattern.parent / relative).is_dir():
        relative = relative.with_name(f"{relative.name} {attempt}")
        wanted, attempt = relative, attempt + 1
    taken.add(name_key(str(wanted)))
    found.add(SourceItem(pattern, wanted))


def _sidecars(path: Path) -> tuple[Path, ...]:
    if path.is_dir():
        return ()
    try:
        return companions_of(path, sorted(path.parent.iterdir()))
    except OSError:
        return ()


def _sidecars_by_clip(media: list[Path], entries: list[Path]) -> dict[Path, tuple[Path, ...]]:
    """Return the companion files of each clip in a folder."""
    others = [entry for entry in entries if not is_media_name(entry.name)]
    by_name: dict[str, list[Path]] = {}
    for other in others:
        by_name.setdefault(name_key(other.stem), []).append(other)
    return {clip: companions_of(clip, by_name.get(clip_key(clip), ())) for clip in media}


def _unreadable(folder: Path, error: OSError) -> EngineError:
    if isinstance(error, PermissionError):
        return RequestError(f"Permission denied: {folder}.", f"Allow reading it: chmod u+rx '{folder}'")
    return EngineError(f"The folder {folder} cannot be read: {error.strerror}.", "Check the disk it is on.")


def _unspeakable(path: Path) -> bool:
    """Return whether a name contains undecodable bytes, which the catalog cannot store."""
    return any(0xD800 <= ord(letter) <= 0xDFFF for letter in path.name)


def _misnamed(path: Path) -> EngineError:
    name = path.name.encode("utf-8", "backslashreplace").decode()
    return RequestError(f"The file name {name} is not valid UTF-8.", "Rename a copy of it, then ingest the copy.")


def skip_reason(path: Path) -> str:
    """Return why a file in a folder is not footage, by its name: “photo”, “sidecar without its clip”, “not media” …"""
    suffix = path.suffix.lower()
    if path.is_symlink() and path.is_dir():
        return "link to a folder"
    if is_media_name(path.name):
        return "not a file"
    if suffix in PHOTOS:
        return "photo"
    return "sidecar without its clip" if suffix in SIDECARS - {".txt", ".json"} else "not media"
