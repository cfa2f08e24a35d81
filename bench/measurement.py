"""Measures a command's wall time, processor time and peak memory, including its children."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measurement:
    """Wall time and processor time in seconds, and peak resident memory in MiB."""

    wall: float
    processor: float
    memory: float


def measure(command: Sequence[str], environment: dict[str, str] | None = None) -> Measurement:
    """Runs and measures a command. Raises RuntimeError with the end of its stderr if it fails."""
    began = time.monotonic()
    process = subprocess.Popen(
        list(command), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env={**os.environ, **(environment or {})}
    )
    assert process.stderr is not None
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command[0]} exited with {process.returncode}: {errors.decode(errors='replace')[-2000:]}")
    scale = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return Measurement(time.monotonic() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / scale)
