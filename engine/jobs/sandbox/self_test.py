"""Which walls really stand on this machine: a child puts them up, runs into each, and says what happened."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import engine

_TRIAL_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Finding:
    """One wall tried out. `by` is what enforces it, or what is missing; `mend` says what would help."""

    wall: str
    enforced: bool
    by: str
    mend: str = ""


def examine() -> list[Finding]:
    """Tries "files", "network", "memory" and "cpu" in a process of its own; takes about two seconds."""
    held = _try()
    return [_files("files" in held), _network("network" in held), _memory("memory" in held), _cpu("cpu" in held)]


def _try() -> set[str]:
    # macOS leaves every job the folder for temporary files, so there the place to be kept out of is elsewhere.
    outside = Path.home() if sys.platform == "darwin" else None
    with tempfile.TemporaryDirectory() as writable, tempfile.TemporaryDirectory(dir=outside) as other:
        trial = subprocess.run(
            [sys.executable, "-m", "engine.jobs.sandbox", writable, other],
            cwd=Path(engine.__file__).parent.parent,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TRIAL_SECONDS,
        )
    held = {name for name, stands in json.loads(trial.stdout or b"{}").items() if stands}
    return held | ({"cpu"} if trial.returncode == -signal.SIGXCPU else set())


def _files(enforced: bool) -> Finding:
    if sys.platform == "darwin":
        return Finding("files", enforced, "Seatbelt", "" if enforced else _REPORT)
    from engine.jobs.sandbox import landlock

    version = landlock.abi()
    if not version:
        mend = "Start a kernel of 5.19 or newer with landlock in its lsm= list; a container may have to allow it."
        return Finding("files", enforced, "this kernel has no Landlock", mend)
    short = {1: ", which refuses renames between folders and cannot refuse truncating"}
    short[2] = ", which cannot refuse truncating"
    mend = "A kernel of 6.2 or newer closes this." if version in short else ""
    return Finding("files", enforced, f"Landlock ABI {version}{short.get(version, '')}", mend if enforced else _REPORT)


def _network(enforced: bool) -> Finding:
    if sys.platform == "darwin":
        return Finding("network", enforced, "Seatbelt", "" if enforced else _REPORT)
    from engine.jobs.sandbox import seccomp

    if not seccomp.available():
        mend = "Use a kernel with seccomp filters, on x86_64 or aarch64."
        return Finding("network", enforced, "this kernel takes no seccomp filters", mend)
    return Finding("network", enforced, "seccomp", "" if enforced else _REPORT)


def _memory(enforced: bool) -> Finding:
    if enforced:
        return Finding("memory", True, "RLIMIT_DATA, and the studio watching")
    return Finding("memory", False, "nothing but the studio watching", "Nothing to do: the studio ends what grows.")


def _cpu(enforced: bool) -> Finding:
    return Finding("cpu", enforced, "RLIMIT_CPU", "" if enforced else _REPORT)


_REPORT = "This wall should stand here and does not: please report it with this machine's system version."
