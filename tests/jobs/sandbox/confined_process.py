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

request = json.loads(sys.argv[1])
limits = request["memory"], request["cpu_seconds"]
writable, readable = (tuple(map(Path, request[name])) for name in ("writable", "readable"))
policy = SandboxPolicy(writable, readable, request["network"], *limits)
confine(policy)
modules = {"os": os, "socket": socket, "subprocess": subprocess, "sys": sys, "Path": Path}
names = {**modules, "studio": Path(request["studio"]), "outside": Path(request["outside"])}
for number, step in enumerate(request["steps"]):
    code = compile(step, f"step {number}", "exec")
    try:
        exec(code, names)
        result = {"outcome": "done"}
    except BaseException as error:
        denied = violation(error, policy)
        result = {"outcome": type(error).__name__, "message": denied and denied.message}
    print(json.dumps(result), flush=True)
"""


@dataclass(frozen=True)
class StepResult:
    """The outcome of a step: "done" or the error's type, and the message of the sandbox violation."""

    outcome: str
    message: str | None = None


@dataclass(frozen=True)
class ConfinedProcess:
    """A studio folder for a confined process, and a folder outside it."""

    studio: Path
    outside: Path

    def run(
        self,
        *steps: str,
        network: bool = False,
        memory: int | None = None,
        cpu_seconds: int | None = None,
        writable: tuple[Path, ...] | None = None,
        readable: tuple[Path, ...] = (),
    ) -> tuple[list[StepResult], int]:
        """Runs the steps in a confined child. Returns their outcomes and the child's exit code."""
        request = {
            "studio": str(self.studio),
            "outside": str(self.outside),
            "writable": [str(path) for path in writable or (self.studio,)],
            "readable": [str(path) for path in readable],
            "network": network,
            "memory": memory,
            "cpu_seconds": cpu_seconds,
            "steps": [textwrap.dedent(step) for step in steps],
        }
        child = subprocess.run(
            [sys.executable, "-c", _SCRIPT, json.dumps(request)],
            cwd=Path(engine.__file__).parent.parent,
            env={**os.environ, "TMPDIR": str(self.studio)},
            stdout=subprocess.PIPE,
            text=True,
            timeout=120,
        )
        return [StepResult(**json.loads(line)) for line in child.stdout.splitlines()], child.returncode

    def outcomes(self, *steps: str, network: bool = False, readable: tuple[Path, ...] = ()) -> list[str]:
        """Runs the steps and returns only their outcomes."""
        return [result.outcome for result in self.run(*steps, network=network, readable=readable)[0]]
