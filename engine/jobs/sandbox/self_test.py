"""Tests which restrictions this machine enforces: a confined child process tries each one."""

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
class SandboxFinding:
    """The result for one restriction. `by` is what enforces it or what is missing; `fix` is how to fix it."""

    restriction: str
    enforced: bool
    by: str
    fix: str = ""


def run_self_test() -> list[SandboxFinding]:
    """Tests "writing", "reading", "network", "memory" and "cpu" in a child process; takes about two seconds."""
    held = _run_child()
    files = [_files(name, name in held) for name in ("writing", "reading")]
    return [*files, _network("network" in held), _memory("memory" in held), _cpu("cpu" in held)]


def _run_child() -> set[str]:
    # On macOS the temporary folder is always writable, so the forbidden folder must be elsewhere.
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


def _files(name: str, enforced: bool) -> SandboxFinding:
    if sys.platform == "darwin":
        return SandboxFinding(name, enforced, "Seatbelt", "" if enforced else _REPORT)
    from engine.jobs.sandbox import landlock

    version = landlock.abi()
    if not version:
        fix = "Use kernel 5.19 or newer with landlock in its lsm= list. A container may have to allow it."
        return SandboxFinding(name, enforced, "this kernel has no Landlock", fix)
    short = {1: ", which refuses renames between folders and cannot refuse truncation"}
    short[2] = ", which cannot refuse truncation"
    if name == "reading":
        short = {}
    fix = "Use kernel 6.2 or newer." if version in short else ""
    return SandboxFinding(
        name, enforced, f"Landlock ABI {version}{short.get(version, '')}", fix if enforced else _REPORT
    )


def _network(enforced: bool) -> SandboxFinding:
    if sys.platform == "darwin":
        return SandboxFinding("network", enforced, "Seatbelt", "" if enforced else _REPORT)
    from engine.jobs.sandbox import seccomp

    if not seccomp.available():
        fix = "Use a kernel with seccomp filters, on x86_64 or aarch64."
        return SandboxFinding("network", enforced, "this kernel has no seccomp filters", fix)
    return SandboxFinding("network", enforced, "seccomp", "" if enforced else _REPORT)


def _memory(enforced: bool) -> SandboxFinding:
    if enforced:
        return SandboxFinding("memory", True, "RLIMIT_DATA and monitoring by the studio process")
    return SandboxFinding(
        "memory", False, "only monitoring by the studio process", "No action needed: jobs over their limit are stopped."
    )


def _cpu(enforced: bool) -> SandboxFinding:
    return SandboxFinding("cpu", enforced, "RLIMIT_CPU", "" if enforced else _REPORT)


_REPORT = "This restriction should work here. Please report a bug, with the version of your system."
