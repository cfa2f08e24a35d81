"""A child process that confines itself, runs the steps of a test and reports their outcomes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

import pytest

import engine

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="needs the Linux sandbox")

# Runs the steps in order and prints, for each, its outcome and the sandbox violation, if any.
_SCRIPT = """
import json, os, socket, subprocess, sys
from pathlib import Path
from engine.jobs.sandbox import SandboxPolicy, confine, violation

asked = json.loads(sys.argv[1])
walls = SandboxPolicy(tuple(map(Path, asked["writable"])), asked["network"], asked["memory"], asked["cpu_seconds"])
confine(walls)
modules = {"os": os, "socket": socket, "subprocess": subprocess, "sys": sys, "Path": Path}
names = {**modules, "studio": Path(asked["studio"]), "outside": Path(asked["outside"])}
for number, step in enumerate(asked["steps"]):
    code = compile(step, f"step {number}", "exec")
    try:
        exec(code, names)
        told = {"outcome": "done"}
    except BaseException as error:
        wall = violation(error, walls)
        told = {"outcome": type(error).__name__, "said": wall and wall.message}
    print(json.dumps(told), flush=True)
"""


@dataclass(frozen=True)
class Told:
    """The outcome of a step: "done" or the error's type, and the message of the sandbox violation."""

    outcome: str
    said: str | None = None


@dataclass(frozen=True)
class ConfinedProcess:
    """A studio folder for a confined process, and a folder outside it."""

    studio: Path
    outside: Path

    def send(
        self,
        *steps: str,
        network: bool = False,
        memory: int | None = None,
        cpu_seconds: int | None = None,
        writable: tuple[Path, ...] | None = None,
    ) -> tuple[list[Told], int]:
        """Runs the steps in a confined child. Returns their outcomes and the child's exit code."""
        asked = {
            "studio": str(self.studio),
            "outside": str(self.outside),
            "writable": [str(path) for path in writable or (self.studio,)],
            "network": network,
            "memory": memory,
            "cpu_seconds": cpu_seconds,
            "steps": [textwrap.dedent(step) for step in steps],
        }
        child = subprocess.run(
            [sys.executable, "-c", _SCRIPT, json.dumps(asked)],
            cwd=Path(engine.__file__).parent.parent,
            env={**os.environ, "TMPDIR": str(self.studio)},
            stdout=subprocess.PIPE,
            text=True,
            timeout=120,
        )
        return [Told(**json.loads(line)) for line in child.stdout.splitlines()], child.returncode

    def outcomes(self, *steps: str, network: bool = False) -> list[str]:
        """Runs the steps and returns only their outcomes."""
        return [told.outcome for told in self.send(*steps, network=network)[0]]
