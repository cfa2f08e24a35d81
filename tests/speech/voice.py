"""A synthetic voice for tests: eSpeak NG from its wheel, in a separate process for each line.

eSpeak keeps state between lines: in one process, a line would depend on the tests before it.
"""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from fixtures import espeak

_VOICE = ("en-us", "50", "50")
_PACE = "150"


@cache
def spoken(text: str) -> NDArray[np.float32]:
    """The line as (samples,) float32 mono at 16 kHz."""
    command = [sys.executable, str(Path(espeak.__file__)), *_VOICE, _PACE, text]
    raw = subprocess.run(command, capture_output=True, check=True).stdout[4:]
    samples = soxr.resample(np.frombuffer(raw, "<i2").astype(np.float32) / 32768, espeak.SAMPLE_RATE, 16_000)
    samples.setflags(write=False)
    return samples


def pause(seconds: float) -> NDArray[np.float32]:
    """Inaudible room tone: noise at -80 dBFS."""
    generator = np.random.default_rng(3)
    return (1e-4 * generator.standard_normal(round(seconds * 16_000))).astype(np.float32)
