"""A network between clients and a server, which can be cut."""

from __future__ import annotations

import asyncio
import math
import socket
import threading
from contextlib import suppress

from tests.phone.serving import ADDRESS

BEHIND = "127.0.0.2"
_BUFFER = 256 << 10
_BLOCK = 64 << 10


class Relay:
    """Passes connections to the port `port` of ADDRESS on to the same port of BEHIND.

    `sent` are the bytes to the server. It passes on no more of them at `stop_at`.
    """

    def __init__(self) -> None:
        self.sent = 0
        self.stop_at = math.inf
        self._down = False
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        server = asyncio.run_coroutine_threadsafe(asyncio.start_server(self._pass, ADDRESS, 0), self._loop).result()
        self._server = server
        self.port = int(server.sockets[0].getsockname()[1])

    def cut(self) -> None:
        """End all connections without a word, and refuse new ones."""
        asyncio.run_coroutine_threadsafe(self._end_all(), self._loop).result()
        self._down = True

    def mend(self) -> None:
        """Accept connections again."""
        self._down = False

    def close(self) -> None:
        """End the network."""
        self.cut()
        self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    async def _end_all(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self._down:
                raise ConnectionRefusedError
            there, onward = await asyncio.open_connection(BEHIND, self.port, limit=_BLOCK)
        except OSError:
            writer.transport.abort()
            return
        ends = (writer, onward)
        for one in ends:
            # Small buffers, so that few bytes are on their way when the network is cut.
            found: socket.socket = one.get_extra_info("socket")
            found.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
            found.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
        self._writers.update(ends)
        try:
            await asyncio.gather(self._copy(reader, onward, count=True), self._copy(there, writer, count=False))
        finally:
            self._writers.difference_update(ends)
            for one in ends:
                one.transport.abort()

    async def _copy(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, *, count: bool) -> None:
        try:
            with suppress(OSError):
                while block := await source.read(_BLOCK):
                    while count and self.sent >= self.stop_at:
                        await asyncio.sleep(0.001)
                    if count:
                        self.sent += len(block)
                    target.write(block)
                    await target.drain()
        finally:
            target.close()
