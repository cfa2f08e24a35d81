"""Tests whether this process can reach a sound device."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping
from pathlib import Path

from engine.errors import EngineError

_DEVICES = Path("/dev/snd")


def require_audio_output(instead: str) -> None:
    """Raises EngineError with the machine's name and the alternative `instead` if there is no sound device."""
    if not has_audio_output():
        machine = platform.node()
        raise EngineError(
            f"No sound device on {machine}: PipeWire, PulseAudio and ALSA are missing.",
            f"{instead[:1].upper()}{instead[1:]}; or run this at a machine with loudspeakers.",
        )


def has_audio_output() -> bool:
    """Whether this process can reach a sound device."""
    # Every Mac has a sound device; the display check tells whether the user sits at it.
    return sys.platform == "darwin" or _reaches_one(os.environ)


def _reaches_one(environment: Mapping[str, str]) -> bool:
    """Whether there is a sound server (by environment variable or socket) or a writable ALSA device."""
    if environment.get("PULSE_SERVER") or environment.get("PIPEWIRE_REMOTE"):
        return True
    own = Path(environment.get("XDG_RUNTIME_DIR") or "/nowhere")
    if any((own / name).is_socket() for name in ("pulse/native", "pipewire-0")):
        return True
    return any(os.access(card, os.W_OK) for card in _DEVICES.glob("pcm*p"))
