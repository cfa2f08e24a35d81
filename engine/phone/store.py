"""The uploads of a project on disk: a folder for each, with its record and its bytes.

The size of the data file is the offset, so that no second number can contradict it after a kill. A marker file names
the offset at which a body with a checksum begins; what follows it is cut off when the server finds the marker at its
start, because the checksum was never compared.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from pydantic import ValidationError

from engine.atomic_files import flush, is_disk_full, make_folder, write_atomic
from engine.phone.limits import UploadLimits
from engine.phone.record import Upload, UploadRecord, UploadState
from engine.phone.refusal import Refusal
from engine.units import format_bytes

_RECORD, _UNVERIFIED = "record.json", "unverified"
_ID = re.compile(r"[A-Za-z0-9_-]{22}")
_COPY_BYTES = 4 << 20


class UploadStore:
    """The uploads in a folder. One process uses it at a time.

    Methods read and write the disk: call them outside an event loop.
    """

    def __init__(self, folder: Path, limits: UploadLimits | None = None) -> None:
        self.folder = folder
        self.limits = limits or UploadLimits()
        make_folder(folder)
        self._uploads: dict[str, Upload] = {}
        # Requests create uploads in several threads, and the limits count for all of them.
        self._creating = threading.Lock()
        for entry in sorted(folder.iterdir()):
            if _ID.fullmatch(entry.name) and (upload := _load(entry)):
                self._uploads[entry.name] = upload
            elif _ID.fullmatch(entry.name):
                # A kill interrupted its creation, or the concatenation that would have completed it.
                shutil.rmtree(entry, ignore_errors=True)

    def __iter__(self) -> Iterator[Upload]:
        """All uploads, by the time of their creation."""
        return iter(sorted(self._uploads.values(), key=lambda one: (one.record.created_at, one.record.id)))

    def find(self, upload_id: str) -> Upload | None:
        """Return the upload with this id, or None."""
        return self._uploads.get(upload_id)

    def expires_at(self, upload: Upload) -> datetime:
        """Return the time at which an unfinished upload is deleted unless it makes progress."""
        return upload.touched_at + self.limits.lifetime

    def unfinished(self, device: str | None = None) -> list[Upload]:
        """Return the uploads that miss bytes, and the parts of concatenations; of one device if it is given."""
        return [
            one
            for one in list(self._uploads.values())
            if (one.record.state is UploadState.RECEIVING or (one.is_partial and one.record.state is UploadState.WHOLE))
            and device in (None, one.record.device)
        ]

    def create(self, record: UploadRecord) -> Upload:
        """Create an upload without bytes; `record` has all but the id. Raises Refusal beyond a limit."""
        with self._creating:
            return self._create(record)

    def _create(self, record: UploadRecord) -> Upload:
        limits = self.limits
        if record.length is not None:
            self.check_length(record.length)
        if len(self.unfinished(record.device)) >= limits.open_uploads_of_device:
            raise Refusal(
                429,
                f"This device has {limits.open_uploads_of_device} unfinished uploads.",
                {"Retry-After": "60"},
            )
        if len(self.unfinished()) >= limits.open_uploads:
            raise Refusal(429, f"The studio has {limits.open_uploads} unfinished uploads.", {"Retry-After": "60"})
        if self._waiting() >= limits.waiting_uploads:
            raise Refusal(429, "The studio is still importing the files before this one.", {"Retry-After": "10"})
        self.check_room(record.length or 0)
        upload_id = secrets.token_urlsafe(16)
        upload = Upload(record.model_copy(update={"id": upload_id}), self.folder / upload_id, 0, datetime.now(UTC))
        upload.folder.mkdir(mode=0o700)
        upload.data.touch(mode=0o600)
        self.save(upload)
        flush(self.folder)
        self._uploads[upload_id] = upload
        return upload

    def _waiting(self) -> int:
        states = (UploadState.WHOLE, UploadState.PLACED)
        return sum(one.record.state in states and not one.is_partial for one in list(self._uploads.values()))

    def check_length(self, length: int) -> None:
        """Raise Refusal (413) if a file of so many bytes is too large."""
        if length > self.limits.file_bytes:
            raise Refusal(
                413,
                f"The file is larger than {format_bytes(self.limits.file_bytes)}.",
                {"Upload-Limit": f"max-size={self.limits.file_bytes}"},
            )

    def check_room(self, more: int) -> None:
        """Raise Refusal (507) if the disk has no room for `more` bytes, besides those that open uploads still miss.

        The import copies a file before the upload is deleted, so each byte needs room twice.
        """
        missing = sum(max(0, (one.record.length or 0) - one.offset) for one in self.unfinished())
        total = sum(max(one.record.length or 0, one.offset) for one in self.unfinished())
        free = shutil.disk_usage(self.folder).free
        if total + more > self.limits.open_bytes or missing + total + 2 * more + self.limits.reserve > free:
            raise Refusal(507, f"The studio's disk has no room for {format_bytes(more)} more.")

    def save(self, upload: Upload) -> None:
        """Write the record of an upload durably."""
        write_atomic(upload.folder / _RECORD, upload.record.model_dump_json(exclude_none=True).encode())

    def update(self, upload: Upload, **changes: object) -> None:
        """Change fields of a record, durably."""
        upload.record = upload.record.model_copy(update=changes)
        self.save(upload)

    def open_data(self, upload: Upload, *, checksummed: bool) -> int:
        """Open the data file to append, and return its descriptor. `checksummed`: the body has a checksum."""
        handle = os.open(upload.data, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        if checksummed:
            (upload.folder / _UNVERIFIED).write_text(str(upload.offset))
        return handle

    def accept_body(self, upload: Upload) -> None:
        """Keep the bytes of a body whose checksum was right."""
        (upload.folder / _UNVERIFIED).unlink(missing_ok=True)

    def cut_back(self, upload: Upload, offset: int) -> None:
        """Discard the bytes after an offset."""
        with upload.data.open("r+b") as file:
            file.truncate(offset)
            sync(file.fileno())
        upload.offset = offset
        (upload.folder / _UNVERIFIED).unlink(missing_ok=True)

    def concatenate(self, record: UploadRecord, parts: list[Upload]) -> Upload:
        """Create a whole upload of the bytes of complete parts, then delete the parts.

        Raises Refusal beyond a limit, and if a part was deleted or the disk is full meanwhile; nothing is left then.
        """
        upload = self.create(record.model_copy(update={"length": sum(part.offset for part in parts)}))
        try:
            with upload.data.open("ab") as target:
                for part in parts:
                    _append(part.data, target, part.offset)
                target.flush()
                sync(target.fileno())
        except OSError as error:
            self.remove(upload)
            if is_disk_full(error):
                raise Refusal(507, "The studio's disk is full.") from error
            raise Refusal(409, "A part of the concatenation is not there any more.") from error
        upload.offset = upload.data.stat().st_size
        self.update(upload, length=upload.offset, state=UploadState.WHOLE)
        for part in {one.record.id: one for one in parts}.values():
            self.remove(part)
        return upload

    def remove(self, upload: Upload) -> None:
        """Delete an upload with its bytes."""
        self._uploads.pop(upload.record.id, None)
        # The record goes first: a folder without one is deleted at the next start.
        with suppress(FileNotFoundError):
            (upload.folder / _RECORD).unlink()
        shutil.rmtree(upload.folder, ignore_errors=True)

    def expire(self, now: datetime, busy: Iterable[str] = ()) -> list[Upload]:
        """Delete the bytes of unfinished uploads without progress, except those in `busy`; return these uploads."""
        gone = []
        for upload in list(self._uploads.values()):
            state, age = upload.record.state, now - upload.touched_at
            if upload.record.id in busy:
                continue
            if state is UploadState.EXPIRED or (state in (UploadState.SEALED, UploadState.REFUSED)):
                if age > self.limits.memory:
                    self.remove(upload)
            elif age > self.limits.lifetime and upload in self.unfinished():
                self.update(upload, state=UploadState.EXPIRED)
                upload.data.unlink(missing_ok=True)
                gone.append(upload)
        return gone


def sync(handle: int) -> None:
    """Flush a file to the disk, on macOS also out of the drive's cache."""
    if sys.platform == "darwin":
        fcntl.fcntl(handle, fcntl.F_FULLFSYNC)
    elif hasattr(os, "fdatasync"):
        os.fdatasync(handle)


