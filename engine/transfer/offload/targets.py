"""The places of a card's files at the destinations, when an earlier run has copied some of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.transfer.offload.card import CardListing
from engine.transfer.offload.journal import OffloadRecord
from engine.transfer.offload.names import FolderNames


def keep_targets(listing: CardListing, record: OffloadRecord) -> None:
    """Change the targets of a listing so that no file takes the place of a proven copy, and folders stay together.

    The names of a listing depend on all its files: a later one may come before an earlier one that has the same safe
    name, or the same on a disk that ignores case.
    """
    known = {name: proof.path for (name, _), proof in record.proofs.items()}
    if not known:
        return
    targets = _Targets(known)
    # Equal folders of the listing have equal targets, so that the empty ones can be found by them.
    folders: dict[str, str] = {}
    files = []
    for file in listing.files:
        target = targets.choose(file.name, file.target)
        if target != file.target:
            reason = file.renamed or "a file of an earlier run has the name"
            folders[file.target.rpartition("/")[0]] = target.rpartition("/")[0]
            file = replace(file, target=target, renamed="" if target == file.name else reason)
        files.append(file)
    listing.files = files
    listing.folders = [folders.get(folder, folder) for folder in listing.folders]


class _Targets:
    """Chooses paths at the destinations, a part at a time. `known` has the paths of proven copies by card names."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self._chosen: dict[str, str] = {"": ""}
        self._names: dict[str, FolderNames] = {}
        for name, path in known.items():
            parts, places = name.split("/"), path.split("/")
            for end in range(1, len(parts) + 1):
                self._chosen["/".join(parts[:end])] = "/".join(places[:end])
                self._names.setdefault("/".join(places[: end - 1]), FolderNames()).reserve(places[end - 1])

    def choose(self, name: str, wanted: str) -> str:
        """Return the path of a card's file; each part is the wanted one unless another file or folder has it."""
        on_card = target = ""
        for part, wanted_part in zip(name.split("/"), wanted.split("/"), strict=True):
            on_card = f"{on_card}/{part}" if on_card else part
            if on_card not in self._chosen:
                chosen = self._names.setdefault(target, FolderNames()).choose(wanted_part)[0]
                self._chosen[on_card] = f"{target}/{chosen}" if target else chosen
            target = self._chosen[on_card]
        return target
