"""A child that puts walls around itself, does what a test says, and tells how it went."""

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

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="These are the walls of Linux.")

# Runs the steps one after the other and keeps, for each, what it is worth or how it was refused.
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
    """How one step went: "done" or the error's type, and what the walls say about it."""

    outcome: str
    said: str | None = None


@dataclass(frozen=True)
class ConfinedProcess:
    """A studio to be walled in, and a folder outside of it."""

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
        """What a child within the walls told of its steps, and its exit code."""
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
        """How each step went, and nothing else."""
        return [told.outcome for told in self.send(*steps, network=network)[0]]
