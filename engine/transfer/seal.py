"""Seals folders of footage with an ASC Media Hash List (ASC MHL 2.0), so that any tool can verify them later."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from engine.atomic_files import is_disk_full, make_folder
from engine.errors import EngineError
from engine.transfer.mhl import (
    MHL_FOLDER,
    UNFINISHED_FOLDER,
    WRITTEN_FORMAT,
    MhlHistory,
    SealedFile,
    load_history,
    load_own_history,
    write_generation,
)
from engine.transfer.mhl.formats import same_digest
from engine.transfer.recording import join_digests, recording_files

SEAL_FOLDER = MHL_FOLDER


def seal(folder: Path, digests: Mapping[Path, str], aside: Path) -> Path:
    """Add a generation to `folder`'s MHL history: each file (relative path) with its XXH128. Return the manifest.

    The digests are those of the verified copies; files are not read again. The generation is written atomically. A
    history that a crash or a full disk left incomplete is moved below `aside`, and a new one is started. Raises
    EngineError if the disk cannot be written, or a file's digest differs from an earlier generation's.
    """
    now = datetime.now(UTC)
    files = {path.as_posix(): SealedFile({WRITTEN_FORMAT: digest}, now) for path, digest in digests.items()}
    return seal_files(folder, files, aside, refuse_changed=True)


def seal_files(
    folder: Path, files: Mapping[str, SealedFile], aside: Path, *, refuse_changed: bool, whole: bool = True
) -> Path:
    """Add a generation with `files`, by POSIX path, as `seal`. Unless `refuse_changed`, changed files are listed so.

    `whole`: the files are all of the folder's, so that the folders get hashes too.
    """
    try:
        history = _usable_history(folder, aside)
        if refuse_changed:
            _refuse_changed(history, files)
        return write_generation(history, files, whole=whole)[0]
    except OSError as error:
        if is_disk_full(error):
            raise EngineError(
                f"The disk is full: the seal of {folder.name} could not be written.",
                "Free some space on the disk, then ingest again: the copies are kept, and then sealed.",
            ) from error
        raise EngineError(
            f"The seal of {folder.name} could not be written: {error.strerror or error}.",
            "Check the disk, then ingest again: the copies are kept, and then sealed.",
        ) from error


def seal_space(files: int) -> int:
    """Return the most bytes that the seal and the catalog entries of this many files take."""
    return (1 << 20) + files * 2048


def _refuse_changed(history: MhlHistory, files: Mapping[str, SealedFile]) -> None:
    known = history.files()
    for path, file in sorted(files.items()):
        before = known[path].hashes if path in known else {}
        if any(name in before and not same_digest(name, before[name], value) for name, value in file.hashes.items()):
            raise EngineError(
                f"{path} has changed since it was sealed.",
                f"Compare it with the camera's file. cwtui verify lists what the seal in {history.folder} expects.",
            )


def _usable_history(folder: Path, aside: Path) -> MhlHistory:
    """Load a history. What an unfinished commit left is moved away: manifests not in the chain, damaged histories."""
    remove_unfinished_seal(folder)
    history = load_history(folder)
    if not any(one.damage for one in history.walk()):
        return history
    for one in history.walk():
        if one.damage:
            linked = {link.name for link in one.chain}
            for stray in sorted(path for path in (one.folder / SEAL_FOLDER).glob("*.mhl") if path.name not in linked):
                if linked:
                    _move_aside(stray, one.folder, aside)
    history = load_history(folder)
    for one in history.walk():
        if one.damage:
            _move_aside(one.folder / SEAL_FOLDER, one.folder, aside)
    return load_history(folder)


def remove_unfinished_seal(folder: Path) -> None:
    """Remove what a killed process had written of a generation that is not in the history."""
    shutil.rmtree(folder / UNFINISHED_FOLDER, ignore_errors=True)


def _move_aside(path: Path, folder: Path, aside: Path) -> None:
    make_folder(aside)
    number = sum(1 for _ in aside.iterdir()) + 1
    shutil.move(path, aside / f"{folder.name}-{number}-{path.name}")


def is_sealed(folder: Path) -> bool:
    """Return whether a folder, or one in it, has a history. Nothing is read."""
    return any(SEAL_FOLDER in folders for _, folders, _ in os.walk(folder))


def sealed_digests(folder: Path) -> dict[Path, str]:
    """Return the first recorded XXH128 of each sealed file, by relative path. Raises EngineError for a damaged seal."""
    history = load_history(folder)
    damaged = next((one for one in history.walk() if one.damage), None)
    if damaged or not history.exists:
        raise EngineError(
            f"The seal in {(damaged or history).folder} is missing or damaged.",
            "Restore its ascmhl folder from a backup.",
        )
    return {
        Path(path): expected.hashes[WRITTEN_FORMAT]
        for path, expected in history.files().items()
        if WRITTEN_FORMAT in expected.hashes
    }


def seal_manifests(folder: Path) -> list[tuple[str, str, str]]:
    """Return the manifests of a folder's own history, oldest first: name, hash format and digest by its chain file.

    Raises EngineError if there is no seal, or if it is damaged: a manifest has other bytes than the chain says.
    """
    history = load_own_history(folder)
    if history.damage or not history.chain:
        raise EngineError(f"The seal in {folder} is missing or damaged.", "Restore its ascmhl folder from a backup.")
    return [(link.name, link.format, link.value) for link in sorted(history.chain, key=lambda one: one.number)]


def seal_digest(folder: Path, recording: Path) -> str | None:
    """Return the sealed digest of a recording below `folder`, None if its files are not in the seal.

    Raises EngineError if the seal cannot be read.
    """
    digests = sealed_digests(folder)
    parts = [digests.get(file.relative_to(folder)) for file in recording_files(recording)]
    return join_digests(recording, [part for part in parts if part]) if parts and all(parts) else None
