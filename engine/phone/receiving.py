"""Writes the body of a request to an upload as it arrives."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from engine.phone.connection import CHECKSUM_MISMATCH, connection_of
from engine.phone.fields import BodyChecksum
from engine.phone.record import Upload
from engine.phone.refusal import Refusal
from engine.phone.store import UploadStore, sync

if TYPE_CHECKING:
    from starlette.requests import Request

# Bytes are written in blocks, and flushed to the disk while more arrive, so that the last flush is short.
_BLOCK = 1 << 20
_FLUSH_EVERY = 32 << 20


@dataclass(frozen=True, slots=True)
class ReceivedBody:
    """What was stored of a body. `whole`: the client sent all of it."""

    stored: int
    whole: bool


async def body_of(request: Request) -> AsyncIterator[bytes | None]:
    """Yield the body's bytes, at last None if the connection ended before its end."""
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            if connection := connection_of(request.scope):
                yield connection.left_over()
            yield None
            return
        if content := message.get("body", b""):
            yield content
        if not message.get("more_body", False):
            return


async def receive_body(
    store: UploadStore,
    upload: Upload,
    request: Request,
    most: int,
    checksum: BodyChecksum | None = None,
    flushed: Callable[[int], None] | None = None,
) -> ReceivedBody:
    """Append a request's body to an upload, durably. `flushed` is called with each offset that is safe meanwhile.

    An interrupted body is kept as far as it came; with a checksum, it is discarded. Raises Refusal, with the upload as
    it was before, for more than `most` bytes (413) or a wrong checksum (460); for a full disk (507), what was written
    stays.
    """
    before = upload.offset
    handle = await asyncio.to_thread(store.open_data, upload, checksummed=checksum is not None)
    writer = _Writer(upload, handle, checksum, flushed)
    whole, excess = True, False
    try:
        async for block in body_of(request):
            if block is None:
                whole = False
                break
            if upload.offset - before + len(writer.waiting) + len(block) > most:
                excess = True
                break
            await writer.add(block)
        await writer.finish()
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        await writer.give_up()
        if checksum:
            await asyncio.to_thread(store.cut_back, upload, before)
        raise Refusal(507, "The studio's disk is full.") from error
    finally:
        os.close(handle)
        upload.touched_at = datetime.now(UTC)
    if excess:
        await asyncio.to_thread(store.cut_back, upload, before)
        limit = {"Upload-Limit": f"max-size={store.limits.file_bytes}"} if upload.record.length is None else {}
        raise Refusal(413, "The body has more bytes than the upload misses.", limit)
    if checksum:
        if whole and writer.digest() == checksum.digest:
            await asyncio.to_thread(store.accept_body, upload)
        else:
            await asyncio.to_thread(store.cut_back, upload, before)
            if whole:
                raise Refusal(CHECKSUM_MISMATCH, "The bytes that arrived do not have this checksum.")
    return ReceivedBody(upload.offset - before, whole)


class _Writer:
    """Collects bytes to blocks, and writes and flushes them in threads."""

    def __init__(
        self, upload: Upload, handle: int, checksum: BodyChecksum | None, flushed: Callable[[int], None] | None
    ) -> None:
        self.waiting = bytearray()
        self._upload, self._handle, self._flushed = upload, handle, flushed
        self._hash = checksum.hasher() if checksum else None
        self._flush: asyncio.Task[None] | None = None
        self._flushed_to = upload.offset

    async def add(self, block: bytes) -> None:
        """Takes bytes, and writes a block once there is one."""
        self.waiting += block
        if len(self.waiting) >= _BLOCK:
            await self._write()
            if self._upload.offset - self._flushed_to >= _FLUSH_EVERY and (self._flush is None or self._flush.done()):
                if self._flush:
                    self._flush.result()
                self._flush = asyncio.create_task(self._flush_to(self._upload.offset))

    async def finish(self) -> None:
        """Writes what waits, and flushes all to the disk."""
        if self.waiting:
            await self._write()
        if self._flush:
            await self._flush
        if self._upload.offset != self._flushed_to:
            await asyncio.to_thread(sync, self._handle)

    async def give_up(self) -> None:
        """Waits for a flush that runs, so that the file can be closed."""
        if self._flush:
            await asyncio.gather(self._flush, return_exceptions=True)

    def digest(self) -> bytes:
        """The digest of all bytes."""
        return self._hash.digest() if self._hash else b""

    async def _write(self) -> None:
        block, self.waiting = self.waiting, bytearray()
        await asyncio.to_thread(self._write_block, memoryview(block))

    def _write_block(self, block: memoryview) -> None:
        if self._hash:
            self._hash.update(block)
        while block:
            written = os.write(self._handle, block)
            self._upload.offset += written
            block = block[written:]

    async def _flush_to(self, offset: int) -> None:
        await asyncio.to_thread(sync, self._handle)
        self._flushed_to = offset
        if self._flushed:
            self._flushed(offset)
