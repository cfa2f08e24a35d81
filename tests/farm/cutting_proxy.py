"""A TCP proxy that cuts connections after a number of bytes."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

_RESET = struct.pack("ii", 1, 0)


class CuttingProxy:
    """Forwards connections to a port. The first are reset after so many bytes of both directions; later ones are not.

    `connections` counts those that were made.
    """

    def __init__(self, port: int, cuts: Sequence[int]) -> None:
        self._target = port
        self._cuts = list(cuts)
        self.connections = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.port = int(self._listening.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listening.close()
        for one in self._open:
            _reset(one)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
                self.connections += 1
                self._open += [near, far]
                left = [self._cuts.pop(0) if self._cuts else 1 << 62]
                lock = threading.Lock()
                for source, target in ((near, far), (far, near)):
                    threading.Thread(target=_forward, args=(source, target, left, lock), daemon=True).start()


def _forward(source: socket.socket, target: socket.socket, left: list[int], lock: threading.Lock) -> None:
    with suppress(OSError):
        while block := source.recv(16384):
            with lock:
                allowed = min(len(block), left[0])
                left[0] -= allowed
            target.sendall(block[:allowed])
            if allowed < len(block):
                break
    _reset(source)
    _reset(target)


def _reset(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
    connection.close()


@contextmanager
def cutting_proxy(port: int, cuts: Sequence[int]) -> Iterator[CuttingProxy]:
    proxy = CuttingProxy(port, cuts)
    try:
        yield proxy
    finally:
        proxy.close()
