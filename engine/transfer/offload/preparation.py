"""What is at the destinations before a run: files with known bytes, and free space."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from engine.catalog import Project, Take
from engine.errors import EngineError
from engine.transfer.mhl import WRITTEN_FORMAT
from engine.transfer.offload.batch import Destination
from engine.transfer.offload.card import CardFile
from engine.transfer.offload.journal import journals
from engine.transfer.offload.status import still_there
from engine.transfer.seal import seal_space
from engine.units import format_bytes


def remember_known(destinations: Sequence[Destination], takes: Sequence[Take], studio: Path, project: Project) -> None:
    """Collect the project's proven files at each destination, so that equal ones become links to them.

    The takes of earlier ingests are known at the first destination, the project's own.
    """
    own = destinations[0]
    for take in takes:
        path = studio / take.path
        inside = path.is_relative_to(own.root.parent)
        if inside and not take.in_place and path.is_file() and path.stat().st_size == take.size:
            own.add_known(take.size, take.digest, path)
    for record in journals(studio / project.folder):
        for (name, key), proof in record.proofs.items():
            for destination in destinations:
                root = destination.root.parent / record.folder
                if key == destination.key and (name, key) not in record.lost and still_there(proof, root):
                    destination.add_known(proof.size, proof.hashes[WRITTEN_FORMAT], root / proof.path)


def require_room(destination: Destination, files: Sequence[CardFile]) -> None:
    """Raise EngineError, before anything is copied, if a destination has no room for files and their seal."""
    new = [file for file in files if not destination.may_know(file)]
    needed = sum(file.size for file in new) + seal_space(len(new))
    free = shutil.disk_usage(destination.root.parent).free
    if new and free < needed:
        raise EngineError(
            f"The disk is full: the card needs {format_bytes(needed)}, and {destination.root.parent} has "
            f"{format_bytes(free)}.",
            "Free some space on it, then offload again: proven copies are kept.",
        )
