"""Studios of any size, one per test."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.jobs import find_studio_process, stop_studio_process

from ..prepared_studio import fill_studio


@pytest.fixture
def stocked(prepared_studio: Path, tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """A function that makes a studio with this many takes."""
    made: list[Path] = []

    def stock(takes: int) -> Path:
        folder = tmp_path / f"{takes}-takes"
        shutil.copytree(prepared_studio, folder)
        made.append(folder)
        fill_studio(folder, takes)
        return folder

    yield stock
    for folder in made:
        if present := find_studio_process(folder):
            stop_studio_process(folder, present)
