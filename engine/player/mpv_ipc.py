"""A player's window that follows orders, and says where it is: mpv's JSON IPC over the socket it was given."""

from __future__ import annotations

import json
import os
import select
import socket
import stat
import time
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from threading import Lock, Thread
from typing import Any

from engine.errors import EngineError

_CONNECT_TIMEOUT_S = 5.0
_SOCKET_TIMEOUT_S = 1.0
_POLL_S = 0.05
_OBSERVED = ("time-pos", "pause")


class MpvClient:
    """One window. Orders never wait for it and never fail: one that is closed is no longer `alive`.

    Raises EngineError where nobody listens at the socket, or where others may reach it: the protocol asks nobody who
    they are.
    """

    def __init__(self, address: Path) -> None:
        _require_private(address.parent)
        self._socket = _connect(address)
        self._writing = Lock()
        self._number = 0
        self._unsent = b""
        self._position: Fraction | None = None
        self._paused = True
        self._alive = True
        self._cleaned: Path | None = None
        Thread(target=self._listen, name="player", daemon=True).start()
        for number, name in enumerate(_OBSERVED, 1):
            self._send("observe_property", number, name)

    @property
    def alive(self) -> bool:
        """Whether the window is there."""
        return self._alive

    @property
    def paused(self) -> bool:
        """Whether it stands still."""
        return self._paused

    def position(self) -> Fraction | None:
        """Where it is, in seconds, as it said last; None before it has."""
        return self._position

    def seek(self, at: Fraction) -> None:
        """To a moment, in seconds, exactly."""
        self._position = at
        self._send("seek", round(float(at), 3), "absolute+exact")

    def pause(self, on: bool) -> None:
        """Stands still, or plays."""
        self._paused = on
        self._send("set_property", "pause", on)

    def show_text(self, text: str, seconds: float = 1.0) -> None:
        """Words over the picture."""
        self._send("show-text", text.replace("$", "$$"), round(seconds * 1000))

    def set_audio(self, cleaned: Path | None, gain_db: float = 0.0) -> None:
        """The window's own sound, or a cleaned version of it at so many decibels; the picture goes on."""
        if cleaned is None:
            self._send("set_property", "aid", 1)
            self._send("set_property", "af", "")
            return
        if cleaned != self._cleaned:
            self._cleaned = cleaned
            self._send("audio-add", str(cleaned), "select", "cleaned")
        else:
            self._send("set_property", "aid", 2)
        self._send("set_property", "af", f"lavfi=[volume={gain_db:.2f}dB]")

    def quit(self) -> None:
        """Closes the window."""
        self._send("quit")
        self.close()

    def close(self) -> None:
        """Lets go of the window, which stays."""
        self._alive = False
        # The thread that listens wakes up at this, and closes the line.
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def _send(self, *words: Any) -> None:
        with self._writing:
            if not self._alive:
                return
            self._number += 1
            order = json.dumps({"command": words, "request_id": self._number}).encode() + b"\n"
            try:
                # What a window that hangs has no room for is dropped; half an order is made whole first.
                if self._unsent:
                    self._unsent = self._unsent[self._socket.send(self._unsent) :]
                if not self._unsent:
                    self._unsent = order[self._socket.send(order) :]
            except BlockingIOError:
                return
            except OSError:
                self._alive = False

    def _listen(self) -> None:
        coming = select.poll()
        coming.register(self._socket, select.POLLIN)
        held = b""
        while heard := self._receive(coming):
            *lines, held = (held + heard).split(b"\n")
            for line in lines:
                # Numbers may be no time: NaN, or infinity.
                with suppress(ValueError, OverflowError):
                    self._handle(json.loads(line))
        with self._writing:
            self._alive = False
            self._socket.close()

    def _receive(self, coming: select.poll) -> bytes:
        coming.poll()
        try:
            return self._socket.recv(1 << 16)
        except OSError:
            return b""

    def _handle(self, event: Any) -> None:
        if not isinstance(event, dict) or event.get("event") != "property-change":
            return
        value = event.get("data")
        if event.get("name") == "time-pos" and isinstance(value, int | float):
            self._position = Fraction(round(value * 1000), 1000)
        elif event.get("name") == "pause" and isinstance(value, bool):
            self._paused = value


def _require_private(folder: Path) -> None:
    try:
        found = folder.lstat()
    except OSError as error:
        raise EngineError(f"{folder} cannot be reached: {error.strerror}.", "Open the window again.") from error
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise EngineError(f"{folder} is open to others, and a player's socket is to be yours alone.", "Remove it.")


def _connect(address: Path) -> socket.socket:
    until = time.monotonic() + _CONNECT_TIMEOUT_S
    while True:
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(_SOCKET_TIMEOUT_S)
        try:
            line.connect(str(address))
        except OSError as error:
            line.close()
            if time.monotonic() > until:
                raise EngineError(
                    "The player does not take orders.", "Close its window, then open it again."
                ) from error
            time.sleep(_POLL_S)
            continue
        line.setblocking(False)
        return line
