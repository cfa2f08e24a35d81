"""Opens the sockets of the farm on one address."""

from __future__ import annotations

import socket
from collections.abc import Sequence

from engine.errors import EngineError
from engine.policy import Permission

_BACKLOG = 64
_HINT = "Check that this machine still has that address, or choose other ports: cwtui farm host --port 0."


def open_sockets(permission: Permission, address: str, choices: Sequence[Sequence[int]]) -> list[socket.socket]:
    """Return sockets that listen on the ports of the first choice of which all are free; a port 0 is any free one.

    Raises EngineError if none can be opened.
    """
    permission.check("farm")
    problem: OSError | None = None
    for ports in choices:
        opened: list[socket.socket] = []
        try:
            for port in ports:
                opened.append(_listening(address, port))
        except OSError as error:
            problem = error
            for one in opened:
                one.close()
        else:
            return opened
    reason = problem.strerror if problem else "no port is given"
    raise EngineError(f"{address} cannot be listened on: {reason}.", _HINT) from problem


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
