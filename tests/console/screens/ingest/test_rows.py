"""Paths are read as people type, paste and drop them."""

from __future__ import annotations

from pathlib import Path

import pytest

from cwtui.console.screens.ingest.rows import paths_in


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("{0}/one.mov", ["one.mov"]),
        ("'{0}/a b.mov'", ["a b.mov"]),
        ("{0}/a\\ b.mov {0}/one.mov", ["a b.mov", "one.mov"]),
        ("file://{0}/a%20b.mov", ["a b.mov"]),
        ("{0}/it's here.mov", ["it's here.mov"]),
    ],
)
def test_paths_are_found_in_typed_and_dropped_text(tmp_path: Path, text: str, names: list[str]) -> None:
    for name in ("one.mov", "a b.mov", "it's here.mov"):
        (tmp_path / name).touch()
    assert paths_in(text.format(tmp_path)) == [tmp_path / name for name in names]


def test_a_tilde_is_the_home_folder() -> None:
    assert paths_in("~") == [Path.home()]
