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


def own_mounts() -> bool:
    if sys.platform != "linux" or not shutil.which("unshare"):
        return False
    tried = subprocess.run(["unshare", "-Urm", "true"], capture_output=True, check=False)
    return tried.returncode == 0


@pytest.mark.skipif(not own_mounts(), reason="needs Linux with private mounts (unshare -Urm)")
def test_a_full_disk_fails_the_job_in_words_and_a_retry_succeeds_after_room_is_made(tmp_path: Path) -> None:
    take = clips.plain_take(tmp_path / "IMG_0001.MOV", 320, 180, rate=30, seconds=Fraction(8))
    disk = tmp_path / "disk"
    disk.mkdir()
    ran = subprocess.run(
        ["unshare", "-Urm", "sh", "-c", MOUNTED, str(disk), sys.executable, str(SCRIPT), str(disk), str(take)],
        env={**os.environ, "PYTHONPATH": str(SCRIPT.parent.parent.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    said = json.loads(ran.stdout)
    assert said["failed"] == "failed"
    assert "No space left" in said["error"]["message"]
    assert "free" in said["error"]["hint"]
    assert said["left"] == []
    assert (said["done"], said["passed"]) == ("done", True)
