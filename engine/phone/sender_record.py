"""A phone's statement about a file that is now in a project, kept for the proof of deliverables."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from engine.atomic_files import make_folder, write_atomic
from engine.errors import EngineError
from engine.phone.record import SentDigest, UploadRecord

_FOLDER = Path("work") / "arrivals"


class SenderRecord(BaseModel):
    """A file as its sender stated it. `content` is the XXH128 that was read back, `digest` the sender's own."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    device: str
    name: str
    content: str
    digest: SentDigest
    arrived_at: datetime


def keep_sender_record(studio: Path, upload: UploadRecord) -> None:
    """Stores what the sender of a whole upload stated, if it sent a digest. Raises EngineError if that fails."""
    if upload.digest is None or upload.content is None:
        return
    record = SenderRecord(
        device=upload.device,
        name=upload.name,
        content=upload.content,
        digest=upload.digest,
        arrived_at=datetime.now(UTC),
    )
    path = _path(studio, upload.content)
    make_folder(path.parent)
    write_atomic(path, record.model_dump_json(indent=2).encode())


def read_sender_record(studio: Path, content: str) -> SenderRecord | None:
    """The record of the file with this XXH128; None if no phone has sent it. EngineError if it is damaged."""
    path = _path(studio, content)
    try:
        return SenderRecord.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise EngineError(f"{path} is damaged.", "Restore it from a backup of the studio.") from error


def _path(studio: Path, content: str) -> Path:
    return studio / _FOLDER / f"{content}.json"
