"""Runs a script on a small file system of its own (Linux)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

# A mount in a private namespace, which ends with its last process.
_MOUNTED = 'mount -t tmpfs -o size="$0" tmpfs "$1" && shift && exec "$@"'


def has_private_mounts() -> bool:
    """Whether this user can mount a file system in a private namespace."""
    if sys.platform != "linux" or not shutil.which("unshare"):
        return False
    result = subprocess.run(["unshare", "-Urm", "true"], capture_output=True, check=False)
    return result.returncode == 0


def run_on_small_disk(script: Path, disk: Path, size: str, *files: Path) -> Any:
    """Runs a Python script with a new disk of `size` (as for mount) and files. Returns the JSON that it prints."""
    disk.mkdir()
    completed = subprocess.run(
        ["unshare", "-Urm", "sh", "-c", _MOUNTED, size, disk, sys.executable, script, disk, *files],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert completed.returncode == 0, completed.stderr
    return json.loads(completed.stdout)
