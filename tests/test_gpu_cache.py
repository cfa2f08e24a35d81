"""The cache of GPU jobs that the studios of a test run share."""

from __future__ import annotations

from pathlib import Path

from .gpu_cache import shared_gpu_cache


def test_a_studio_is_set_up_again_after_a_crash(tmp_path: Path) -> None:
    shared, studio = tmp_path / "shared", tmp_path / "studio"
    (shared / "views").mkdir(parents=True)
    (shared / "views" / "sdr").write_text("table")
    left_behind = shared_gpu_cache(shared, studio)
    left_behind.__enter__()
    (studio / "work" / "cache" / "views" / "hlg").write_text("table")
    with shared_gpu_cache(shared, studio):
        assert (studio / "work" / "cache" / "views" / "sdr").read_text() == "table"
    assert {path.name for path in (shared / "views").iterdir()} == {"sdr", "hlg"}
