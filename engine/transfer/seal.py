"""Seals ingest batches with an ASC Media Hash List (ASC MHL 2.0), so that any tool can verify them later."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from engine import __version__
from engine.atomic_files import PARTIAL, flush, is_disk_full, make_folder
from engine.errors import EngineError
from engine.ingest import digest_file
from engine.transfer.recording import join_digests, recording_files

SEAL_FOLDER = "ascmhl"
_FORMAT = "xxh128"


class SealStatus(StrEnum):
    """The verification result of one file."""

    INTACT = "intact"
    CHANGED = "changed"
    MISSING = "missing"
    UNSEALED = "unsealed"


@dataclass(frozen=True, slots=True)
class FileVerification:
    """One file, its status, and the digests that were compared."""

    path: Path
    verdict: SealStatus
    wanted: str | None
    measured: str | None


def seal(folder: Path, digests: Mapping[Path, str], aside: Path) -> Path:
    """Add a generation to `folder`'s MHL history: each file (relative path) with its XXH128. Return the manifest.

    The digests are those of the verified copies; files are not read again. The generation is written atomically. A
    history that a crash or a full disk left incomplete is moved below `aside`, and a new one is started. Raises
    EngineError if the disk cannot be written, or a file's digest differs from an earlier generation's.
    """
    unfinished = folder / f".{SEAL_FOLDER}{PARTIAL}"
    try:
        shutil.rmtree(unfinished, ignore_errors=True)
        _set_damaged_aside(folder, aside)
        try:
            name = _write_generation(folder, digests, unfinished)
            return _publish(folder, unfinished, name)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
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


def _write_generation(folder: Path, digests: Mapping[Path, str], unfinished: Path) -> str:
    """Write a manifest, and a chain file with it, to the folder `unfinished`. Return the manifest's name."""
    from ascmhl.generator import MHLGenerationCreationSession
    from ascmhl.hashlist import MHLCreatorInfo, MHLProcess, MHLProcessInfo, MHLTool
    from ascmhl.history import MHLHistory

    session = MHLGenerationCreationSession(MHLHistory.load_from_path(str(folder)))
    for relative, digest in sorted(digests.items()):
        path = folder / relative
        about = path.stat()
        # ascmhl expects naive local times.
        modified = datetime.fromtimestamp(about.st_mtime)
        if not session.append_file_hash(str(path), about.st_size, modified, _FORMAT, digest):
            raise EngineError(
                f"{relative} has changed since it was sealed.",
                f"Compare it with the camera's file. cwtui verify lists what the seal in {folder} expects.",
            )
    creator = MHLCreatorInfo()
    creator.tool = MHLTool("Cleanwater", __version__)
    creator.creation_date = datetime.now(UTC).isoformat(timespec="seconds")
    creator.host_name = platform.node()
    process = MHLProcessInfo()
    process.process = MHLProcess("transfer")
    # ascmhl does not write atomically. A folder beside the history's own has the same root.
    unfinished.mkdir()
    history = session.root_history
    history.asc_mhl_path = str(unfinished)
    history.chain.file_path = str(unfinished / Path(history.chain.file_path).name)
    session.commit(creator, process)
    (manifest,) = unfinished.glob("*.mhl")
    return manifest.name


def _publish(folder: Path, unfinished: Path, name: str) -> Path:
    """Move a written generation into place: the whole folder for the first one, else the chain file last."""
    for file in unfinished.iterdir():
        flush(file)
    place = folder / SEAL_FOLDER
    if place.exists():
        (unfinished / name).replace(place / name)
        flush(place)
        for chain in unfinished.iterdir():
            chain.replace(place / chain.name)
    else:
        unfinished.rename(place)
        flush(folder)
    flush(place)
    return place / name


def _set_damaged_aside(folder: Path, aside: Path) -> None:
    """Move an unfinished commit's files away: manifests that are not in the chain, or a history that does not load."""
    from ascmhl import chain_xml_parser
    from ascmhl.__version__ import ascmhl_chainfile_name
    from ascmhl.history import MHLHistory

    place = folder / SEAL_FOLDER
    if not place.exists():
        return
    try:
        chain = chain_xml_parser.parse(str(place / ascmhl_chainfile_name))
        named = {generation.ascmhl_filename for generation in chain.generations}
        if named:
            for stray in sorted(path for path in place.glob("*.mhl") if path.name not in named):
                _move_aside(stray, folder, aside)
            MHLHistory.load_from_path(str(folder))
            return
    except Exception:
        pass
    _move_aside(place, folder, aside)


def _move_aside(path: Path, folder: Path, aside: Path) -> None:
    make_folder(aside)
    number = sum(1 for _ in aside.iterdir()) + 1
    shutil.move(path, aside / f"{folder.name}-{number}-{path.name}")


def sealed_digests(folder: Path) -> dict[Path, str]:
    """Return the first recorded XXH128 of each sealed file, by relative path."""
    from ascmhl.history import MHLHistory

    history = MHLHistory.load_from_path(str(folder))
    digests: dict[Path, str] = {}
    for path in history.set_of_file_paths():
        relative = Path(path).relative_to(folder)
        entry = history.find_first_hash_entry_for_path(relative.as_posix(), _FORMAT)
        if entry is not None:
            digests[relative] = entry.hash_string
    return digests


def seal_digest(folder: Path, recording: Path) -> str | None:
    """Return the sealed digest of a recording below `folder`, None if its files are not in the seal.

    Raises EngineError if the seal cannot be read.
    """
    try:
        digests = sealed_digests(folder)
    except Exception as error:  # ascmhl raises any error of its XML parser or chain check
        raise EngineError(
            f"The seal in {folder} is missing or damaged.", "Restore its ascmhl folder from a backup."
        ) from error
    parts = [digests.get(file.relative_to(folder)) for file in recording_files(recording)]
    return join_digests(recording, [part for part in parts if part]) if parts and all(parts) else None


def verify_seal(
    folder: Path, progress: Callable[[int], None] | None = None, cancelled: Callable[[], bool] | None = None
) -> list[FileVerification]:
    """Read every file of an ingest batch again and compare it with the seal. Raises EngineError, Cancelled."""
    verdicts = []
    try:
        wanted = sealed_digests(folder)
    except Exception:  # ascmhl raises any error of its XML parser or chain check
        wanted = {}
        verdicts.append(FileVerification(folder / SEAL_FOLDER, SealStatus.CHANGED, None, None))
    for relative, digest in sorted(wanted.items()):
        path = folder / relative
        if not path.is_file():
            verdicts.append(FileVerification(path, SealStatus.MISSING, digest, None))
            continue
        measured = digest_file(path, progress, cancelled)
        verdict = SealStatus.INTACT if measured == digest else SealStatus.CHANGED
        verdicts.append(FileVerification(path, verdict, digest, measured))
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if path.is_file() and relative not in wanted and SEAL_FOLDER not in relative.parts:
            verdicts.append(FileVerification(path, SealStatus.UNSEALED, None, None))
    return verdicts
