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


def find_places(studio: Path, project: Project, source: Path, also: Sequence[Path]) -> dict[str, Path]:
    """Return the parent folders of the copies, by their names in the journal. Raises RequestError for unusable ones."""
    originals = Path(project.folder) / "originals"
    places = {originals.as_posix(): studio / originals}
    for folder in also:
        folder = Path(os.path.abspath(folder))
        if not folder.is_dir():
            raise RequestError(
                f"The destination {folder} does not exist.", "Connect the disk, or create the folder, and try again."
            )
        places[str(folder)] = folder
    real = os.path.realpath(source)
    seen: dict[str, Path] = {}
    for place in places.values():
        there = os.path.realpath(place)
        if f"{there}/".startswith(f"{real}/"):
            raise RequestError(f"{place} is on the card itself.", "Choose a folder on another disk.")
        if f"{real}/".startswith(f"{there}/") and place == studio / originals:
            raise RequestError(f"{source} is already in the project.", "Give the folder of a card or drive.")
        if there in seen:
            raise RequestError(f"{place} is named twice.", "Choose a folder on another disk.")
        seen[there] = place
    return places


def journal_for(studio: Path, project: Project, listing: CardListing, places: Mapping[str, Path]) -> OffloadJournal:
    """Return the journal of an earlier offload of this card, or a new one.

    It is the same card if it still has at least half of the files that were proven, and none with another size or time:
    a formatted card has new files, maybe under the same names.
    """
    listed = {file.name: (file.size, file.modified_ns) for file in listing.files}
    label = card_label(listing.root)
    for record in journals(studio / project.folder):
        if label != record.label and str(listing.root) != record.source:
            continue
        proven = {name: (proof.size, proof.modified_ns) for (name, _), proof in record.proofs.items()}
        same = [name for name, stamp in proven.items() if listed.get(name) == stamp]
        other = [name for name, stamp in proven.items() if name in listed and listed[name] != stamp]
        if (same and 2 * len(same) >= len(proven) and not other) or (not proven and record.finished_at is None):
            return OffloadJournal(record.path)
    day, nth = f"{datetime.now().astimezone():%Y-%m-%d}", 1
    while any(_exists(place, f"{day}-{nth:02d}") for place in places.values()):
        nth += 1
    return OffloadJournal(studio / project.folder / JOURNALS / f"{day}-{nth:02d}-{label}.jsonl")


def _exists(place: Path, prefix: str) -> bool:
    return any(name == prefix or name.startswith((f"{prefix}-", f".{prefix}-")) for name in os.listdir(place))


def card_label(root: Path) -> str:
    """Return the name of a card for folders: that of its folder."""
    return FolderNames().choose(root.name.lstrip(".").replace("/", "-")[:100] or "card")[0]
