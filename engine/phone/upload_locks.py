"""One request at a time for each upload. A newer request ends the connection of the one before.

After a dropped link, the server may wait minutes for the rest of a body. A client that comes back has given that
request up.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from engine.phone.refusal import Refusal

_TIMEOUT_S = 15.0


@dataclass(slots=True)
class _Turn:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    abort: Callable[[], None] | None = None
    users: int = 0


class UploadLocks:
    """The locks of uploads, by id."""

    def __init__(self) -> None:
        self._turns: defaultdict[str, _Turn] = defaultdict(_Turn)

    @property
    def busy(self) -> set[str]:
        """The ids of the uploads that a request uses now."""
        return set(self._turns)

    @asynccontextmanager
    async def hold(self, upload_id: str, abort: Callable[[], None] | None = None) -> AsyncIterator[None]:
        """Hold an upload while the block runs. `abort` ends the connection of this request for a newer one.

        Raises Refusal (423) if the request before does not end.
        """
        turn = self._turns[upload_id]
        turn.users += 1
        try:
            if turn.lock.locked() and turn.abort:
                turn.abort()
            try:
                async with asyncio.timeout(_TIMEOUT_S):
                    await turn.lock.acquire()
            except TimeoutError as error:
                raise Refusal(423, "Another request still uses this upload.", {"Retry-After": "5"}) from error
            turn.abort = abort
            try:
                yield
            finally:
                turn.abort = None
                turn.lock.release()
        finally:
            turn.users -= 1
            if not turn.users:
                self._turns.pop(upload_id, None)
