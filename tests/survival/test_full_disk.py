"""A full disk during a delivery: an error without partial files; a retry succeeds once there is space."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from fixtures import clips
from tests.small_disk import has_private_mounts, run_on_small_disk

SCRIPT = Path(__file__).with_name("full_disk.py")


@pytest.mark.skipif(not has_private_mounts(), reason="needs Linux with private mounts (unshare -Urm)")
def test_a_delivery_to_a_full_disk_fails_and_can_be_retried(tmp_path: Path, gpu_cache: Path) -> None:
    gpu_cache.mkdir(exist_ok=True)
    take = clips.plain_take(tmp_path / "IMG_0001.MOV", 320, 180, rate=30, seconds=Fraction(8))
    report = run_on_small_disk(SCRIPT, tmp_path / "disk", "240m", take, gpu_cache)
    assert report["failed"] == "failed"
    assert "The disk is full" in report["error"]["message"]
    assert report["error"]["hint"].startswith("Free some space")
    assert report["left"] == []
    assert (report["done"], report["passed"]) == ("done", True)
