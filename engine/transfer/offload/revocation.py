"""Takes back the proofs of files that a later verification found changed or missing, and finds their other copies."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from engine.catalog import Project
from engine.transfer.mhl import WRITTEN_FORMAT, hash_file
from engine.transfer.offload.journal import JOURNALS, Journal
from engine.transfer.verification import LOST, FileVerification


def revoke_proofs(studio: Path, project: Project, verdicts: Iterable[FileVerification]) -> dict[Path, Path]:
    """Record lost copies in the journals of their offloads. Return, by lost path, a copy elsewhere that is intact.

    The other copies are read. Raises EngineError if a journal cannot be written.
    """
    lost = {one.path: one for one in verdicts if one.verdict in LOST}
    found: dict[Path, Path] = {}
    if not lost:
        return found
    for path in sorted((studio / project.folder / JOURNALS).glob("*.jsonl")):
        journal = Journal(path)
        record = journal.record
        for (name, key), proof in list(record.proofs.items()):
            copy = studio / key / record.folder / proof.path
            if copy not in lost:
                continue
            if (name, key) not in record.lost:
                journal.lose(name, key, f"its copy in {copy.parent} is {lost[copy].verdict}")
            for (other_name, other_key), other in record.proofs.items():
                candidate = studio / other_key / record.folder / other.path
                if (
                    (other_name, copy in found) == (name, False)
                    and other_key != key
                    and candidate not in lost
                    and _is_intact(candidate, other.size, other.hashes[WRITTEN_FORMAT])
                ):
                    found[copy] = candidate
    return found


def _is_intact(path: Path, size: int, digest: str) -> bool:
    try:
        return path.stat().st_size == size and hash_file(path, (WRITTEN_FORMAT,))[WRITTEN_FORMAT] == digest
    except OSError:
        return False
