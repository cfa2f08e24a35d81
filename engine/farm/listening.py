"""Opens the sockets of the farm on one address."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from contextlib import ExitStack

from engine.errors import EngineError
from engine.policy import Permission

_BACKLOG = 64
_HINT = "Check that this machine still has that address, or choose other ports: cwtui farm host --port 0."


def open_sockets(permission: Permission, address: str, ports: Sequence[int]) -> list[socket.socket]:
    """Return a socket that listens for each port; 0 is any free one. Raises EngineError if one cannot be opened."""
    permission.check("farm")
    with ExitStack() as opened:
        try:
            sockets = [opened.enter_context(_listening(address, port)) for port in ports]
        except OSError as error:
            raise EngineError(f"{address} cannot be listened on: {error.strerror}.", _HINT) from error
        opened.pop_all()
    return sockets


def _listening(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((address, port))
        listening.listen(_BACKLOG)
    except OSError:
        listening.close()
        raise
    return listening
