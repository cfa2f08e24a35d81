"""A full disk during a delivery: an error without partial files; a retry succeeds once there is space."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from fixtures import clips

SCRIPT = Path(__file__).with_name("full_disk.py")
# A mount in a private namespace, which ends with its last process.
MOUNTED = 'mount -t tmpfs -o size=100m tmpfs "$0" && exec "$@"'


def has_private_mounts() -> bool:
    if sys.platform != "linux" or not shutil.which("unshare"):
        return False
    result = subprocess.run(["unshare", "-Urm", "true"], capture_output=True, check=False)
    return result.returncode == 0


@pytest.mark.skipif(not has_private_mounts(), reason="needs Linux with private mounts (unshare -Urm)")
def test_a_delivery_to_a_full_disk_fails_and_can_be_retried(tmp_path: Path, gpu_cache: Path) -> None:
    gpu_cache.mkdir(exist_ok=True)
    take = clips.plain_take(tmp_path / "IMG_0001.MOV", 320, 180, rate=30, seconds=Fraction(8))
    disk = tmp_path / "disk"
    disk.mkdir()
    completed = subprocess.run(
        ["unshare", "-Urm", "sh", "-c", MOUNTED, *map(str, (disk, sys.executable, SCRIPT, disk, take, gpu_cache))],
        env={**os.environ, "PYTHONPATH": str(SCRIPT.parent.parent.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert completed.returncode == 0, completed.stderr
    report = json.loads(completed.stdout)
    assert report["failed"] == "failed"
    assert "No space left" in report["error"]["message"]
    assert "free" in report["error"]["hint"]
    assert report["left"] == []
    assert (report["done"], report["passed"]) == ("done", True)
