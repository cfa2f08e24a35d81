"""JSON objects, one a line, between a process and its sandboxed child, over a pair of Unix sockets."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

_MAX_LINE = 1 << 16
_PATIENCE_S = 10


class LineChannel:
    """One end of the pair. A thread reads the lines; `received` gets each object, `closed` is called once at the end.

    The other side may run hostile code: a line that is too long closes the channel, one that is no object is skipped.
    So does a line that the other side does not read for `patience` seconds. `is_open`: whether neither has happened.
    """

    def __init__(
        self,
        end: socket.socket,
        received: Callable[[dict[str, Any]], None],
        closed: Callable[[], None],
        patience: int = _PATIENCE_S,
    ) -> None:
        # Not a timeout of the socket, which would also count while the other side has nothing to say.
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", patience, 0))
        self.is_open = True
        self._socket = end
        self._received = received
        self._closed = closed
        self._sending = threading.Lock()
        self._reader = threading.Thread(target=self._read, daemon=True, name="farm-lines")
        self._reader.start()

    def send(self, message: dict[str, Any]) -> bool:
        """Send an object. Return False if the other side is gone or does not read."""
        line = json.dumps(message, ensure_ascii=False).encode() + b"\n"
        with self._sending:
            try:
                self._socket.sendall(line)
            except OSError:
                # Half a line may be there: the next one would not be understood.
                self.is_open = False
                with suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)
                return False
        return True

    def close(self) -> None:
        """Close the channel; the other side sees its end."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        if threading.current_thread() is not self._reader:
            self._reader.join()
        self._socket.close()

    def _read(self) -> None:
        with suppress(OSError), self._socket.makefile("rb") as lines:
            while line := lines.readline(_MAX_LINE):
                if not line.endswith(b"\n"):
                    break
                with suppress(ValueError, RecursionError):
                    message = json.loads(line)
                    if isinstance(message, dict):
                        self._received(message)
        self.is_open = False
        self._closed()
