"""Measures a command's wall time, processor time and peak memory, including its children."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

# A process begins with the peak memory of the one that starts it. The command is started by a small one, not by a
# benchmark that has samples and models in memory.
_STARTER = """
import json, os, subprocess, sys, time
begin = time.monotonic()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
found = os.waitstatus_to_exitcode(status), time.monotonic() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss
print(json.dumps(found))
"""


@dataclass(frozen=True, slots=True)
class Measurement:
    """Wall time and processor time in seconds, and peak resident memory in MiB."""

    wall: float
    processor: float
    memory: float


def measure(command: Sequence[str], environment: dict[str, str] | None = None) -> Measurement:
    """Runs and measures a command. Raises RuntimeError with the end of its stderr if it fails."""
    started = subprocess.run(
        [sys.executable, "-SE", "-c", _STARTER, *command],
        capture_output=True,
        env={**os.environ, **(environment or {})},
    )
    code, wall, processor, memory = json.loads(started.stdout)
    if code:
        raise RuntimeError(f"{command[0]} exited with {code}: {started.stderr.decode(errors='replace')[-2000:]}")
    scale = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return Measurement(wall, processor, memory / scale)
