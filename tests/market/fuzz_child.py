"""Attacks in a sandbox: `python -m tests.market.fuzz_child package STUDIO FIRST LAST`, a line for each number."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from engine.jobs.sandbox import SandboxPolicy, confine

from .mutations import attack_font, attack_package, attack_shader, packages

ATTACKS = {"package": attack_package, "shader": attack_shader, "font": attack_font}
_MEMORY = 768 << 20


def main() -> None:
    """Attacks with the numbers from FIRST to LAST, without it, and prints which are accepted."""
    name, studio, first, last = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    if name == "package":
        packages()
    os.environ["TMPDIR"] = str(studio)
    tempfile.tempdir = None
    confine(SandboxPolicy((studio,), (), network=False, memory=_MEMORY, cpu_seconds=None))
    for number in range(first, last):
        scratch = studio / "scratch"
        scratch.mkdir()
        accepted = ATTACKS[name](number, studio / "installed", scratch)
        shutil.rmtree(scratch)
        print(number, int(accepted), flush=True)


if __name__ == "__main__":
    main()
