"""Chooses where a card is copied to, and the journal that a new run continues."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from engine.catalog import Project
from engine.errors import RequestError
from engine.transfer.offload.card import CardListing
from engine.transfer.offload.journal import JOURNALS, OffloadJournal, journals
from engine.transfer.offload.names import FolderNames


def find_places(studio: Path, project: Project, source: Path | None, also: Sequence[Path]) -> dict[str, Path]:
    """Return the parent folders of the copies, by their names in the journal. Raises RequestError for unusable ones."""
    refuse_places(studio, source, also)
    originals = Path(project.folder) / "originals"
    places = {originals.as_posix(): studio / originals}
    for folder in also:
        folder = Path(os.path.abspath(folder))
        if not folder.is_dir():
            raise RequestError(
                f"The destination {folder} does not exist.", "Connect the disk, or create the folder, and try again."
            )
        places[str(folder)] = folder
    seen: list[tuple[int, int]] = []
    for place in places.values():
        if source and _identity(source) in _identities(place):
            raise RequestError(f"{place} is on the card itself.", "Choose a folder on another disk.")
        if _identity(place) in seen:
            raise RequestError(f"{place} is named twice.", "Choose a folder on another disk.")
        if identity := _identity(place):
            seen.append(identity)
    return places


def refuse_places(studio: Path, source: Path | None, also: Sequence[Path]) -> None:
    """Raise RequestError for a card or destination in the studio, and for a destination on the card.

    The destinations need not exist: nothing may be created on a card.
    """
    for folder in (source, *also) if source else also:
        if _identity(studio) in _identities(folder):
            raise RequestError(
                f"{folder} is in the studio {studio}.", "Choose the folder of a card or drive outside the studio."
            )
    card = _identity(source) if source else None
    for folder in also if card else ():
        if card in _identities(folder):
            raise RequestError(f"{folder} is on the card itself.", "Choose a folder on another disk.")


def _identity(folder: Path) -> tuple[int, int] | None:
    """The volume and number of a folder, None if it is not there. Paths may name one folder in several ways.

    A Mac's disk ignores case, and a volume may be mounted twice.
    """
    try:
        about = folder.stat()
    except OSError:
        return None
    return about.st_dev, about.st_ino


def _identities(folder: Path) -> list[tuple[int, int]]:
    """The identities of a folder and of those that contain it."""
    real = Path(os.path.realpath(folder))
    return [identity for one in (real, *real.parents) if (identity := _identity(one))]


def journal_for(studio: Path, project: Project, listing: CardListing, places: Mapping[str, Path]) -> OffloadJournal:
    """Return the journal of an earlier offload of this card, or a new one.

    It is the same card if it still has at least half of the files that were proven, and none with another size or time:
    a formatted card has new files, maybe under the same names.
    """
    listed = {file.name: (file.size, file.modified_ns) for file in listing.files}
    label = card_label(listing.root.name)
    for record in journals(studio / project.folder):
        # The card may be named by a link.
        if label != record.label and os.path.realpath(listing.root) != os.path.realpath(record.source):
            continue
        proven = {name: (proof.size, proof.modified_ns) for (name, _), proof in record.proofs.items()}
        same = [name for name, stamp in proven.items() if listed.get(name) == stamp]
        other = [name for name, stamp in proven.items() if name in listed and listed[name] != stamp]
        if (same and 2 * len(same) >= len(proven) and not other) or (not proven and record.finished_at is None):
            return OffloadJournal(record.path)
    return new_journal(studio, project, label, places)


def new_journal(studio: Path, project: Project, label: str, places: Mapping[str, Path]) -> OffloadJournal:
    """Return the journal of the first offload of a card. Creates the card's folder at each place."""
    day, nth = f"{datetime.now().astimezone():%Y-%m-%d}", 1
    while not _claim(places, f"{day}-{nth:02d}", label):
        nth += 1
    return OffloadJournal(studio / project.folder / JOURNALS / f"{day}-{nth:02d}-{label}.jsonl")


def _claim(places: Mapping[str, Path], prefix: str, label: str) -> bool:
    """Create the card's folder at each place, unless one has the number: another project may offload at this moment."""
    if any(_exists(place, prefix) for place in places.values()):
        return False
    created: list[Path] = []
    for place in places.values():
        folder = place / f"{prefix}-{label}"
        try:
            folder.mkdir()
        except FileExistsError:
            for one in created:
                one.rmdir()
            return False
        except OSError:
            # The run names what is wrong with this destination.
            continue
        created.append(folder)
    return True


def _exists(place: Path, prefix: str) -> bool:
    try:
        names = os.listdir(place)
    except OSError:
        return False
    return any(name == prefix or name.startswith((f"{prefix}-", f".{prefix}-")) for name in names)


def card_label(name: str) -> str:
    """Return the name of a card or device for folders."""
    return FolderNames().choose(name.lstrip(".").replace("/", "-")[:100] or "card")[0]
