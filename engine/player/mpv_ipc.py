"""Client for mpv's JSON IPC: sends commands over a Unix socket and tracks position and pause state."""

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
_OBSERVED = ("time-pos", "pause", "speed", "play-direction")
_SET_DIRECTION = ("set_property", "play-direction")

FILTER = "sides"
"""The label of the sound filter."""


class MpvClient:
    """A connection to one player window. Commands never block and never fail; `alive` is false after it is closed.

    Raises EngineError if nothing listens at the socket, or other users can reach it: the protocol has no
    authentication.
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
        self._rate, self._backward = Fraction(1), False
        self._can_reverse = True
        self._direction_request = 0
        self._cleaned: Path | None = None
        Thread(target=self._listen, name="player", daemon=True).start()
        for number, name in enumerate(_OBSERVED, 1):
            self._send("observe_property", number, name)

    @property
    def alive(self) -> bool:
        """Whether the window is open."""
        return self._alive

    @property
    def paused(self) -> bool:
        """Whether playback is paused."""
        return self._paused

    @property
    def speed(self) -> Fraction:
        """The speed at which it plays, in multiples of real time; negative if it plays in reverse."""
        return -self._rate if self._backward else self._rate

    @property
    def can_reverse(self) -> bool:
        """Whether the player can play in reverse; versions before 0.32 cannot."""
        return self._can_reverse

    def position(self) -> Fraction | None:
        """The last reported position in seconds; None before the first report."""
        return self._position

    def seek(self, at: Fraction) -> None:
        """Seeks to the exact time `at` in seconds."""
        self._position = at
        self._send("seek", round(float(at), 3), "absolute+exact")

    def pause(self, on: bool) -> None:
        """Pauses or resumes playback."""
        self._paused = on
        self._send("set_property", "pause", on)

    def set_speed(self, speed: Fraction) -> None:
        """Sets the speed in multiples of real time, in reverse if it is negative. The pitch of the sound stays."""
        if (speed < 0) != self._backward:
            self._backward = speed < 0
            self._send(*_SET_DIRECTION, "backward" if speed < 0 else "forward")
        self._rate = abs(speed)
        self._send("set_property", "speed", float(self._rate))

    def show_text(self, text: str, seconds: float = 1.0) -> None:
        """Shows text over the picture."""
        self._send("show-text", text.replace("$", "$$"), round(seconds * 1000))

    def set_audio(self, cleaned: Path | None, gain_db: float = 0.0) -> None:
        """Selects the file's own sound, or a cleaned version with a gain in dB, without interrupting playback."""
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

    def set_filter(self, graph: str) -> None:
        """Replaces the sound filter by an FFmpeg graph, which `command_filter` reaches."""
        self._send("set_property", "af", f"@{FILTER}:lavfi=[{graph}]")

    def command_filter(self, name: str, argument: str) -> None:
        """Sends a command to the filters of the graph. Playback goes on without a gap."""
        self._send("af-command", FILTER, name, argument)

    def quit(self) -> None:
        """Closes the window."""
        self._send("quit")
        self.close()

    def close(self) -> None:
        """Disconnects; the window stays open."""
        self._alive = False
        # This wakes the listening thread, which closes the socket.
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def _send(self, *words: Any) -> None:
        with self._writing:
            if not self._alive:
                return
            self._number += 1
            if words[:2] == _SET_DIRECTION:
                self._direction_request = self._number
            order = json.dumps({"command": words, "request_id": self._number}).encode() + b"\n"
            try:
                # If the player hangs and the buffer is full, drop the command, but complete a partial one first.
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
                # The position may be NaN or infinite.
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
        if not isinstance(event, dict):
            return
        if event.get("event") == "property-change":
            self._handle_change(event.get("name"), event.get("data"))
        elif event.get("request_id") == self._direction_request and event.get("error", "success") != "success":
            self._can_reverse = self._backward = False

    def _handle_change(self, name: Any, value: Any) -> None:
        if name == "pause" and isinstance(value, bool):
            self._paused = value
        elif name == "play-direction" and isinstance(value, str):
            self._backward = value.startswith(("backward", "-"))
        elif isinstance(value, int | float):
            exact = Fraction(round(value * 1000), 1000)
            if name == "time-pos":
                self._position = exact
            elif name == "speed":
                self._rate = exact


def _require_private(folder: Path) -> None:
    try:
        found = folder.lstat()
    except OSError as error:
        raise EngineError(f"{folder} cannot be reached: {error.strerror}.", "Open the window again.") from error
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise EngineError(
            f"Other users can access {folder}, but the player's socket must be private.", "Remove the folder."
        )


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
                    "The player does not accept commands.", "Close its window, then open it again."
                ) from error
            time.sleep(_POLL_S)
            continue
        line.setblocking(False)
        return line
