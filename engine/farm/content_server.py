"""Serves inputs to machines and takes their outputs, over mutual TLS."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from engine.catalog import FarmMachine
from engine.farm.content_credentials import ContentCredentials
from engine.farm.content_messages import LeafRequest, RenewedLeaves
from engine.farm.work_order import Content

MaySend = Callable[[FarmMachine, Content], str | None]
"""Returns the rule that keeps a content from a machine, None if it may have it."""

Renew = Callable[[FarmMachine, LeafRequest], RenewedLeaves]


@dataclass(frozen=True, slots=True)
class ContentLimits:
    """Limits of a content server. Times are in seconds, sizes in bytes."""

    connections: int = 96
    connections_of_machine: int = 8
    lease: timedelta = timedelta(seconds=30)


class ContentServer:
    """A running content server; a context manager. Serves in threads until it is closed."""

    @property
    def port(self) -> int: ...

    def close(self) -> None: ...


def serve_content(
    studio: Path,
    listening: socket.socket,
    credentials: ContentCredentials,
    *,
    may_send: MaySend,
    renew: Renew,
    limits: ContentLimits = ContentLimits(),
) -> ContentServer:
    """Serve the leases of a studio on a socket that listens already. Returns at once; the threads are daemons."""
    raise NotImplementedError
