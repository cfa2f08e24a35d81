"""A player is started in a session of its own, and seen to stay."""

from __future__ import annotations

import os
import secrets
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from engine.errors import EngineError
from engine.player.audio_check import require_audio_output
from engine.player.display_check import require_display
from engine.player.players import PlaybackRequest, Player, Side, find_player

# A player that cannot open its window or its file leaves within this.
_SETTLING_S = 1.0
# So long may a cold start take until the player listens.
_START_TIMEOUT_S = 10.0
_POLL_S = 0.02

# In bytes, as macOS has it; Linux has 107.
_LONGEST_ADDRESS = 103


@dataclass(frozen=True, slots=True)
class PlayerWindow:
    """A player at work: its process, and the socket on which it takes orders (mpv's JSON IPC), if it does.

    `switches` and `chooses` say what it can do with the sides that it was given, as its `Player` does.
    """

    player: str
    pid: int | None
    socket: Path | None
    from_start: bool
    switches: bool
    chooses: bool

    def as_json(self) -> dict[str, Any]:
        """For the command line."""
        return {"player": self.player, "pid": self.pid, "socket": str(self.socket) if self.socket else None}


def open_in_player(path: Path, title: str, at: Fraction = Fraction(0)) -> PlayerWindow:
    """Opens a file in the best player there is, from `at` seconds on; it goes on when this process ends.

    Raises EngineError where there is no screen, no player, or where the player leaves at once.
    """
    require_display()
    return _open(
        PlaybackRequest(path.absolute(), title, at), "Try it at the machine's own desktop; cwtui sheet shows stills."
    )


def listen_in_player(
    sides: Sequence[Side], chosen: int, title: str, at: Fraction, *, tracks: int, instead: str
) -> PlayerWindow:
    """Opens the player on the sound of one side, or of two; the chosen one is heard at first.

    `tracks` is how many sound tracks the first side's file has.

    Raises EngineError as `open_in_player`, and where there is no sound device; `instead` says what else can be done.
    """
    require_display(instead)
    require_audio_output(instead)
    absolute = tuple(replace(side, path=side.path.absolute()) for side in sides)
    wanted = PlaybackRequest(absolute[chosen].path, title, at, absolute, chosen, tracks)
    return _open(wanted, f"Try it at the machine's own desktop; or {instead}.")


def _open(request: PlaybackRequest, hint: str) -> PlayerWindow:
    player = find_player()
    if player is None:
        raise EngineError(
            "There is no player here.", "Install mpv (brew install mpv, apt install mpv) or FFmpeg's ffplay."
        )
    address = _sockets() / _address()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            player.command(request, address),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
        if not _is_running(process, player, address):
            said.seek(0)
            words = said.read().decode(errors="replace").strip().splitlines()
            last = f": {words[-1]}" if words else f" (it left with {process.returncode})"
            raise EngineError(
                f"{player.name} did not open {request.path.name}{last}.",
                hint,
            )
    return PlayerWindow(
        player.name,
        process.pid if player.stays else None,
        address if _listening(address) else None,
        from_start=not player.stays,
        switches=player.switches,
        chooses=player.chooses,
    )


def _is_running(process: subprocess.Popen[bytes], player: Player, address: Path) -> bool:
    """Whether the player is there to be looked at. One that is closed at once, and says nothing, has been."""
    if player.listens:
        until = time.monotonic() + _START_TIMEOUT_S
        while process.poll() is None and time.monotonic() < until:
            if _listening(address):
                return True
            time.sleep(_POLL_S)
    else:
        try:
            process.wait(_SETTLING_S if player.stays else _START_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            return True
    return process.poll() in (None, 0)


def _sockets() -> Path:
    """A folder of this user's own for sockets; those that nobody listens at any more are removed.

    Where the one for temporary files lies too deep for a socket's address, it is in /tmp.
    """
    own = Path(os.environ.get("XDG_RUNTIME_DIR", ""))
    name = f"cleanwater-{os.getuid()}"
    likely = [*([own] if own.is_absolute() and own.is_dir() else []), Path(tempfile.gettempdir()), Path("/tmp")]
    folder = next((place for place in likely if _fits(place / name)), likely[-1]) / name
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise EngineError(
            f"{folder} is open to others, and a player's socket is to be yours alone.", "Remove it, then try again."
        )
    for path in folder.glob("*.sock"):
        if not _listening(path):
            path.unlink(missing_ok=True)
            path.with_suffix(".conf").unlink(missing_ok=True)
    return folder


def _fits(folder: Path) -> bool:
    return len(os.fsencode(folder / _address())) <= _LONGEST_ADDRESS


def _address() -> str:
    return f"{secrets.token_hex(8)}.sock"


def _listening(address: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as knock:
        try:
            knock.connect(str(address))
        except OSError:
            return False
    return True
