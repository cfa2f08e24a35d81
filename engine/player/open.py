"""Starts a player in its own session and verifies that it keeps running."""

from __future__ import annotations

import os
import secrets
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
from engine.player.players import EDL_SUFFIX, PlaybackRequest, PlayedStretch, Player, Side, find_player
from engine.player.unix_socket import is_listening

# A player that cannot open its window or its file exits within this time.
_SETTLING_S = 1.0
# Maximum time of a cold start until the player listens.
_START_TIMEOUT_S = 10.0
_POLL_S = 0.02

# In bytes: macOS's limit; Linux's is 107.
_LONGEST_ADDRESS = 103


@dataclass(frozen=True, slots=True)
class PlayerWindow:
    """A running player: its process, and its socket for commands (mpv's JSON IPC), if it has one.

    `from_start` is true if the player ignores the start time. `switches` and `chooses` are those of its `Player`.
    """

    player: str
    pid: int | None
    socket: Path | None
    from_start: bool
    switches: bool
    chooses: bool

    def as_json(self) -> dict[str, Any]:
        """The JSON output of the command line."""
        return {"player": self.player, "pid": self.pid, "socket": str(self.socket) if self.socket else None}


def open_in_player(path: Path, title: str, at: Fraction = Fraction(0)) -> PlayerWindow:
    """Opens a file in the best available player at `at` seconds. The player keeps running after this process ends.

    Raises EngineError if there is no display or no player, or the player exits immediately.
    """
    require_display()
    return _open(
        PlaybackRequest(path.absolute(), title, at), "Try it in the machine's own desktop; cwtui sheet shows stills."
    )


def play_stretches(stretches: Sequence[PlayedStretch], title: str, at: Fraction) -> PlayerWindow:
    """Opens a player with stretches of files, one after another, at `at` seconds of them all.

    Raises EngineError as `open_in_player`, and if the best player that is installed plays only whole files.
    """
    require_display()
    player = find_player()
    if player and not player.joins:
        raise EngineError(
            f"{player.name} plays only whole files, not a cut.", "Install mpv: brew install mpv, or apt install mpv."
        )
    absolute = tuple(replace(one, path=one.path.absolute()) for one in stretches)
    wanted = PlaybackRequest(absolute[0].path, title, at, stretches=absolute)
    return _open(wanted, "Try it in the machine's own desktop; or deliver the cut.")


def listen_in_player(
    sides: Sequence[Side], chosen: int, title: str, at: Fraction, *, tracks: int, instead: str
) -> PlayerWindow:
    """Opens the player with the sound of one or two sides, starting with the chosen one.

    `tracks` is the number of sound tracks in the first side's file.

    Raises EngineError as `open_in_player`, and if there is no sound device; `instead` is the alternative in its hint.
    """
    require_display(instead)
    require_audio_output(instead)
    absolute = tuple(replace(side, path=side.path.absolute()) for side in sides)
    wanted = PlaybackRequest(absolute[chosen].path, title, at, absolute, chosen, tracks)
    return _open(wanted, f"Try it in the machine's own desktop; or {instead}.")


def play_in_background(path: Path, title: str, graph: str, at: Fraction, *, loops: bool, instead: str) -> PlayerWindow:
    """Plays a sound file through a graph of FFmpeg filters, without a window.

    Raises EngineError if there is no sound device or mpv is not installed; `instead` is the alternative in its hint.
    """
    require_audio_output(instead)
    player = find_player()
    if player is None or not player.switches:
        raise EngineError("To listen here, mpv is needed.", f"brew install mpv, or apt install mpv; or {instead}.")
    return _open(PlaybackRequest(path.absolute(), title, at, graph=graph, loops=loops), f"Or {instead}.")


def _open(request: PlaybackRequest, hint: str) -> PlayerWindow:
    player = find_player()
    if player is None:
        raise EngineError("No player found.", "Install mpv (brew install mpv, apt install mpv) or FFmpeg's ffplay.")
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
            last = f": {words[-1]}" if words else f" (exit code {process.returncode})"
            raise EngineError(
                f"{player.name} did not open {request.path.name}{last}.",
                hint,
            )
    return PlayerWindow(
        player.name,
        process.pid if player.stays else None,
        address if is_listening(address) else None,
        from_start=not player.stays,
        switches=player.switches,
        chooses=player.chooses,
    )


def _is_running(process: subprocess.Popen[bytes], player: Player, address: Path) -> bool:
    """Whether the player has started. A player that exits early with code 0 was closed by the user and counts."""
    if player.listens:
        until = time.monotonic() + _START_TIMEOUT_S
        while process.poll() is None and time.monotonic() < until:
            if is_listening(address):
                return True
            time.sleep(_POLL_S)
    else:
        try:
            process.wait(_SETTLING_S if player.stays else _START_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            return True
    return process.poll() in (None, 0)


def _sockets() -> Path:
    """Returns this user's private folder for sockets and removes dead sockets from it.

    It is in /tmp if the runtime and temporary folders have too long a path for a socket address.
    """
    own = Path(os.environ.get("XDG_RUNTIME_DIR", ""))
    name = f"cleanwater-{os.getuid()}"
    likely = [*([own] if own.is_absolute() and own.is_dir() else []), Path(tempfile.gettempdir()), Path("/tmp")]
    folder = next((place for place in likely if _fits(place / name)), likely[-1]) / name
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise EngineError(
            f"Other users can access {folder}, but the player's socket must be private.", "Remove it, then try again."
        )
    for path in folder.glob("*.sock"):
        if not is_listening(path):
            path.unlink(missing_ok=True)
            for suffix in (".conf", EDL_SUFFIX):
                path.with_suffix(suffix).unlink(missing_ok=True)
    return folder


def _fits(folder: Path) -> bool:
    return len(os.fsencode(folder / _address())) <= _LONGEST_ADDRESS


def _address() -> str:
    return f"{secrets.token_hex(8)}.sock"
