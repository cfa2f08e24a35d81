"""Whether sound can be heard here: whether this process reaches a sound device, and which machine this is."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping
from pathlib import Path

from engine.errors import EngineError

_DEVICES = Path("/dev/snd")


def require_audio_output(instead: str) -> None:
    """Raises EngineError, naming this machine and what to do `instead`, where nothing would be heard."""
    # A Mac has a sound device whatever it is; that somebody sits there is what the screen tells.
    if sys.platform != "darwin" and not _reaches_one(os.environ):
        machine = platform.node()
        raise EngineError(
            f"There is no sound device here: on {machine} neither PipeWire nor PulseAudio nor ALSA is there.",
            f"Run this at {machine} itself, with its loudspeakers; or {instead}.",
        )


def _reaches_one(environment: Mapping[str, str]) -> bool:
    """A sound server's socket, one named for this process, or a card of this machine's."""
    if environment.get("PULSE_SERVER") or environment.get("PIPEWIRE_REMOTE"):
        return True
    own = Path(environment.get("XDG_RUNTIME_DIR") or "/nowhere")
    if any((own / name).is_socket() for name in ("pulse/native", "pipewire-0")):
        return True
    return any(os.access(card, os.W_OK) for card in _DEVICES.glob("pcm*p"))
