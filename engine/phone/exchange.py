"""What both upload protocols share: the uploads of one project, and how requests reach them."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from engine.phone.connection import connection_of
from engine.phone.fields import natural
from engine.phone.file_names import safe_name
from engine.phone.record import SentDigest, Upload, UploadRecord, UploadState
from engine.phone.refusal import Refusal
from engine.phone.store import UploadStore
from engine.phone.upload_locks import UploadLocks

FILES = "/files"
_DIGEST = re.compile(r"(sha256|sha256-slices);([0-9a-f]{64});([0-9]{1,12})")
_SMALLEST_SLICE, _LARGEST_SLICE = 64 << 10, 1 << 30
_MOST_DRAINED = 256 << 10


@dataclass(slots=True)
class Uploads:
    """The uploads that a server receives. `on_whole` is called with each file that has all its bytes."""

    store: UploadStore
    on_whole: Callable[[Upload], Awaitable[None]]
    locks: UploadLocks = field(default_factory=UploadLocks)

    def find(self, request: Request, device: str) -> Upload:
        """Return the upload that a request's path names.

        Raises Refusal: 404 for an unknown one or one of another device, 410 for one that expired.
        """
        return self.find_by_id(str(request.path_params["upload"]), device)

    def find_by_id(self, upload_id: str, device: str) -> Upload:
        """Return the upload with this id, as `find`."""
        upload = self.store.find(upload_id)
        if upload is None or upload.record.device != device or upload.record.terminated:
            raise Refusal(404, "There is no such upload.")
        if upload.record.state is UploadState.EXPIRED:
            raise Refusal(410, "This upload has expired. Send the file again.")
        return upload

    def find_by_url(self, url: str, device: str) -> Upload:
        """Return the upload with an absolute or relative URL, as `find`."""
        path = urlsplit(url).path
        if not path.startswith(f"{FILES}/"):
            raise Refusal(400, "A part of the concatenation is not an upload of this server.")
        return self.find_by_id(path.removeprefix(f"{FILES}/"), device)

    async def complete(self, upload: Upload) -> None:
        """Mark an upload as whole, durably."""
        self.store.update(upload, length=upload.offset, state=UploadState.WHOLE)
        if not upload.is_partial:
            await self.on_whole(upload)

    async def terminate(self, upload: Upload) -> None:
        """Delete an upload. A file whose bytes have all arrived is still imported."""
        if upload.complete and not upload.is_partial:
            self.store.update(upload, terminated=True)
        else:
            self.store.remove(upload)


def new_record(device: str, name: str, **fields: object) -> UploadRecord:
    """Return the record of a new upload."""
    return UploadRecord.model_validate(
        {"id": "", "device": device, "name": safe_name(name), "created_at": datetime.now(UTC), **fields}
    )


def location(request: Request, upload: Upload) -> str:
    """Return the absolute URL of an upload."""
    return f"{request.url.scheme}://{request.headers['host']}{FILES}/{upload.record.id}"


def content_length(request: Request) -> int | None:
    """Return the length of a body, None for one in chunks. Raises Refusal (400)."""
    text = request.headers.get("content-length")
    if text is not None:
        return natural(text, "Content-Length")
    return None if "transfer-encoding" in request.headers else 0


def media_type(request: Request) -> str:
    """Return the media type of a body without its parameters, in lower case."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def sent_digest(request: Request) -> SentDigest | None:
    """Return the digest of the whole file in `Cleanwater-Digest`. Raises Refusal (400)."""
    raw = request.headers.get("cleanwater-digest")
    if raw is None:
        return None
    found = _DIGEST.fullmatch(raw)
    if not found or (found[1] == "sha256-slices" and not _SMALLEST_SLICE <= int(found[3]) <= _LARGEST_SLICE):
        raise Refusal(400, "Cleanwater-Digest is malformed.")
    return SentDigest(algorithm=found[1], value=found[2], slice_bytes=int(found[3]))


def abort_of(request: Request) -> Callable[[], None] | None:
    """Return what ends the connection of a request."""
    connection = connection_of(request.scope)
    return connection.abort if connection else None


async def refused(request: Request, refusal: Refusal, headers: Mapping[str, str]) -> Response:
    """Return the response of a refusal. A small body is read to its end; after a large one the connection ends."""
    import json

    fields = {"Cache-Control": "no-store", **headers, **refusal.headers}
    connection = connection_of(request.scope)
    if connection and connection.cycle.more_body:
        length = content_length_or_none(request)
        if length is None or length > _MOST_DRAINED:
            fields["Connection"] = "close"
        else:
            while connection.cycle.more_body:
                message = await request.receive()
                if message["type"] == "http.disconnect":
                    break
    if request.method == "HEAD":
        return Response(status_code=refusal.status, headers=fields)
    if refusal.problem is not None:
        body = json.dumps({**refusal.problem, "status": refusal.status, "detail": refusal.message})
        return Response(body, refusal.status, fields, "application/problem+json")
    return Response(f"{refusal.message}\n", refusal.status, fields, "text/plain")


def content_length_or_none(request: Request) -> int | None:
    """Return the length of a body, None for one in chunks or with a malformed length."""
    try:
        return content_length(request)
    except Refusal:
        return None
