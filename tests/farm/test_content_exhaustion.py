"""Slow and many connections to the content server. docs/security.md names these tests."""

from __future__ import annotations

import socket
import struct

import pytest

from engine.catalog import FarmLease
from engine.errors import TransientError
from engine.farm import ContentLimits
from engine.farm.http_wire import WireLimits
from tests.farm.farm import FACTS, REQUEST, SECRET, Farm, digest
from tests.waiting import wait_until


def closed_after(connection: socket.socket, start: bytes) -> bool:
    """Whether the server ends the connection once it got these bytes."""
    try:
        connection.sendall(start)
        return connection.recv(100) == b""
    except ConnectionError:
        return True


def test_a_slow_loris_is_cut(farm: Farm) -> None:
    farm.start(ContentLimits(reserve=0, wire=WireLimits(idle_s=0.2, head_s=0.2, stall_s=0.2)))
    farm.add_machine("ada")
    leaf = farm.authority.leaf("ada")
    for start in (b"", b"POST /v1/mach", b"POST /v1/machine HTTP/1.1\r\nContent-Length: 100\r\n\r\n{"):
        with farm.raw(leaf) as connection:
            assert closed_after(connection, start)


def test_a_header_that_trickles_in_is_cut(farm: Farm) -> None:
    """Each byte comes in time, the whole does not."""
    farm.start(ContentLimits(reserve=0, wire=WireLimits(head_s=0.3)))
    farm.add_machine("ada")
    with farm.raw(farm.authority.leaf("ada")) as connection:
        connection.settimeout(0.05)
        ended = False
        for _ in range(2000):
            try:
                connection.sendall(b"x")
                ended = connection.recv(1) == b""
            except TimeoutError:
                continue
            except OSError:
                ended = True
            if ended:
                break
    assert ended


def test_a_slow_handshake_is_cut(farm: Farm) -> None:
    server = farm.start(ContentLimits(reserve=0, wire=WireLimits(handshake_s=0.2)))
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as plain:
        assert closed_after(plain, b"\x16")


def test_handshakes_are_limited_and_the_oldest_ends(farm: Farm) -> None:
    server = farm.start(ContentLimits(reserve=0, handshakes=2))
    farm.add_machine("ada")
    waiting = [socket.create_connection(("127.0.0.1", server.port), timeout=30) for _ in range(3)]
    try:
        assert waiting[0].recv(100) == b""
        assert farm.client(farm.authority.leaf("ada")).report(FACTS).state == "active"
    finally:
        for one in waiting:
            one.close()


def test_connections_of_a_machine_are_limited(farm: Farm) -> None:
    farm.start(ContentLimits(reserve=0, connections_of_machine=1))
    farm.add_machine("ada")
    farm.add_machine("bob")
    first = farm.client(farm.authority.leaf("ada"))
    first.report(FACTS)
    with pytest.raises(TransientError, match="too many connections"):
        farm.client(farm.authority.leaf("ada")).report(FACTS)
    assert farm.client(farm.authority.leaf("bob")).report(FACTS).state == "active"
    first.close()
    wait_until(lambda: _reports(farm))


def _reports(farm: Farm) -> bool:
    try:
        farm.client(farm.authority.leaf("ada")).report(FACTS)
    except TransientError:
        return False
    return True


def test_connections_are_limited_in_all(farm: Farm) -> None:
    farm.start(ContentLimits(reserve=0, connections=1))
    farm.add_machine("ada")
    farm.client(farm.authority.leaf("ada")).report(FACTS)
    with pytest.raises(TransientError):
        farm.client(farm.authority.leaf("ada")).report(FACTS)


def test_a_reset_connection_leaves_the_server_whole(farm: Farm, lease: FarmLease) -> None:
    for start in (b"", b"GET", (REQUEST.format(lease.id, digest(SECRET)) + "\r\n\r\n").encode()):
        with farm.raw(farm.authority.leaf("ada")) as connection:
            connection.sendall(start)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert farm.client(farm.authority.leaf("ada")).report(FACTS).state == "active"


def test_a_closed_server_listens_no_more(farm: Farm) -> None:
    assert farm.server is not None
    port = farm.server.port
    machine = farm.join("ada")
    machine.report(FACTS)
    farm.server.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=30)
    with pytest.raises(TransientError):
        machine.report(FACTS)
