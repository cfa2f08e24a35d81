"""A voice for the tests: eSpeak NG, as its wheel brings it, through ctypes."""

from __future__ import annotations

import ctypes
from functools import cache

import espeakng_loader
import numpy as np
import soxr
from numpy.typing import NDArray

_SYNCHRONOUS, _UTF8 = 2, 1
_RATE_PARAMETER = 1
_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


@cache
def _library() -> tuple[ctypes.CDLL, int]:
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    rate = library.espeak_Initialize(_SYNCHRONOUS, 0, espeakng_loader.get_data_path().encode(), 0)
    library.espeak_SetVoiceByName(b"en-us")
    library.espeak_SetParameter(_RATE_PARAMETER, 150, 0)
    return library, rate


def spoken(text: str) -> NDArray[np.float32]:
    """The line as (samples,) float32 mono at 16 kHz."""
    library, rate = _library()
    parts: list[NDArray[np.int16]] = []

    @_Callback
    def keep(wave, count, _events) -> int:
        if wave and count:
            parts.append(np.ctypeslib.as_array(wave, (count,)).copy())
        return 0

    library.espeak_SetSynthCallback(keep)
    line = text.encode()
    library.espeak_Synth(line, len(line) + 1, 0, 1, 0, _UTF8, None, None)
    library.espeak_Synchronize()
    return soxr.resample(np.concatenate(parts).astype(np.float32) / 32768, rate, 16_000)


def pause(seconds: float) -> NDArray[np.float32]:
    """Room tone so quiet that it is silence to anybody: -80 dBFS noise."""
    generator = np.random.default_rng(3)
    return (1e-4 * generator.standard_normal(round(seconds * 16_000))).astype(np.float32)
