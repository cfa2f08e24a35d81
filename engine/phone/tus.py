"""tus 1.0.0: the core protocol with creation, expiration, checksum, termination and concatenation.

Source: https://tus.io/protocols/resumable-upload
"""

from __future__ import annotations

import asyncio
from email.utils import format_datetime

from starlette.requests import Request
from starlette.responses import Response

from engine.phone.exchange import (
    Uploads,
    abort_of,
    content_length,
    location,
    media_type,
    new_record,
    sent_digest,
)
from engine.phone.fields import (
    CHECKSUM_ALGORITHMS,
    metadata,
    modified_at,
    natural,
    optional_natural,
    text_of,
    tus_checksum,
)
from engine.phone.receiving import receive_body
from engine.phone.record import SentDigest, Upload, UploadRecord, UploadState
from engine.phone.refusal import Refusal

VERSION = "1.0.0"
EXTENSIONS = (
    "creation",
    "creation-defer-length",
    "creation-with-upload",
    "expiration",
    "checksum",
    "termination",
    "concatenation",
)
OFFSET_TYPE = "application/offset+octet-stream"
_SHA256_DIGITS = 64


def capabilities(uploads: Uploads) -> dict[str, str]:
    """Return the header fields of a response to OPTIONS."""
    return {
        "Tus-Resumable": VERSION,
        "Tus-Version": VERSION,
        "Tus-Extension": ",".join(EXTENSIONS),
        "Tus-Max-Size": str(uploads.store.limits.file_bytes),
        "Tus-Checksum-Algorithm": ",".join(CHECKSUM_ALGORITHMS),
    }


def check_version(request: Request) -> None:
    """Raise Refusal (412) unless the request has the version of this server."""
    if request.headers.get("tus-resumable") != VERSION:
        raise Refusal(412, f"Tus-Resumable must be {VERSION}.", {"Tus-Version": VERSION})


async def create(uploads: Uploads, request: Request, device: str) -> Response:
    """Serve POST to the files: a new upload, which may have its first bytes with it."""
    concat = request.headers.get("upload-concat")
    record = _new_record(request, device, concat)
    if concat is not None and concat.startswith("final;"):
        return await _concatenate(uploads, request, device, concat)
    if concat not in (None, "partial"):
        raise Refusal(400, "Upload-Concat must be partial, or final; and the URLs of the parts.")
    length = _new_length(request)
    with_body = media_type(request) == OFFSET_TYPE
    checksum = tus_checksum(request.headers.get("upload-checksum")) if with_body else None
    store = uploads.store
    if length is not None:
        store.check_length(length)
        if with_body and (content_length(request) or 0) > length:
            raise Refusal(413, "The body has more bytes than Upload-Length says.")
    upload = await asyncio.to_thread(store.create, record.model_copy(update={"length": length}))
    headers = {"Location": location(request, upload)}
    if with_body:
        async with uploads.locks.hold(upload.record.id, abort_of(request)):
            most = store.limits.file_bytes if length is None else length
            try:
                body = await receive_body(store, upload, request, most, checksum)
            except Refusal:
                # The client does not know the URL.
                await asyncio.to_thread(store.remove, upload)
                raise
            if not body.whole and not record.fingerprint:
                await asyncio.to_thread(store.remove, upload)
                return Response(status_code=400)
            headers["Upload-Offset"] = str(upload.offset)
            await _complete_if_full(uploads, upload)
    elif length == 0:
        await _complete_if_full(uploads, upload)
    return Response(status_code=201, headers={**headers, **_expiry(uploads, upload)})


def _new_record(request: Request, device: str, concat: str | None) -> UploadRecord:
    raw = request.headers.get("upload-metadata")
    values = metadata(raw)
    digest = text_of(values, "sha256").lower()
    return new_record(
        device,
        text_of(values, "filename", "name"),
        metadata=raw,
        concat=concat,
        fingerprint=text_of(values, "fingerprint")[:200],
        modified_at=modified_at(values),
        digest=SentDigest(algorithm="sha256", value=digest) if len(digest) == _SHA256_DIGITS else None,
    )


async def show(uploads: Uploads, request: Request, device: str) -> Response:
    """Serve HEAD: the offset and what is known of an upload."""
    upload = uploads.find(request, device)
    async with uploads.locks.hold(upload.record.id, abort_of(request)):
        record = upload.record
        headers = {"Upload-Offset": str(upload.offset), "Cache-Control": "no-store"}
        if record.length is None:
            headers["Upload-Defer-Length"] = "1"
        else:
            headers["Upload-Length"] = str(record.length)
        if record.metadata:
            headers["Upload-Metadata"] = record.metadata
        if record.concat:
            headers["Upload-Concat"] = record.concat
        return Response(status_code=200, headers={**headers, **_expiry(uploads, upload)})


