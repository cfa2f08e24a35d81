"""A disk that fills while an ingest is sealed: the seal is whole or absent, and later ingests work."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.transfer import SealStatus
from fixtures import clips
from tests.small_disk import has_private_mounts, run_on_small_disk

SCRIPT = Path(__file__).with_name("full_disk.py")


@pytest.mark.skipif(not has_private_mounts(), reason="needs Linux with private mounts (unshare -Urm)")
def test_a_seal_on_a_full_disk_is_whole_or_absent_and_later_ingests_work(tmp_path: Path, small_take: Path) -> None:
    other = clips.one_frame(tmp_path / "other.MOV")

    report = run_on_small_disk(SCRIPT, tmp_path / "disk", "8m", small_take, other)

    *failed, last = report["attempts"]
    assert all(one["error"].startswith("The disk is full: the s") for one in failed), failed
    assert any("the seal of" in one["error"] for one in failed)
    assert last["error"] is None
    for one in report["attempts"]:
        assert one["verdicts"] == [SealStatus.INTACT] * one["seals"]
        assert one["partial"] == []
    assert (report["takes"], report["new"]) == (2, 1)
    assert report["verdicts"] == [SealStatus.INTACT] * 2
    assert set(report["ascmhl"]) == {0}