def _load(folder: Path) -> Upload | None:
    """Read an upload; None if its creation was interrupted."""
    try:
        record = UploadRecord.model_validate_json((folder / _RECORD).read_bytes())
    except (OSError, ValidationError):
        return None
    upload = Upload(record, folder, record.length or 0, record.created_at)
    if upload.is_final and record.state is UploadState.RECEIVING:
        return None
    if upload.data.exists():
        about = upload.data.stat()
        upload.offset, upload.touched_at = about.st_size, datetime.fromtimestamp(about.st_mtime, UTC)
        marker = folder / _UNVERIFIED
        if marker.exists():
            # An empty marker was written by a process that was killed before it received a byte.
            checked = int(marker.read_text() or upload.offset)
            with upload.data.open("r+b") as file:
                file.truncate(min(checked, upload.offset))
                sync(file.fileno())
            upload.offset = min(checked, upload.offset)
            marker.unlink()
    elif record.state is not UploadState.RECEIVING:
        upload.touched_at = datetime.fromtimestamp((folder / _RECORD).stat().st_mtime, UTC)
    else:
        return None
    return upload


def _append(source: Path, target: IO[bytes], size: int) -> None:
    """Append a file of `size` bytes to an open one."""
    left = size
    with source.open("rb") as file:
        while block := file.read(min(left, _COPY_BYTES)):
            target.write(block)
            left -= len(block)
    if left:
        raise OSError("a part of a concatenation is shorter than its length")
