"""The client's side of a TLS connection that receives many records at once.

`ssl.SSLSocket` makes two system calls for each record of at most 16 KiB. At the rates of a local network these take as
much processor time as the decryption: here, one call receives up to 256 KiB, from which the records are decrypted.
"""

from __future__ import annotations

import io
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_AT_ONCE = 256 << 10

T = TypeVar("T")


class TlsStream:
    """A connected socket with TLS on it, as far as `http.client` uses one. One thread may use it at a time.

    Raises ssl.SSLError and OSError, as `ssl.SSLSocket` does. The end of the connection reads as the end of the data,
    also without the notice of TLS.
    """

    def __init__(self, plain: socket.socket, context: ssl.SSLContext, server_hostname: str) -> None:
        """Shake hands."""
        self._plain = plain
        self._received, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._received, self._outgoing, server_hostname=server_hostname)
        self._raw = memoryview(bytearray(_AT_ONCE))
        self._run(self._tls.do_handshake)

    def _run(self, step: Callable[[], T]) -> T:
        """Return the result of a step of TLS, for which bytes may have to be received."""
        try:
            while True:
                try:
                    result = step()
                    break
                except ssl.SSLWantReadError:
                    self._flush()
                    self._receive()
        except ssl.SSLError:
            # The peer gets the alert, if it can.
            with suppress(OSError):
                self._flush()
            raise
        self._flush()
        return result

    def _flush(self) -> None:
        if self._outgoing.pending:
            self._plain.sendall(self._outgoing.read())

    def _receive(self) -> None:
        if self._received.eof:
            raise ssl.SSLEOFError(ssl.SSL_ERROR_EOF, "The connection has ended.")
        count = self._plain.recv_into(self._raw)
        if count:
            self._received.write(self._raw[:count])
        else:
            self._received.write_eof()

    def recv_into(self, view: memoryview) -> int:
        """Read what has come, at least a byte and at most `len(view)`; 0 at the end."""
        if not view:
            return 0
        try:
            done = self._run(lambda: self._tls.read(len(view), view))
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return 0
        with suppress(ssl.SSLWantReadError, ssl.SSLZeroReturnError, ssl.SSLEOFError):
            while done and done < len(view) and (count := self._tls.read(len(view) - done, view[done:])):
                done += count
        return done

    def sendall(self, data: bytes | memoryview) -> None:
        """Send all of some bytes."""
        rest = memoryview(data).cast("B")
        while rest:
            part = rest[:_AT_ONCE]
            rest = rest[self._run(lambda part=part: self._tls.write(part)) :]

    def makefile(self, mode: str) -> io.BufferedReader:
        """Return a reader of the connection; `mode` is "rb", as `http.client` names it."""
        assert mode == "rb"
        return io.BufferedReader(_Reader(self))

    def settimeout(self, seconds: float | None) -> None:
        """Set how long a system call may wait."""
        self._plain.settimeout(seconds)

    def peer_certificate(self) -> bytes:
        """Return the certificate of the peer, DER."""
        return self._tls.getpeercert(binary_form=True) or b""

    def close(self) -> None:
        """Close the socket."""
        self._plain.close()


class _Reader(io.RawIOBase):
    """What `http.client` reads a response from. The connection outlives it."""

    def __init__(self, stream: TlsStream) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        return self._stream.recv_into(memoryview(buffer).cast("B"))
