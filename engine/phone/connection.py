"""HTTP connections: uvicorn's, with time limits, a limit for each address, and interim responses."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import h11
from uvicorn.protocols.http.h11_impl import STATUS_PHRASES, H11Protocol

from engine.phone.limits import ConnectionLimits

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send
    from uvicorn import Config
    from uvicorn.server import ServerState

EXTENSION = "cleanwater.connection"
# tus has a status of its own; without a phrase, some clients would not accept the status line.
CHECKSUM_MISMATCH = 460
STATUS_PHRASES[CHECKSUM_MISMATCH] = b"Checksum Mismatch"


class PhoneConnection(H11Protocol):
    """One connection. The application finds it as `scope["extensions"][EXTENSION]`."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        limits: ConnectionLimits | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state)
        self.limits = limits or ConnectionLimits()
        self._served = self.app
        self.app = self._serve
        self._began = self.loop.time()
        self._window, self._window_bytes = self._began, 0

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["extensions"] = {**scope.get("extensions", {}), EXTENSION: self}
        await self._served(scope, receive, send)

    @property
    def address(self) -> str:
        """The address of the client."""
        return self.client[0] if self.client else ""

    @property
    def _in_request(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def data_received(self, data: bytes) -> None:
        """Counts the bytes of a body."""
        self._window_bytes += len(data)
        was_idle = not self._in_request
        super().data_received(data)
        if was_idle and self._in_request:
            self._window, self._window_bytes = self.loop.time(), 0

    def on_response_complete(self) -> None:
        """Starts the time of the next request's header."""
        self._began = self.loop.time()
        super().on_response_complete()

    def check_times(self, now: float) -> None:
        """Ends the connection if a header takes too long, or a body brings too little."""
        if self.transport is None or self.transport.is_closing():
            return
        if not self._in_request:
            if now - self._began > self.limits.header_seconds + (self.limits.idle_seconds if self.cycle else 0):
                self.transport.abort()
        elif self.cycle.more_body and not self.flow.read_paused:
            if now - self._window > self.limits.stall_seconds:
                if self._window_bytes < self.limits.stall_bytes:
                    self.transport.abort()
                self._window, self._window_bytes = now, 0
        else:
            # The server has not asked for more: the sender is not slow.
            self._window, self._window_bytes = now, 0

    def left_over(self) -> bytes:
        """Take the received bytes of the body that the application has not read."""
        left = bytes(self.cycle.body)
        self.cycle.body = bytearray()
        return left

    def inform(self, status: int, reason: str, headers: Mapping[str, str]) -> None:
        """Send an interim response, unless the client speaks HTTP/1.0 or has its response."""
        if self.conn.our_state is not h11.SEND_RESPONSE or self.conn.their_http_version == b"1.0":
            return
        if self.transport.is_closing():
            return
        fields = [(name.encode(), value.encode()) for name, value in headers.items()]
        event = h11.InformationalResponse(status_code=status, headers=fields, reason=reason.encode())
        self.transport.write(self.conn.send(event))

    def abort(self) -> None:
        """End the connection at once."""
        self.transport.abort()


def connection_factory(config: Config, state: ServerState, limits: ConnectionLimits) -> partial[PhoneConnection]:
    """Return the factory that an event loop calls for each connection."""
    return partial(PhoneConnection, config, state, {}, limits)


def connection_of(scope: Scope) -> PhoneConnection | None:
    """Return the connection of a request; None under another server."""
    found = scope.get("extensions", {}).get(EXTENSION)
    return found if isinstance(found, PhoneConnection) else None
