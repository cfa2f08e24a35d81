"""Listens on one address for phones, until it is switched off, has nothing to do, or its time is over."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from engine.errors import EngineError
from engine.phone.accepting import Acceptor
from engine.phone.application import PhoneApplication
from engine.phone.certificates import ServerCertificate
from engine.phone.connection import PhoneConnection, connection_factory
from engine.phone.guard import Guard
from engine.phone.limits import ConnectionLimits
from engine.policy import Permission

if TYPE_CHECKING:
    from uvicorn.server import ServerState

_TICK_S = 0.2
_CHECK_S = 1.0
_REVOKED_S = 2.0
_EXPIRE_S = 60.0
_BACKLOG = 128
_DRAIN_S = 10.0

logger = logging.getLogger("engine.phone")


@dataclass(frozen=True, slots=True)
class ListenerPlan:
    """Where and how long to listen. `port` 0: any free one. `idle`: without a paired device that does something."""

    address: str
    port: int
    name: str
    until: datetime
    idle: timedelta = timedelta(minutes=30)
    announce: bool = True
    limits: ConnectionLimits = field(default_factory=ConnectionLimits)


def open_socket(permission: Permission, address: str, *ports: int) -> socket.socket:
    """Return a socket that listens on one address, on the first of `ports` that is free; 0 is any free one.

    Raises EngineError if none can be opened.
    """
    permission.check("listen")
    problem: OSError | None = None
    for port in ports:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        # asyncio sends small packets at once (TCP_NODELAY) only where the protocol is named.
        listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind((address, port))
            listening.listen(_BACKLOG)
        except OSError as error:
            listening.close()
            problem = error
        else:
            listening.setblocking(False)
            return listening
    raise EngineError(
        f"{address} cannot be listened on: {problem.strerror if problem else 'no port is given'}.",
        "Check that this machine still has that address, or choose another: cwtui phone --interface NAME.",
    ) from problem


async def listen(
    permission: Permission,
    application: PhoneApplication,
    certificate: ServerCertificate | None,
    listening: socket.socket,
    plan: ListenerPlan,
    stopped: Callable[[], bool],
    tick: Callable[[], Awaitable[bool]],
) -> str:
    """Serve until `stopped` is true; return why it ended: `stopped`, `idle` or `time`.

    `tick` is called often; it returns whether there is still work, which counts as use. Without a certificate, the
    server speaks HTTP: for tests on the loopback address alone.
    """
    permission.check("listen")
    if certificate is None and not plan.address.startswith("127."):
        raise ValueError("only the loopback address may be served without TLS")
    port = int(listening.getsockname()[1])
    hosts = [f"{plan.address}:{port}", f"{plan.name}:{port}"]
    if port == 443:
        hosts += [plan.address, plan.name]
    guarded = Guard(application.routes(), hosts, "https" if certificate else "http", plan.limits.header_bytes)
    async with AsyncExitStack() as stack:
        state = await stack.enter_async_context(_Server(guarded, certificate, listening, plan.limits))
        if plan.announce:
            from engine.phone.bonjour import announced

            try:
                await stack.enter_async_context(announced(plan.name, plan.address, port))
            except OSError as error:
                logger.warning("not announced by Bonjour: %s", error)
        return await _watch(state, application, plan, stopped, tick)


class _Server:
    """uvicorn's HTTP protocol on one socket, without uvicorn's own signal handlers and start messages."""

    def __init__(
        self, app: Guard, certificate: ServerCertificate | None, listening: socket.socket, limits: ConnectionLimits
    ) -> None:
        from uvicorn import Config
        from uvicorn.server import ServerState

        self._config = Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            ws="none",
            proxy_headers=False,
            h11_max_incomplete_event_size=limits.header_bytes,
            timeout_keep_alive=int(limits.idle_seconds),
        )
        self._config.load()
        self._state = ServerState()
        self._certificate, self._listening, self._limits = certificate, listening, limits

    async def __aenter__(self) -> ServerState:
        self._state.default_headers = []
        self._acceptor = Acceptor(
            self._listening,
            connection_factory(self._config, self._state, self._limits),
            self._certificate.context() if self._certificate else None,
            self._limits,
            lambda: [one.address for one in self._state.connections if isinstance(one, PhoneConnection)],
        )
        self._acceptor.start()
        return self._state

    async def __aexit__(self, *error: object) -> None:
        self._acceptor.close()
        # Requests end when their connections do; what they have received is written first.
        for connection in list(self._state.connections):
            if isinstance(connection, PhoneConnection):
                connection.abort()
        with suppress(TimeoutError):
            async with asyncio.timeout(_DRAIN_S):
                while self._state.tasks:
                    await asyncio.sleep(0.01)


async def _watch(
    state: ServerState,
    application: PhoneApplication,
    plan: ListenerPlan,
    stopped: Callable[[], bool],
    tick: Callable[[], Awaitable[bool]],
) -> str:
    loop = asyncio.get_running_loop()
    due = dict.fromkeys(("check", "revoked", "expire"), 0.0)
    activity, uploads = application.activity, application.uploads
    while True:
        if stopped():
            return "stopped"
        moment, now = datetime.now(UTC), loop.time()
        if moment >= plan.until:
            return "time"
        if await tick() or activity.connections:
            activity.used_at = moment
        elif moment - activity.used_at > plan.idle:
            return "idle"
        if now >= due["check"]:
            due["check"] = now + _CHECK_S
            for connection in list(state.connections):
                if isinstance(connection, PhoneConnection):
                    connection.check_times(now)
        if now >= due["revoked"] and activity.connections:
            due["revoked"] = now + _REVOKED_S
            valid = await application.access.valid_devices()
            for connection, device in list(activity.connections.items()):
                if device not in valid:
                    connection.abort()
        if now >= due["expire"]:
            due["expire"] = now + _EXPIRE_S
            await asyncio.to_thread(uploads.store.expire, moment, uploads.locks.busy)
        await asyncio.sleep(_TICK_S)
