"""Tests whether this process can open a window on a display."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from engine.errors import EngineError
from engine.player.unix_socket import is_listening

_TIMEOUT_S = 2.0


STILLS = "write a still: cwtui frame TAKE --at 1.5 -o still.png"


def require_display(instead: str = STILLS) -> None:
    """Raises EngineError with the machine's name and the alternative `instead` if there is no display."""
    why = _why_none(os.environ)
    if why:
        raise EngineError(
            f"No window can be opened: {why}.",
            f"Run this in a desktop session of {platform.node()}, or {instead}.",
        )


def _why_none(environment: Mapping[str, str]) -> str:
    machine = platform.node()
    if sys.platform == "darwin":
        session = _session()
        return "" if session == "Aqua" else f"{machine} runs this outside the desktop ({session})"
    display, wayland = environment.get("DISPLAY", ""), environment.get("WAYLAND_DISPLAY", "")
    if not display and not wayland:
        return f"{machine} has no display (DISPLAY and WAYLAND_DISPLAY are not set)"
    if wayland and is_listening(Path(environment.get("XDG_RUNTIME_DIR", "")) / wayland, _TIMEOUT_S):
        return ""
    if display and _x_answers(display):
        return ""
    named = " and ".join(
        f"{name}={value}" for name, value in (("WAYLAND_DISPLAY", wayland), ("DISPLAY", display)) if value
    )
    return f"the display of {machine} does not respond ({named})"


def _session() -> str:
    """The launchd session type of this process; "Aqua" is the desktop session."""
    try:
        session = subprocess.run(
            ["/bin/launchctl", "managername"], capture_output=True, text=True, check=False, timeout=_TIMEOUT_S
        )
    except (OSError, subprocess.TimeoutExpired):
        return "session unknown"
    return session.stdout.strip() or "session unknown"


def _x_answers(display: str) -> bool:
    """Whether a local X server (`:0`) responds; True for a remote display (`localhost:10.0` of an ssh -X)."""
    found = re.fullmatch(r"(?:unix)?:(\d+)(?:\.\d+)?", display)
    if not found:
        # Only the player itself can test a remote display.
        return True
    path = f"/tmp/.X11-unix/X{found[1]}"
    return is_listening(path, _TIMEOUT_S) or is_listening(f"\0{path}", _TIMEOUT_S)
