"""Serves inputs to machines and takes their outputs, over mutual TLS 1.3."""

from __future__ import annotations

import logging
import selectors
import socket
import ssl
import threading
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType

from engine.errors import EngineError
from engine.farm.content_api import ContentApi, FilePart, HttpResponse, Renew, TransferCheck, refusal_response
from engine.farm.content_credentials import ContentCredentials
from engine.farm.http_wire import ConnectionEnded, HttpRefusal, Wire, WireLimits, drain
from engine.farm.incoming import Incoming
from engine.farm.lease_access import LeaseAccess, MaySend
from engine.farm.leaves import CertificateRefusedError, Leaf, peer_leaf

_SENT_AT_ONCE = 256 << 10
_JOIN_S = 5.0
_ACCEPT_AGAIN_S = 0.1

logger = logging.getLogger("engine.farm")


@dataclass(frozen=True, slots=True)
class ContentLimits:
    """Limits of a content server. `handshakes` are the connections whose machine is not known yet.

    `reserve` are the bytes that stay free on the studio's disk. A lease ends if its machine does not report for
    `lease`.
    """

    connections: int = 256
    handshakes: int = 32
    connections_of_machine: int = 8
    reserve: int = 2 << 30
    lease: timedelta = timedelta(seconds=30)
    wire: WireLimits = field(default_factory=WireLimits)


class ContentServer:
    """A content server that runs in threads until it is closed; a context manager."""

    def __init__(
        self, listening: socket.socket, credentials: ContentCredentials, api: ContentApi, limits: ContentLimits
    ) -> None:
        self._listening = listening
        self._credentials = credentials
        self._stamp = credentials.stamp()
        self._context = credentials.server_context()
        self._api = api
        self._limits = limits
        self._lock = threading.Lock()
        # The connections by the threads that serve them, the oldest first.
        self._handshakes: dict[threading.Thread, socket.socket] = {}
        self._open: dict[threading.Thread, socket.socket] = {}
        self._machines: Counter[str] = Counter()
        self._closed = threading.Event()
        self._wake, self._woken = socket.socketpair()
        self._listening.settimeout(0)
        self._acceptor = threading.Thread(target=self._accept_all, name="farm-accept", daemon=True)
        self._acceptor.start()

    def __enter__(self) -> ContentServer:
        """Return the server."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop listening and end all connections."""
        self.close()

    @property
    def port(self) -> int:
        """The port on which the server listens."""
        return int(self._listening.getsockname()[1])

    def close(self) -> None:
        """Stop listening and end all connections."""
        if self._closed.is_set():
            return
        with self._lock:
            self._closed.set()
            serving = {**self._handshakes, **self._open}
        self._wake.close()
        self._acceptor.join()
        self._listening.close()
        self._woken.close()
        for connection in serving.values():
            _cut(connection)
        for thread in serving:
            thread.join(_JOIN_S)
        self._api.close()

    def _accept_all(self) -> None:
        with selectors.DefaultSelector() as ready:
            ready.register(self._listening, selectors.EVENT_READ)
            ready.register(self._woken, selectors.EVENT_READ)
            while not self._closed.is_set():
                ready.select()
                if not self._closed.is_set():
                    self._accept()

    def _accept(self) -> None:
        try:
            connection, _ = self._listening.accept()
        except BlockingIOError:
            return
        except OSError as error:
            # Too many open files, for example: the peer can try again.
            logger.warning("farm: a connection was not accepted: %s", error)
            self._closed.wait(_ACCEPT_AGAIN_S)
            return
        thread = threading.Thread(target=self._serve, args=(connection,), name="farm-content", daemon=True)
        with self._lock:
            if self._closed.is_set() or len(self._handshakes) + len(self._open) >= self._limits.connections:
                connection.close()
                return
            if len(self._handshakes) >= self._limits.handshakes:
                # A machine of the farm needs milliseconds; the oldest is the one that does not shake hands.
                _cut(self._handshakes.pop(next(iter(self._handshakes))))
            self._handshakes[thread] = connection
            # Within the lock: only a thread that has started can be joined.
            thread.start()

    def _serve(self, raw: socket.socket) -> None:
        try:
            raw.settimeout(self._limits.wire.handshake_s)
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._current_context().wrap_socket(
                raw, server_side=True, do_handshake_on_connect=False
            ) as connection:
                with self._lock:
                    if threading.current_thread() not in self._handshakes:
                        return
                    self._handshakes[threading.current_thread()] = connection
                try:
                    connection.do_handshake()
                except ssl.SSLError:
                    drain(connection)
                    raise
                self._converse(connection)
        except (OSError, ValueError, EngineError, ConnectionEnded) as error:
            logger.info("farm: a connection was refused: %s", error)
        finally:
            with self._lock:
                self._handshakes.pop(threading.current_thread(), None)
            raw.close()

    def _converse(self, connection: ssl.SSLSocket) -> None:
        wire = Wire(connection, self._limits.wire)
        try:
            peer = self._admit(connection)
        except HttpRefusal as refusal:
            self._send(wire, refusal_response(refusal), last=True)
            wire.linger()
            return
        try:
            while not self._closed.is_set() and self._answer_one(peer, wire, connection):
                pass
        finally:
            with self._lock:
                self._open.pop(threading.current_thread(), None)
                self._machines[peer.name] -= 1

    def _current_context(self) -> ssl.SSLContext:
        """Return the TLS settings with the leaf that is on the disk now; it is renewed each day."""
        stamp = self._credentials.stamp()
        with self._lock:
            if stamp != self._stamp:
                # The certificate without its new key, for a moment: the next connection tries again.
                with suppress(EngineError):
                    self._context, self._stamp = self._credentials.server_context(), stamp
            return self._context

    def _admit(self, connection: ssl.SSLSocket) -> Leaf:
        try:
            peer = peer_leaf(connection.getpeercert(binary_form=True), "content")
        except CertificateRefusedError as error:
            raise HttpRefusal(403, "certificate", error.message, error.hint) from error
        with self._lock:
            if self._machines[peer.name] >= self._limits.connections_of_machine:
                raise HttpRefusal(503, "busy", "This machine has too many connections.")
            self._handshakes.pop(threading.current_thread(), None)
            self._open[threading.current_thread()] = connection
            self._machines[peer.name] += 1
        return peer

    def _answer_one(self, peer: Leaf, wire: Wire, connection: ssl.SSLSocket) -> bool:
        """Serve one request. Return whether the connection can serve another."""
        head = False
        try:
            request = wire.read_request()
            if datetime.now(UTC) >= peer.expires_at:
                # The machine connects again, with the leaf that it has now.
                return False
            head = request.method == "HEAD"
            response = self._api.respond(peer, request, wire, lambda: _cut(connection))
        except HttpRefusal as refusal:
            response = refusal_response(refusal)
        except ConnectionEnded:
            return False
        except Exception:
            logger.exception("farm: a request failed")
            response = refusal_response(HttpRefusal(500, "fault", "The host failed to serve this."))
        last = wire.unread > 0 or response.status in (400, 431)
        try:
            self._send(wire, response, last=last, head=head)
        except (HttpRefusal, ConnectionEnded):
            return False
        if last:
            wire.linger()
        return not last

    @staticmethod
    def _send(wire: Wire, response: HttpResponse, *, last: bool, head: bool = False) -> None:
        body = response.body
        length = response.length if response.length is not None else len(body) if isinstance(body, bytes) else 0
        fields = {**response.fields, "Content-Length": str(length), "Cache-Control": "no-store"}
        if last:
            fields["Connection"] = "close"
        if isinstance(body, FilePart):
            with body.file:
                wire.send_head(response.status, fields)
                _send_file(wire, body)
            return
        wire.send_head(response.status, fields)
        if not head and body:
            wire.send(body)


