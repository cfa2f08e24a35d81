"""The sound of a microphone, in blocks; nothing is stored. A recorded file can take its place."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.sound.channel_analysis import SPEECH_RATE

MICROPHONE = "CWTUI_MICROPHONE"
"""The environment variable that names another microphone: FORMAT:DEVICE as FFmpeg has them, or a sound file."""

# FFmpeg's input format and device for the microphone that the system has selected.
_DEFAULT = {"darwin": ("avfoundation", ":default"), "linux": ("alsa", "default")}


def microphone_source(environment: Mapping[str, str] = os.environ) -> tuple[str | None, str]:
    """FFmpeg's input format and device; the format is None for a file. Raises EngineError if there is none."""
    named = environment.get(MICROPHONE, "")
    if named and Path(named).is_file():
        return None, named
    form, device = named.split(":", 1) if ":" in named else _DEFAULT.get(sys.platform, ("", ""))
    if form not in av.formats_available:
        raise EngineError(
            f"This build of FFmpeg cannot read a microphone on {platform.node()}.",
            f"Name one as FORMAT:DEVICE in {MICROPHONE}.",
        )
    return form, device


def microphone_blocks(stopped: Callable[[], bool]) -> Iterator[NDArray[np.float32]]:
    """Blocks of (samples,) float32 at 16 kHz, mono, until `stopped` or the end of a file.

    Raises EngineError if there is no microphone, or the system does not allow it.
    """
    form, device = microphone_source()
    try:
        with av.open(device, format=form) as container:
            resampler = av.AudioResampler(format="flt", layout="mono", rate=SPEECH_RATE)
            for frame in container.decode(audio=0):
                if stopped():
                    return
                for part in resampler.resample(frame):
                    yield _samples(part)
    except (av.error.FFmpegError, OSError, IndexError) as error:
        raise EngineError(
            f"The microphone of {platform.node()} cannot be read: {getattr(error, 'strerror', None) or error}.",
            "Connect one, and allow the terminal to use it in the system's privacy settings.",
        ) from error


def _samples(frame: Any) -> NDArray[np.float32]:
    return np.asarray(frame.to_ndarray().reshape(-1), np.float32)
