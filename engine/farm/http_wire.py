"""A strict subset of HTTP/1.1 on a TLS connection: what the content client sends, and nothing else.

Every field occurs once, a body has a Content-Length, and nothing is chunked: no two readers can disagree about where a
request ends (RFC 9112, sections 5 and 6).
"""

from __future__ import annotations

import re
import socket
import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus

_REQUEST_LINE = re.compile(rb"(GET|HEAD|POST|PUT) (/[!-~]{0,255}) HTTP/1\.1")
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([!-~](?:[ -~]*[!-~])?|)[ \t]*")
_LENGTH = re.compile(r"\d{1,15}")
_RECEIVED_AT_ONCE = 16 << 10
_LINGER_S, _LINGER_BYTES = 5.0, 1 << 20


class HttpRefusal(Exception):
    """A request that is not served: its status, a code for programs, a message and a hint for people."""

    def __init__(
        self, status: int, code: str, message: str, hint: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.hint = hint
        self.headers = dict(headers or {})


class ConnectionEnded(Exception):
    """The peer closed the connection, or was too slow."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request without its body. The names of `fields` are lower case; `length` is that of the body in bytes."""

    method: str
    path: str
    fields: Mapping[str, str] = field(default_factory=dict)
    length: int = 0


@dataclass(frozen=True, slots=True)
class WireLimits:
    """Seconds that a peer has, and the bytes of a request without its body.

    `idle_s` is the time between two requests, `head_s` that from the first byte of a request to its body. `stall_s` is
    the time in which a block must move.
    """

    handshake_s: float = 10.0
    idle_s: float = 60.0
    head_s: float = 10.0
    stall_s: float = 30.0
    head_bytes: int = 8 << 10
    fields: int = 32


def parse_request(head: bytes, limits: WireLimits) -> HttpRequest:
    """Return the request of a head, which is everything before the empty line. Raises HttpRefusal."""
    first, *lines = head.split(b"\r\n")
    line = _REQUEST_LINE.fullmatch(first)
    if line is None:
        raise HttpRefusal(400, "malformed", "This is not a request of the farm.")
    if len(lines) > limits.fields:
        raise HttpRefusal(431, "too-large", "The request has too many header fields.")
    fields: dict[str, str] = {}
    for one in lines:
        found = _FIELD.fullmatch(one)
        if found is None:
            raise HttpRefusal(400, "malformed", "A header field is malformed.")
        name = found[1].decode().lower()
        if name in fields:
            raise HttpRefusal(400, "malformed", f"The header field {name} occurs twice.")
        fields[name] = found[2].decode()
    if "transfer-encoding" in fields:
        raise HttpRefusal(400, "malformed", "A body must have a Content-Length.")
    length = fields.get("content-length", "0")
    if not _LENGTH.fullmatch(length):
        raise HttpRefusal(400, "malformed", "The Content-Length is not a number of bytes.")
    return HttpRequest(line[1].decode(), line[2].decode(), fields, int(length))


class Wire:
    """One connection: reads requests and bodies, writes responses. `unread` are bytes of a body not read yet."""

    def __init__(self, connection: ssl.SSLSocket, limits: WireLimits) -> None:
        self._connection = connection
        self._limits = limits
        self._buffer = bytearray()
        self.unread = 0

    def read_request(self) -> HttpRequest:
        """Wait for the next request. Raises ConnectionEnded, HttpRefusal."""
        if not self._buffer:
            self._fill(time.monotonic() + self._limits.idle_s)
        deadline = time.monotonic() + self._limits.head_s
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            if len(self._buffer) > self._limits.head_bytes:
                raise HttpRefusal(431, "too-large", "The header is too long.")
            self._fill(deadline)
        if end > self._limits.head_bytes:
            raise HttpRefusal(431, "too-large", "The header is too long.")
        request = parse_request(bytes(self._buffer[:end]), self._limits)
        del self._buffer[: end + 4]
        self.unread = request.length
        return request

    def _fill(self, deadline: float) -> None:
        left = deadline - time.monotonic()
        if left <= 0:
            raise ConnectionEnded
        self._connection.settimeout(left)
        try:
            block = self._connection.recv(_RECEIVED_AT_ONCE)
        except OSError as error:
            raise ConnectionEnded from error
        if not block:
            raise ConnectionEnded
        self._buffer += block

    def read_into(self, view: memoryview) -> int:
        """Read up to `len(view)` bytes of the body; less only at its end. Raises ConnectionEnded."""
        wanted = min(len(view), self.unread)
        done = min(len(self._buffer), wanted)
        view[:done] = self._buffer[:done]
        del self._buffer[:done]
        self.unread -= done
        deadline = time.monotonic() + self._limits.stall_s
        while done < wanted:
            left = deadline - time.monotonic()
            if left <= 0:
                raise ConnectionEnded
            self._connection.settimeout(left)
            try:
                count = self._connection.recv_into(view[done:wanted])
            except OSError as error:
                raise ConnectionEnded from error
            if not count:
                raise ConnectionEnded
            done += count
            self.unread -= count
        return done

    def read_body(self, limit: int) -> bytes:
        """Read the whole body. Raises HttpRefusal if it is longer than `limit`, ConnectionEnded."""
        if self.unread > limit:
            raise HttpRefusal(413, "too-large", f"The body may have {limit:,} bytes.")
        body = bytearray(self.unread)
        self.read_into(memoryview(body))
        return bytes(body)

    def send_head(self, status: int, fields: Mapping[str, str]) -> None:
        """Send the status and the header fields of a response. Raises ConnectionEnded."""
        lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", *(f"{name}: {fields[name]}" for name in fields)]
        self.send(("\r\n".join(lines) + "\r\n\r\n").encode())

    def send(self, data: bytes | memoryview) -> None:
        """Send bytes. Raises ConnectionEnded."""
        self._connection.settimeout(self._limits.stall_s)
        try:
            self._connection.sendall(data)
        except OSError as error:
            raise ConnectionEnded from error

    def linger(self) -> None:
        """End the connection so that the peer can still read the response, though it sends a body nobody reads."""
        drain(self._connection)


def drain(connection: ssl.SSLSocket) -> None:
    """Send the end of the connection, and discard what the peer still sends, encrypted as it is.

    Closing a socket with unread data resets the connection, and the peer would lose the last words (RFC 9112, 9.6).
    """
    deadline, read = time.monotonic() + _LINGER_S, 0
    with suppress(OSError):
        # The methods of socket: those of SSLSocket drop the encryption or decrypt.
        socket.socket.shutdown(connection, socket.SHUT_WR)
        while (left := deadline - time.monotonic()) > 0 and read < _LINGER_BYTES:
            connection.settimeout(left)
            block = socket.socket.recv(connection, _RECEIVED_AT_ONCE)
            if not block:
                return
            read += len(block)
