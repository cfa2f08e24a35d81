"""The `cwtui` fixture: a shell with its own studio, whose studio process is stopped after the test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.jobs import find_studio_process, stop_studio_process

from ..gpu_cache import shared_gpu_cache
from .shell import Shell


@pytest.fixture
def cwtui(tmp_path: Path, gpu_cache: Path) -> Iterator[Shell]:
    shell = Shell(tmp_path)
    with shared_gpu_cache(gpu_cache, shell.studio):
        yield shell
        # A test may have selected another studio.
        for folder in {shell.studio, Path(shell.environment.get("CWTUI_STUDIO", shell.studio))}:
            if process := find_studio_process(folder):
                stop_studio_process(folder, process)
