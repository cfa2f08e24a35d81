"""A delivery is sealed with an ASC Media Hash List (ASC MHL 2.0), so that any tool can prove it years on."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from ascmhl.generator import MHLGenerationCreationSession
from ascmhl.hashlist import MHLCreatorInfo, MHLProcess, MHLProcessInfo, MHLTool
from ascmhl.history import MHLHistory

from engine import __version__
from engine.errors import EngineError
from engine.ingest import digest_file

SEAL_FOLDER = "ascmhl"
_FORMAT = "xxh128"


class Verdict(StrEnum):
    """What verification found of one file."""

    INTACT = "intact"
    CHANGED = "changed"
    MISSING = "missing"
    UNSEALED = "unsealed"


@dataclass(frozen=True, slots=True)
class Verified:
    """One file, its verdict, and the digests it was judged by."""

    path: Path
    verdict: Verdict
    wanted: str | None
    measured: str | None


def seal(folder: Path, digests: Mapping[Path, str]) -> Path:
    """Adds a generation to `folder`'s MHL history: each file (relative path) with its XXH128.

    The digests are those of the verified copies; nothing is read again. Returns the manifest.
    """
    session = MHLGenerationCreationSession(MHLHistory.load_from_path(str(folder)))
    for relative, digest in sorted(digests.items()):
        path = folder / relative
        about = path.stat()
        # ascmhl takes dates as naive local time.
        modified = datetime.fromtimestamp(about.st_mtime)
        if not session.append_file_hash(str(path), about.st_size, modified, _FORMAT, digest):
            raise EngineError(
                f"{relative} is not what this delivery was sealed with.",
                f"Compare it with the camera's file; cwtui verify says what the seal in {folder} expects.",
            )
    creator = MHLCreatorInfo()
    creator.tool = MHLTool("Cleanwater", __version__)
    creator.creation_date = datetime.now(UTC).isoformat(timespec="seconds")
    creator.host_name = platform.node()
    process = MHLProcessInfo()
    process.process = MHLProcess("transfer")
    session.commit(creator, process)
    return max((folder / SEAL_FOLDER).glob("*.mhl"))


def sealed_digests(folder: Path) -> dict[Path, str]:
    """What the seal says of each file (relative path): its first recorded XXH128."""
    history = MHLHistory.load_from_path(str(folder))
    digests: dict[Path, str] = {}
    for path in history.set_of_file_paths():
        relative = Path(path).relative_to(folder)
        entry = history.find_first_hash_entry_for_path(relative.as_posix(), _FORMAT)
        if entry is not None:
            digests[relative] = entry.hash_string
    return digests


def verify_seal(
    folder: Path, progress: Callable[[int], None] | None = None, cancelled: Callable[[], bool] | None = None
) -> list[Verified]:
    """Reads every file of a delivery again and holds it against the seal."""
    verdicts = []
    try:
        wanted = sealed_digests(folder)
    except Exception:  # ascmhl raises whatever its XML parser or its own chain check does
        wanted = {}
        verdicts.append(Verified(folder / SEAL_FOLDER, Verdict.CHANGED, None, None))
    for relative, digest in sorted(wanted.items()):
        path = folder / relative
        if not path.is_file():
            verdicts.append(Verified(path, Verdict.MISSING, digest, None))
            continue
        measured = digest_file(path, progress, cancelled)
        verdict = Verdict.INTACT if measured == digest else Verdict.CHANGED
        verdicts.append(Verified(path, verdict, digest, measured))
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if path.is_file() and relative not in wanted and SEAL_FOLDER not in relative.parts:
            verdicts.append(Verified(path, Verdict.UNSEALED, None, None))
    return verdicts
