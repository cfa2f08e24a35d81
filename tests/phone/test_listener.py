"""The sockets of the listener."""

from __future__ import annotations

import asyncio
import socket

from engine.phone import open_socket
from engine.policy import Gate
from tests.phone.serving import ADDRESS


def test_responses_do_not_wait_for_acknowledgements() -> None:
    """A header and a body are two packets: without TCP_NODELAY, the second waits 40 ms for the client's kernel."""
    permission = Gate(None, None).require("listen", network="loopback", interface="lo", minutes=1)

    async def delay_of_a_connection() -> int:
        accepted: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            found = writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            writer.close()
            accepted.set_result(found)

        listening = open_socket(permission, ADDRESS, 0)
        server = await asyncio.start_server(connected, sock=listening)
        async with server:
            _, writer = await asyncio.open_connection(*listening.getsockname())
            found = await accepted
            writer.close()
            return found

    assert asyncio.run(delay_of_a_connection())
