"""A farm of network namespaces: it joins by Bonjour, survives kills and a cut cable, and makes the same bytes."""

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

SCRIPT = Path(__file__).with_name("namespaces.py")
ROOT = Path(__file__).parents[2]
_SPACES = ["unshare", "-Urmn", "--pid", "--fork", "--mount-proc", "--kill-child"]


def _has_namespaces() -> bool:
    if sys.platform != "linux" or not all(map(shutil.which, ("unshare", "nsenter", "ip"))):
        return False
    made = [*_SPACES, "ip", "link", "add", "one", "type", "bridge"]
    return subprocess.run(made, capture_output=True, check=False).returncode == 0


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_machines_render_the_same_bytes_through_kills_and_a_cut_cable(tmp_path: Path) -> None:
    if not _has_namespaces():
        pytest.skip("needs network namespaces (Linux)")
    take = clips.plain_take(tmp_path / "IMG_0101.MOV", 192, 108, Fraction(30), Fraction(24), codec="hevc")
    done = subprocess.run(
        [*_SPACES, sys.executable, str(SCRIPT), str(tmp_path), str(take)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    logs = {path: path.read_text()[-2000:] for path in tmp_path.glob("*/log")}
    assert done.returncode == 0, (done.stderr[-3000:], logs)
    came = json.loads(done.stdout)
    assert came["exit"] == 0, logs
    assert came["farm"] == came["alone"] != []
    assert came["answered"], came
    # Exactly what `cwtui farm host` shows; machines listen nowhere, and afterwards nothing does.
    assert came["listening"] == came["ports"]
    assert (came["working"], came["after"]) == ([], [])
    assert came["revoked_exit"] == 1