def serve_content(
    studio: Path,
    listening: socket.socket,
    credentials: ContentCredentials,
    *,
    may_send: MaySend,
    renew: Renew,
    limits: ContentLimits | None = None,
) -> ContentServer:
    """Serve the leases of a studio on a socket that listens already. Returns at once.

    `may_send` and `renew` are called on threads of the server, `may_send` on one alone. Raises EngineError if the
    catalog or the credentials cannot be read.
    """
    used = limits or ContentLimits()
    access = LeaseAccess(studio, may_send, used.lease)
    api = ContentApi(studio, access, Incoming(studio, used.reserve), renew)
    try:
        return ContentServer(listening, credentials, api, used)
    except EngineError:
        api.close()
        raise


def _send_file(wire: Wire, body: FilePart) -> None:
    check = TransferCheck(body.check)
    buffer = memoryview(bytearray(min(_SENT_AT_ONCE, body.part.size)))
    body.file.seek(body.part.start)
    left = body.part.size
    while left:
        count = body.file.readinto(buffer[: min(left, len(buffer))])
        if not count:  # the file became shorter
            raise ConnectionEnded
        wire.send(buffer[:count])
        left -= count
        if left:
            check.moved(count)


def _cut(connection: socket.socket) -> None:
    with suppress(OSError):
        # Not SSLSocket.shutdown: that drops the encryption first, and another thread may be sending.
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
