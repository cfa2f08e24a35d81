"""A prepared studio with footage, created once per test run; each test gets a copy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.atomic_files import exclusive_lock
from engine.jobs import find_studio_process, stop_studio_process

from ..gpu_cache import shared_gpu_cache
from .prepared_studio import copy_studio, prepare_studio


@pytest.fixture(scope="session")
def prepared_studio(run_folder: Path, gpu_cache: Path) -> Path:
    """A studio with three prepared takes with speech; the last one needs an input transform. Read only."""
    # With parallel test processes, one process creates the studio for all.
    shared = run_folder / "shoot"
    with exclusive_lock(shared / "lock", wait=True, what="The shoot"):
        if not (shared / "ready").exists():
            with shared_gpu_cache(gpu_cache, shared / "studio"):
                prepare_studio(shared)
            (shared / "ready").touch()
    return shared / "studio"


@pytest.fixture
def studio_folder(prepared_studio: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the prepared studio, with its own state and config directories."""
    folder = tmp_path / "studio"
    copy_studio(prepared_studio, folder)
    monkeypatch.setenv("CWTUI_STUDIO", str(folder))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    yield folder
    if process := find_studio_process(folder):
        stop_studio_process(folder, process)
