"""A fake `mpv` for tests: accepts commands as mpv does, from several clients.

`python mpv.py … --input-ipc-server=SOCKET … FILE`. It logs each command as a line of JSON beside its socket.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from pathlib import Path
from threading import Lock, Thread
from typing import Any


class Window:
    """The state of a window; notifies observers of changes."""

    def __init__(self, log: Path) -> None:
        self._values: dict[str, Any] = {"time-pos": 0.0, "pause": True, "speed": 1.0, "play-direction": "forward"}
        self._observers: list[tuple[socket.socket, int, str]] = []
        self._log_path = log
        self._lock = Lock()

    def serve(self, client: socket.socket) -> None:
        """Serve one client until it disconnects."""
        for message in client.makefile("rb"):
            with self._lock:
                self._run(client, json.loads(message)["command"])

    def _run(self, client: socket.socket, command: list[Any]) -> None:
        with self._log_path.open("a") as log:
            log.write(json.dumps(command) + "\n")
        match command:
            case ["quit"]:
                # Exit at once, like a window that is closed, although clients are connected.
                os._exit(0)
            case ["observe_property", number, name]:
                self._observers.append((client, number, name))
                self._notify(name)
            case ["seek", at, *_]:
                self._set("time-pos", at)
            case ["set_property", name, value] if name in self._values:
                self._set(name, value)

    def _set(self, name: str, value: Any) -> None:
        self._values[name] = value
        self._notify(name)

    def _notify(self, name: str) -> None:
        for client, number, observed in self._observers:
            if observed == name:
                event = {"event": "property-change", "id": number, "name": name, "data": self._values[name]}
                client.sendall(json.dumps(event).encode() + b"\n")


def main() -> None:
    """Run until a quit command."""
    address = Path(
        next(argument for argument in sys.argv if argument.startswith("--input-ipc-server=")).partition("=")[2]
    )
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(address))
    server.listen(4)
    window = Window(address.with_suffix(".hint"))
    while True:
        client, _ = server.accept()
        Thread(target=window.serve, args=(client,), daemon=True).start()


if __name__ == "__main__":
    main()
