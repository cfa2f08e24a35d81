"""Takes back proofs of copies that a verification found changed or missing, and restores these from other copies."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from engine.atomic_files import make_folder
from engine.catalog import Project
from engine.ingest import copy_verified
from engine.transfer.mhl import WRITTEN_FORMAT, hash_file
from engine.transfer.offload.journal import JOURNALS, OffloadJournal, Proof
from engine.transfer.verification import LOST, FileVerification


def revoke_proofs(studio: Path, project: Project, verdicts: Iterable[FileVerification]) -> dict[Path, Path]:
    """Record lost copies in the journals of their offloads. Return, by lost path, a copy elsewhere that is intact.

    The other copies are read. Raises EngineError if a journal cannot be written.
    """
    lost = {one.path: one for one in verdicts if one.verdict in LOST}
    found: dict[Path, Path] = {}
    for journal, copy, proof in _offloaded(studio, project, lost):
        if (proof.name, proof.destination) not in journal.record.lost:
            journal.lose(proof.name, proof.destination, f"its copy in {copy.parent} is {lost[copy].verdict}")
        others = (
            _place(studio, journal, other)
            for (name, key), other in journal.record.proofs.items()
            if name == proof.name and key != proof.destination
        )
        intact = next((path for path in others if path not in lost and _is_intact(path, proof)), None)
        if intact is not None:
            found.setdefault(copy, intact)
    return found


def restore_copies(studio: Path, project: Project, copies: dict[Path, Path]) -> list[Path]:
    """Copy intact copies over lost ones, by the result of `revoke_proofs`, and prove them again. Return their paths.

    A changed copy is moved to `damaged/` of the project before. Raises EngineError if a disk cannot be written.
    """
    restored: dict[Path, None] = {}
    for journal, copy, proof in _offloaded(studio, project, copies):
        if copy not in restored:
            if copy.exists():
                aside = studio / project.folder / "damaged" / f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
                make_folder(aside)
                shutil.move(copy, aside / copy.name)
            copy_verified(copies[copy], copy)
            restored[copy] = None
        journal.prove([replace(proof, at=datetime.now(UTC), same_as=None)])
    return list(restored)


def _offloaded(studio: Path, project: Project, paths: Iterable[Path]) -> Iterator[tuple[OffloadJournal, Path, Proof]]:
    """Yield the proofs of these paths, with their journals."""
    wanted = set(paths)
    if not wanted:
        return
    for path in sorted((studio / project.folder / JOURNALS).glob("*.jsonl")):
        journal = OffloadJournal(path)
        for proof in list(journal.record.proofs.values()):
            copy = _place(studio, journal, proof)
            if copy in wanted:
                yield journal, copy, proof


def _place(studio: Path, journal: OffloadJournal, proof: Proof) -> Path:
    return studio / proof.destination / journal.record.folder / proof.path


def _is_intact(path: Path, proof: Proof) -> bool:
    try:
        same_size = path.stat().st_size == proof.size
        return same_size and hash_file(path, (WRITTEN_FORMAT,))[WRITTEN_FORMAT] == proof.hashes[WRITTEN_FORMAT]
    except OSError:
        return False
