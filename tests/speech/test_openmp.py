"""Idle threads of speech models sleep, so that several jobs can share the cores."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

# The detection of speech comes before the first model.
DETECT_SPEECH = """
import numpy
from engine.speech.activity import speech_windows
speech_windows(numpy.zeros(16_000, numpy.float32))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the wheel for macOS has another OpenMP library")
def test_openmp_threads_sleep_while_they_wait() -> None:
    environment = {**os.environ, "OMP_DISPLAY_ENV": "VERBOSE"}
    environment.pop("OMP_WAIT_POLICY", None)
    loaded = subprocess.run(
        [sys.executable, "-c", DETECT_SPEECH], env=environment, capture_output=True, text=True, check=True
    )
    assert "GOMP_SPINCOUNT = '0'" in loaded.stderr
