"""Idle threads of speech models sleep, so that several jobs can share the cores."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

TRANSCRIBE = """
import numpy
from engine.speech import open_transcriber
open_transcriber("tiny.en", "faster-whisper").transcribe(numpy.zeros(16_000, numpy.float32))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the wheel for macOS has another OpenMP library")
def test_openmp_threads_sleep_while_they_wait() -> None:
    environment = {**os.environ, "OMP_DISPLAY_ENV": "TRUE"}
    environment.pop("OMP_WAIT_POLICY", None)
    loaded = subprocess.run(
        [sys.executable, "-c", TRANSCRIBE], env=environment, capture_output=True, text=True, check=True
    )
    assert "OMP_WAIT_POLICY = 'PASSIVE'" in loaded.stderr
