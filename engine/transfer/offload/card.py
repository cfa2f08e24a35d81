"""Lists everything on a card: the files to copy, and what cannot be copied, with the reason."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import Cancelled, EngineError, RequestError, TransientError
from engine.slug import printable
from engine.transfer.mhl import MHL_FOLDER, load_own_history
from engine.transfer.offload.names import FolderNames

# Folders that the system writes at the root of a volume, and the Finder's view settings. Nobody recorded them.
_SYSTEM = frozenset(
    {
        ".documentrevisions-v100", ".ds_store", ".fseventsd", ".spotlight-v100", ".temporaryitems", ".trashes",
        "$recycle.bin", "lost+found", "system volume information",
    }
)  # fmt: skip
# A path of more folders than this is longer than cameras make, and than file systems and other tools can copy.
_DEEPEST = 100


@dataclass(frozen=True, slots=True)
class CardFile:
    """A file on a card. `name` and `target` are its POSIX paths on the card and at a destination.

    `renamed` says why they differ, or is empty.
    """

    name: str
    target: str
    size: int
    modified_ns: int
    renamed: str = ""


@dataclass(frozen=True, slots=True)
class NotCopied:
    """Something on a card that is not copied, and why. `has_bytes`: it may have content that would be lost."""

    name: str
    reason: str
    has_bytes: bool


@dataclass(slots=True)
class CardListing:
    """The content of a card. `device` is the number of its volume, `others` counts files that were not chosen."""

    root: Path
    device: int
    files: list[CardFile] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    left_out: list[NotCopied] = field(default_factory=list)
    others: int = 0

    @property
    def bytes(self) -> int:
        """The bytes of all files."""
        return sum(file.size for file in self.files)


def list_card(root: Path, cancelled: Callable[[], bool] | None = None) -> CardListing:
    """List a card or folder in the order of names. Links are not followed, and nothing is opened.

    Raises TransientError if it is not there, RequestError if it is no folder, EngineError if it cannot be read,
    Cancelled.
    """
    if not os.path.lexists(root):
        raise TransientError(
            f"The card {printable(str(root))} is not connected.",
            "Insert it, then run the same command: proven files are not read again.",
        )
    if not root.is_dir():
        raise RequestError(f"{root} is not a folder.", "Give the folder of a card or drive, such as /Volumes/CARD.")
    try:
        listing = CardListing(root, root.stat().st_dev)
        _list_folder(listing, root, "", "", cancelled)
    except OSError as error:
        raise EngineError(f"{root} cannot be read: {error.strerror}.", "Check the card and its reader.") from error
    return listing


def _list_folder(
    listing: CardListing, folder: Path, name: str, target: str, cancelled: Callable[[], bool] | None
) -> None:
    if cancelled and cancelled():
        raise Cancelled("Cancelled before anything was copied.")
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    names = FolderNames()
    for entry in entries:
        path = f"{name}{entry.name}"
        if (not name and entry.name.casefold() in _SYSTEM) or entry.name == ".DS_Store":
            listing.left_out.append(NotCopied(path, "the system's own", False))
            continue
        try:
            about = entry.stat(follow_symlinks=False)
        except OSError as error:
            listing.left_out.append(NotCopied(path, f"it cannot be read: {error.strerror}", True))
            continue
        if reason := _refusal(entry, about, listing):
            listing.left_out.append(NotCopied(path, reason, about.st_dev != listing.device))
            continue
        chosen, renamed = _target_name(names, entry, folder)
        place = f"{target}{chosen}"
        if stat.S_ISDIR(about.st_mode):
            if place.count("/") >= _DEEPEST:
                listing.left_out.append(NotCopied(path, f"it is more than {_DEEPEST} folders deep", True))
                continue
            listing.folders.append(place)
            try:
                _list_folder(listing, folder / entry.name, f"{path}/", f"{place}/", cancelled)
            except OSError as error:
                listing.left_out.append(NotCopied(path, f"the folder cannot be read: {error.strerror}", True))
        else:
            renamed = renamed or ("its folder's name is another" if name != target else "")
            listing.files.append(CardFile(path, place, about.st_size, about.st_mtime_ns, renamed))


def _refusal(entry: os.DirEntry[str], about: os.stat_result, listing: CardListing) -> str:
    """Why an entry is not copied, or ""."""
    if stat.S_ISLNK(about.st_mode):
        inside = os.path.realpath(entry.path).startswith(os.path.realpath(listing.root) + os.sep)
        return "a link to a file or folder of the card" if inside else "a link that leads out of the card"
    if about.st_dev != listing.device:
        return "it is on another volume"
    if not (stat.S_ISDIR(about.st_mode) or stat.S_ISREG(about.st_mode)):
        return "a pipe, socket or device, not a file"
    return ""


def _target_name(names: FolderNames, entry: os.DirEntry[str], folder: Path) -> tuple[str, str]:
    """A damaged history gets another name: the new seal could not be added to it."""
    if entry.name == MHL_FOLDER and (not entry.is_dir(follow_symlinks=False) or load_own_history(folder).damage):
        return names.choose(f"{MHL_FOLDER} (damaged)")[0], "the history in it is damaged"
    return names.choose(entry.name)
