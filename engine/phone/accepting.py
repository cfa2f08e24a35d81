"""Accepts connections, with limits that count those whose TLS handshake has not ended."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable, Coroutine
from typing import Any

from engine.phone.connection import PhoneConnection
from engine.phone.limits import ConnectionLimits

# After an error such as too many open files.
_RETRY_S = 1.0

logger = logging.getLogger("engine.phone")


class Acceptor:
    """Accepts the connections of one socket, and makes each with `connect`.

    asyncio's own server would hold any number of connections of a stranger who sends nothing: a protocol learns of a
    connection only after its handshake.
    """

    def __init__(
        self,
        listening: socket.socket,
        connect: Callable[[], PhoneConnection],
        context: ssl.SSLContext | None,
        limits: ConnectionLimits,
        established: Callable[[], list[str]],
    ) -> None:
        """`established` returns the addresses of the connections that `connect` has made and that are open."""
        self._listening, self._connect, self._context, self._limits = listening, connect, context, limits
        self._established = established
        self._beginning: dict[PhoneConnection, str] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin to accept."""
        self._begin(self._accept())

    def close(self) -> None:
        """Close the socket and the connections whose handshake has not ended."""
        for task in self._tasks:
            task.cancel()
        self._listening.close()

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                accepted, (address, *_) = await loop.sock_accept(self._listening)
            except OSError as error:
                logger.warning("no connection can be accepted: %s", error)
                await asyncio.sleep(_RETRY_S)
                continue
            if self._has_room(address):
                connection = self._connect()
                self._beginning[connection] = address
                self._begin(self._complete(accepted, connection))
            else:
                accepted.close()

    def _has_room(self, address: str) -> bool:
        # A connection has its transport once it is established.
        beginning = [one for connection, one in self._beginning.items() if connection.transport is None]
        every = [*self._established(), *beginning]
        return every.count(address) < self._limits.connections_of_address and len(every) < self._limits.connections

    async def _complete(self, accepted: socket.socket, connection: PhoneConnection) -> None:
        seconds = self._limits.handshake_seconds if self._context else None
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: connection, accepted, ssl=self._context, ssl_handshake_timeout=seconds
            )
        except OSError as error:
            # Also errors of TLS and of time.
            logger.debug("no handshake with %s: %s", self._beginning[connection], error)
        except asyncio.CancelledError:
            accepted.close()
            raise
        finally:
            del self._beginning[connection]