async def append(uploads: Uploads, request: Request, device: str) -> Response:
    """Serve PATCH: bytes at the current offset."""
    if media_type(request) != OFFSET_TYPE:
        raise Refusal(415, f"The Content-Type must be {OFFSET_TYPE}.")
    offset = natural(request.headers.get("upload-offset"), "Upload-Offset")
    declared = optional_natural(request.headers.get("upload-length"), "Upload-Length")
    digest = sent_digest(request)
    upload = uploads.find(request, device)
    if upload.is_final:
        raise Refusal(403, "The result of a concatenation cannot be changed.")
    checksum = tus_checksum(request.headers.get("upload-checksum"))
    async with uploads.locks.hold(upload.record.id, abort_of(request)):
        uploads.find(request, device)
        if offset != upload.offset:
            raise Refusal(409, f"This upload is at offset {upload.offset}.", {"Upload-Offset": str(upload.offset)})
        store = uploads.store
        length = upload.record.length
        if declared is not None and declared != length:
            if length is not None or declared < offset:
                raise Refusal(400, "Upload-Length cannot be changed, or is less than the offset.")
            store.check_length(declared)
            length = declared
        most = (store.limits.file_bytes if length is None else length) - offset
        if (content_length(request) or 0) > most:
            raise Refusal(413, "The body has more bytes than the upload misses.")
        if length != upload.record.length or (digest and digest != upload.record.digest):
            changes = {"length": length, **({"digest": digest} if digest else {})}
            await asyncio.to_thread(lambda: store.update(upload, **changes))
        if not upload.complete:
            await receive_body(store, upload, request, most, checksum)
            await _complete_if_full(uploads, upload)
        headers = {"Upload-Offset": str(upload.offset), **_expiry(uploads, upload)}
        return Response(status_code=204, headers=headers)


async def terminate(uploads: Uploads, request: Request, device: str) -> Response:
    """Serve DELETE."""
    upload = uploads.find(request, device)
    async with uploads.locks.hold(upload.record.id, abort_of(request)):
        uploads.find(request, device)
        await uploads.terminate(upload)
    return Response(status_code=204)


async def _concatenate(uploads: Uploads, request: Request, device: str, concat: str) -> Response:
    if "upload-length" in request.headers or media_type(request) == OFFSET_TYPE:
        raise Refusal(400, "The result of a concatenation has no length of its own and no body.")
    urls = concat.removeprefix("final;").split(" ")
    parts = [uploads.find_by_url(url, device) for url in urls if url]
    if not parts or not all(part.is_partial for part in parts):
        raise Refusal(400, "Only uploads with Upload-Concat: partial can be concatenated.")
    if not all(part.complete for part in parts):
        raise Refusal(400, "A part of the concatenation is not complete.")
    record = _new_record(request, device, concat).model_copy(update={"digest": sent_digest(request)})
    upload = await asyncio.to_thread(uploads.store.concatenate, record, parts)
    await uploads.on_whole(upload)
    headers = {
        "Location": location(request, upload),
        "Upload-Offset": str(upload.offset),
        "Upload-Length": str(upload.offset),
    }
    return Response(status_code=201, headers=headers)


def _new_length(request: Request) -> int | None:
    """The length of a new upload, None if it follows later. Raises Refusal (400)."""
    length = optional_natural(request.headers.get("upload-length"), "Upload-Length")
    deferred = request.headers.get("upload-defer-length")
    if deferred not in (None, "1"):
        raise Refusal(400, "Upload-Defer-Length must be 1.")
    if (length is None) == (deferred is None):
        raise Refusal(400, "A new upload needs either Upload-Length or Upload-Defer-Length: 1.")
    return length


async def _complete_if_full(uploads: Uploads, upload: Upload) -> None:
    if upload.record.state is UploadState.RECEIVING and upload.offset == upload.record.length:
        await uploads.complete(upload)


def _expiry(uploads: Uploads, upload: Upload) -> dict[str, str]:
    if upload.complete and not upload.is_partial:
        return {}
    return {"Upload-Expires": format_datetime(uploads.store.expires_at(upload), usegmt=True)}
