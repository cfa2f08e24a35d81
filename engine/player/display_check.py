"""Whether a window can be opened here: whether this process has a screen, and which machine this is."""

from __future__ import annotations

import os
import platform
import re
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from engine.errors import EngineError

_TIMEOUT_S = 2.0


STILLS = "look at stills: cwtui frame TAKE --at 1.5 -o still.png, cwtui sheet TAKE -o sheet.png"


def require_display(instead: str = STILLS) -> None:
    """Raises EngineError, naming this machine and what to do `instead`, where a window could not be seen."""
    why = _why_none(os.environ)
    if why:
        raise EngineError(
            f"There is no screen here to open a window on: {why}.",
            f"Run this at {platform.node()} itself, in its own desktop; or {instead}.",
        )


def _why_none(environment: Mapping[str, str]) -> str:
    machine = platform.node()
    if sys.platform == "darwin":
        session = _session()
        return "" if session == "Aqua" else f"on {machine} this runs outside the desktop ({session})"
    display, wayland = environment.get("DISPLAY", ""), environment.get("WAYLAND_DISPLAY", "")
    if not display and not wayland:
        return f"on {machine} neither DISPLAY nor WAYLAND_DISPLAY is set"
    if wayland and _answers(Path(environment.get("XDG_RUNTIME_DIR", "")) / wayland):
        return ""
    if display and _x_answers(display):
        return ""
    named = " and ".join(
        f"{name}={value}" for name, value in (("WAYLAND_DISPLAY", wayland), ("DISPLAY", display)) if value
    )
    return f"on {machine} nothing answers at {named}"


def _session() -> str:
    """The kind of login session that this process belongs to: Aqua is the one with a desktop."""
    try:
        session = subprocess.run(
            ["/bin/launchctl", "managername"], capture_output=True, text=True, check=False, timeout=_TIMEOUT_S
        )
    except (OSError, subprocess.TimeoutExpired):
        return "launchctl does not say"
    return session.stdout.strip() or "launchctl does not say"


def _x_answers(display: str) -> bool:
    """Whether the X server is there: `:0` on this machine, `localhost:10.0` at the far end of an ssh -X."""
    found = re.fullmatch(r"(?:unix)?:(\d+)(?:\.\d+)?", display)
    if not found:
        # Somebody else's screen, which only the player can try.
        return True
    path = f"/tmp/.X11-unix/X{found[1]}"
    return _answers(Path(path)) or _answers(f"\0{path}")


def _answers(address: Path | str) -> bool:
    with socket.socket(socket.AF_UNIX) as knock:
        knock.settimeout(_TIMEOUT_S)
        try:
            knock.connect(str(address))
        except OSError:
            return False
    return True
