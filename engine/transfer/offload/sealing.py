"""Seals the proven copies of a card at one destination."""

from __future__ import annotations

from pathlib import Path

from engine.transfer.mhl import FORMATS, WRITTEN_FORMAT, SealedFile, load_history
from engine.transfer.mhl.history import is_ignored
from engine.transfer.offload.batch import Destination
from engine.transfer.offload.card import CardListing
from engine.transfer.offload.journal import OffloadRecord, Proof
from engine.transfer.offload.status import still_there
from engine.transfer.seal import seal_files


def seal_copies(record: OffloadRecord, destination: Destination, listing: CardListing, aside: Path) -> list[Path]:
    """Add a generation with all proven copies at a destination. Return its manifest, or nothing if none is needed.

    Copies of files that are no longer on the card are sealed, too. Folders get hashes only if no file of the card is
    missing. Raises EngineError if the disk cannot be written.
    """
    proofs = [one for one in record.proofs.values() if _is_sealed(record, one, destination)]
    if not proofs or _are_listed(proofs, destination.root):
        return []
    files = {
        one.path: SealedFile({name: value for name, value in one.hashes.items() if name in FORMATS}, one.at)
        for one in proofs
    }
    copied = {one.name for one in proofs}
    whole = all(is_ignored(file.target) or file.name in copied for file in listing.files)
    return [seal_files(destination.root, files, aside, refuse_changed=False, whole=whole)]


def _is_sealed(record: OffloadRecord, proof: Proof, destination: Destination) -> bool:
    return (
        proof.destination == destination.key
        and not is_ignored(proof.path)
        and (proof.name, proof.destination) not in record.lost
        and bool(still_there(proof, destination.root))
    )


def _are_listed(proofs: list[Proof], root: Path) -> bool:
    """Whether a whole seal lists exactly these digests already, as after a run that was killed at its end."""
    history = load_history(root)
    if not history.exists or any(one.damage for one in history.walk()):
        return False
    listed = history.files()
    return all(
        one.path in listed and listed[one.path].hashes.get(WRITTEN_FORMAT) == one.hashes[WRITTEN_FORMAT]
        for one in proofs
    )
