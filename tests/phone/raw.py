"""HTTP over a bare socket: what clients of a library cannot send or do not show."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tests.phone.serving import ADDRESS


def header(method: str, path: str, port: int, fields: Mapping[str, str]) -> bytes:
    """The header of a request."""
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
    if "Host" not in fields:
        lines.insert(1, f"Host: {ADDRESS}:{port}")
    return "\r\n".join((*lines, "", "")).encode()


@contextmanager
def connected(port: int) -> Iterator[socket.socket]:
    """A connection to a listener."""
    with socket.create_connection((ADDRESS, port), timeout=30) as connection:
        yield connection


def read_header(connection: socket.socket) -> tuple[int, dict[str, str]]:
    """The next response's status and fields, in lower case. The body is not read."""
    received = b""
    while not received.endswith(b"\r\n\r\n"):
        byte = connection.recv(1)
        if not byte:
            raise ConnectionError(received)
        received += byte
    first, *lines = received.decode().strip().split("\r\n")
    fields = dict(line.split(": ", 1) for line in lines)
    return int(first.split()[1]), {name.lower(): value for name, value in fields.items()}


def closed_by_server(connection: socket.socket) -> bool:
    """Whether the server ends the connection without another byte."""
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True
