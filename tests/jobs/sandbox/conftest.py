"""The fixture for sandbox tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from .confined_process import ConfinedProcess


@pytest.fixture
def confined(tmp_path: Path) -> ConfinedProcess:
    """A studio with a file, and a folder outside it with another."""
    for folder in (tmp_path / "studio", tmp_path / "outside"):
        folder.mkdir()
        (folder / "file").write_text("as it was")
    return ConfinedProcess(tmp_path / "studio", tmp_path / "outside")
