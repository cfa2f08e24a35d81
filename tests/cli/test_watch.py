"""`cwtui watch` lists watched folders and refuses what cannot be watched; tests/studio/test_watches.py watches one."""

from __future__ import annotations

from pathlib import Path

from tests.cli.shell import Shell


def test_watch_lists_folders_and_refuses_what_cannot_be_watched(cwtui: Shell, tmp_path: Path) -> None:
    cwtui("new", "Walk")
    assert cwtui.json("watch") == {"watches": []}
    assert "No folder is watched." in cwtui("watch").stdout
    assert "is not a folder" in cwtui("watch", tmp_path / "none", code=2).stderr
    assert "contain each other" in cwtui("watch", cwtui.studio, code=2).stderr
    assert "is not watched" in cwtui("watch", tmp_path, "--end", code=2).stderr
    assert "Name the folder" in cwtui("watch", "--end", code=2).stderr
