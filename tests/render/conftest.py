"""A shaders folder for the tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import resources

from .passes import WGSL


@pytest.fixture
def shaders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(resources, "resource_root", lambda kind: tmp_path)
    for name, text in WGSL.items():
        (tmp_path / name).write_text(text)
    return tmp_path
