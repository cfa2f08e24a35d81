"""Runs many attacks in sandboxed processes, of which one is started again after a crash."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class FuzzResult:
    """The numbers of attacks that were accepted, and of those that ended their process, with its exit code."""

    accepted: list[int] = field(default_factory=list)
    crashed: dict[int, tuple[int, str]] = field(default_factory=dict)


def fuzz(name: str, numbers: range, folder: Path) -> FuzzResult:
    """The result of attacks of a kind; the attacked studio is `folder`/installed."""
    found, number = FuzzResult(), numbers.start
    # Threads that run before the sandbox would not be in it.
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    while number < numbers.stop:
        shutil.rmtree(folder / "scratch", ignore_errors=True)
        command = [sys.executable, "-m", "tests.market.fuzz_child", name, str(folder), str(number), str(numbers.stop)]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        for line in done.stdout.splitlines():
            count, accepted = map(int, line.split())
            if accepted:
                found.accepted.append(count)
            number = count + 1
        if done.returncode or number < numbers.stop:
            found.crashed[number] = (done.returncode, done.stderr[-600:])
            number += 1
    return found
