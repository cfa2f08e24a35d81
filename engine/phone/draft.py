"""Resumable uploads for HTTP, the draft of the IETF, in its interop versions 3 to 8.

iOS 17 speaks version 3, iOS 18.0 version 5, later ones version 6. Version 4 differs from 5, and 7 from 8, in little
that a server does here. Source: https://datatracker.ietf.org/doc/draft-ietf-httpbis-resumable-upload/ (01, 02, 03, 05,
07, 12)
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from engine.phone.connection import CHECKSUM_MISMATCH, connection_of
from engine.phone.exchange import Uploads, abort_of, content_length, location, media_type, new_record
from engine.phone.fields import BodyChecksum, boolean, digest_field, disposition_name, integer
from engine.phone.receiving import receive_body
from engine.phone.record import SentDigest, Upload
from engine.phone.refusal import Refusal, completed_upload, inconsistent_length, mismatching_offset

PARTIAL_TYPE = "application/partial-upload"
_VERSIONS = (3, 4, 5, 6, 7, 8)
_NEWEST = 8
# From this version on, there are lengths, limits, and a media type for parts.
_WITH_LIMITS = 6
_INFORMATION = 104


@dataclass(frozen=True, slots=True)
class DraftRequest:
    """What the header of a request says. `informs`: the client understands interim responses of `version`.

    `complete`: the body ends the file; None if the request does not say it.
    """

    version: int
    informs: bool
    complete: bool | None

    @property
    def flag(self) -> str:
        """The header field that says whether an upload is complete."""
        return "Upload-Incomplete" if self.version == 3 else "Upload-Complete"

    def completeness(self, complete: bool) -> dict[str, str]:
        """Return the field in a response."""
        return {self.flag: f"?{int(complete != (self.version == 3))}"}


def parse(request: Request) -> DraftRequest | None:
    """Read the version and the completeness of a request; None if it is not one of this protocol.

    Without a known version, there are no interim responses.
    """
    headers = request.headers
    named = headers.get("upload-draft-interop-version")
    flagged = "upload-complete" in headers or "upload-incomplete" in headers
    if named is None and (not flagged or "tus-resumable" in headers):
        return None
    known = named is not None and named.isdecimal() and int(named) in _VERSIONS
    version = int(named or 0) if known else 3 if "upload-incomplete" in headers else _NEWEST
    value = boolean(headers.get("upload-incomplete" if version == 3 else "upload-complete"))
    return DraftRequest(version, known, value if value is None or version != 3 else not value)


def parse_for(request: Request, upload: Upload | None) -> DraftRequest | None:
    """Read a request to an upload. One that names no protocol is of this one, if the upload was created by it."""
    asked = parse(request)
    if asked is None and upload and upload.record.by_draft and "tus-resumable" not in request.headers:
        return DraftRequest(_NEWEST, informs=False, complete=None)
    return asked


def limit_fields(uploads: Uploads, upload: Upload | None = None, version: int = _NEWEST) -> dict[str, str]:
    """Return `Upload-Limit`: the largest size, and the time that an upload has left."""
    limits = [f"max-size={uploads.store.limits.file_bytes}"]
    if upload and not upload.complete:
        left = uploads.store.expires_at(upload) - datetime.now(UTC)
        name = "expires" if version == _WITH_LIMITS else "max-age"
        limits.append(f"{name}={max(0, int(left.total_seconds()))}")
    return {"Upload-Limit": ", ".join(limits)}


async def create(uploads: Uploads, request: Request, device: str, asked: DraftRequest) -> Response:
    """Serve the creation of an upload, with all or the first of its bytes."""
    if asked.complete is None:
        raise Refusal(400, f"{asked.flag} must be ?1 or ?0.")
    if "upload-offset" in request.headers:
        raise Refusal(400, "A new upload has no Upload-Offset.")
    length = _length(request, asked, 0, None)
    digest = digest_field(request.headers.get("repr-digest"), "Repr-Digest")
    checksum = digest_field(request.headers.get("content-digest"), "Content-Digest")
    store = uploads.store
    record = new_record(
        device,
        disposition_name(request.headers.get("content-disposition")),
        length=length,
        by_draft=True,
        digest=SentDigest(algorithm=digest.algorithm, value=digest.digest.hex()) if digest else None,
    )
    upload = await asyncio.to_thread(store.create, record)
    headers = {"Location": location(request, upload)}
    if asked.version >= _WITH_LIMITS:
        headers |= limit_fields(uploads, upload, asked.version)
    _informer(request, asked)(headers)
    async with uploads.locks.hold(upload.record.id, abort_of(request)):
        most = store.limits.file_bytes if length is None else length
        whole = await _receive(uploads, upload, request, most, asked, checksum)
        if not whole:
            return Response(status_code=400)
        state = {"Upload-Offset": str(upload.offset), **asked.completeness(upload.complete)}
        return Response(status_code=201, headers={**headers, **state})


async def show(uploads: Uploads, request: Request, device: str, asked: DraftRequest) -> Response:
    """Serve HEAD: the offset of an upload."""
    _refuse_state(request, asked)
    upload = uploads.find(request, device)
    async with uploads.locks.hold(upload.record.id, abort_of(request)):
        headers = {"Upload-Offset": str(upload.offset), "Cache-Control": "no-store"}
        headers |= asked.completeness(upload.complete)
        if asked.version >= _WITH_LIMITS:
            headers |= limit_fields(uploads, upload, asked.version)
            if upload.record.length is not None:
                headers["Upload-Length"] = str(upload.record.length)
        return Response(status_code=204, headers=headers)


async def append(uploads: Uploads, request: Request, device: str, asked: DraftRequest) -> Response:
    """Serve PATCH: bytes at the current offset, which may be the last ones."""
    if asked.version >= _WITH_LIMITS:
        if media_type(request) != PARTIAL_TYPE:
            raise Refusal(415, f"The Content-Type must be {PARTIAL_TYPE}.", {"Accept-Patch": PARTIAL_TYPE})
        if asked.complete is None:
            raise Refusal(400, f"{asked.flag} must be ?1 or ?0.")
    if asked.complete is None:
        # Version 3 leaves Upload-Incomplete out of the last part; from 4 on, only ?1 completes an upload.
        asked = DraftRequest(asked.version, asked.informs, asked.version == 3)
    offset = integer(request.headers.get("upload-offset"))
    if offset is None:
        raise Refusal(400, "Upload-Offset must be a whole number of bytes.")
    checksum = digest_field(request.headers.get("content-digest"), "Content-Digest")
    upload = uploads.find(request, device)
    async with uploads.locks.hold(upload.record.id, abort_of(request)):
        uploads.find(request, device)
        if upload.complete:
            # Version 8 counts bytes after the end as a length that contradicts the first one.
            raise inconsistent_length() if asked.version >= 8 and content_length(request) != 0 else completed_upload()
        if offset != upload.offset:
            raise mismatching_offset(upload.offset, offset)
        store = uploads.store
        length = _length(request, asked, offset, upload.record.length)
        if length is not None:
            store.check_length(length)
            if offset + (content_length(request) or 0) > length:
                raise inconsistent_length()
        if length != upload.record.length:
            await asyncio.to_thread(lambda: store.update(upload, length=length))
        most = (store.limits.file_bytes if length is None else length) - offset
        await _receive(uploads, upload, request, most, asked, checksum)
        headers = {"Upload-Offset": str(upload.offset), **asked.completeness(upload.complete)}
        status = 201 if upload.complete or asked.version < _WITH_LIMITS else 204
        return Response(status_code=status, headers=headers)


async def terminate(uploads: Uploads, request: Request, device: str, asked: DraftRequest) -> Response:
    """Serve DELETE."""
    _refuse_state(request, asked)
    upload = uploads.find(request, device)
    async with uploads.locks.hold(upload.record.id, abort_of(request)):
        uploads.find(request, device)
        await uploads.terminate(upload)
    return Response(status_code=204)


async def _receive(
    uploads: Uploads,
    upload: Upload,
    request: Request,
    most: int,
    asked: DraftRequest,
    checksum: BodyChecksum | None,
) -> bool:
    """Store a body; complete the upload if the request does. Returns whether the body was whole."""
    inform = _informer(request, asked)
    progress = (lambda offset: inform({"Upload-Offset": str(offset)})) if asked.version >= 5 and not checksum else None
    try:
        body = await receive_body(uploads.store, upload, request, most, checksum, progress)
    except Refusal as refusal:
        # This status belongs to tus.
        if refusal.status == CHECKSUM_MISMATCH:
            raise Refusal(400, refusal.message) from refusal
        if refusal.status == 413 and upload.record.length is not None:
            # The protocol ends an upload that got more bytes than its length.
            await asyncio.to_thread(uploads.store.remove, upload)
            raise inconsistent_length() from refusal
        raise
    if not body.whole:
        return False
    if asked.complete:
        if upload.record.length not in (None, upload.offset):
            raise inconsistent_length()
        await uploads.complete(upload)
    return True


def _length(request: Request, asked: DraftRequest, offset: int, known: int | None) -> int | None:
    """The length of an upload by all that is known. Raises Refusal (400) if that contradicts itself."""
    found = {known} if known is not None else set()
    # Versions before 6 do not have the field.
    if asked.version >= _WITH_LIMITS:
        declared = integer(request.headers.get("upload-length"))
        found |= {declared} if declared is not None else set()
    body = content_length(request)
    if asked.complete and body is not None:
        found.add(offset + body)
    if len(found) > 1 or any(length < offset for length in found):
        raise inconsistent_length()
    return next(iter(found), None)


def _refuse_state(request: Request, asked: DraftRequest) -> None:
    """Versions before 6 forbid the state of an upload in requests that do not change it."""
    if asked.version < _WITH_LIMITS and ("upload-offset" in request.headers or asked.complete is not None):
        raise Refusal(400, f"This request has neither Upload-Offset nor {asked.flag}.")


def _informer(request: Request, asked: DraftRequest) -> Callable[[dict[str, str]], None]:
    """Return a function that sends an interim response, where the client and the server can have one."""
    connection = connection_of(request.scope)

    def inform(headers: dict[str, str]) -> None:
        if connection and asked.informs:
            version = {"Upload-Draft-Interop-Version": str(asked.version)}
            connection.inform(_INFORMATION, "Upload Resumption Supported", {**version, **headers})

    return inform
