"""The record of one upload, as its folder keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict


class UploadState(StrEnum):
    """The states of an upload.

    `receiving`: bytes are missing. `whole`: all bytes are here. `placed`: the file has its name and waits for the
    import. `sealed`: it is in the project. `refused`: it is whole and was not imported. `expired`: it was deleted.
    """

    RECEIVING = "receiving"
    WHOLE = "whole"
    PLACED = "placed"
    SEALED = "sealed"
    REFUSED = "refused"
    EXPIRED = "expired"


class SentDigest(BaseModel):
    """The digest of a whole file as its sender computed it.

    `algorithm`: a name of hashlib for a digest of the file's bytes; `sha256-slices` for the SHA-256 of the SHA-256
    digests of its slices, each of `slice_bytes` bytes. `value` is in hex.
    """

    model_config = ConfigDict(frozen=True)

    algorithm: str
    value: str
    slice_bytes: int = 0


class UploadRecord(BaseModel):
    """What is known of an upload besides its bytes.

    `length` is in bytes, None while the sender does not know it. `metadata` and `concat` are the header fields of tus
    as they were sent. `fingerprint` is the sender's own key for the content. `path` is the file's place once it has its
    name, relative to the folder of arrivals. `content` is the XXH128 of the file as it was read back. `modified_at` is
    the file's time on the sender. `outcome` is what the import reported. `terminated`: the sender has
    deleted the upload, and its bytes had arrived. `by_draft`: it was created by the protocol of the IETF.
    """

    model_config = ConfigDict(extra="ignore")

    id: str
    device: str
    name: str
    created_at: datetime
    length: int | None = None
    metadata: str | None = None
    concat: str | None = None
    fingerprint: str = ""
    digest: SentDigest | None = None
    state: UploadState = UploadState.RECEIVING
    path: str | None = None
    job: str | None = None
    content: str | None = None
    modified_at: datetime | None = None
    outcome: dict[str, object] | None = None
    terminated: bool = False
    by_draft: bool = False


@dataclass(slots=True)
class Upload:
    """An upload in memory: its record, its folder, and the offset, which is the size of its data file in bytes."""

    record: UploadRecord
    folder: Path
    offset: int
    touched_at: datetime

    @property
    def data(self) -> Path:
        """The file with the bytes."""
        return self.folder / "data"

    @property
    def is_partial(self) -> bool:
        """Whether it is a part for a concatenation."""
        return self.record.concat == "partial"

    @property
    def is_final(self) -> bool:
        """Whether it is the result of a concatenation."""
        return (self.record.concat or "").startswith("final;")

    @property
    def complete(self) -> bool:
        """Whether all bytes are here."""
        return self.record.state not in (UploadState.RECEIVING, UploadState.EXPIRED)
