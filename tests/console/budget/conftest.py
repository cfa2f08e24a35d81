"""Studios with any number of takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.jobs import find_studio_process, stop_studio_process

from ..prepared_studio import copy_studio, fill_studio


@pytest.fixture
def studio_of_size(prepared_studio: Path, tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """A function that creates a studio with the given number of takes."""
    folders: list[Path] = []

    def create(takes: int) -> Path:
        folder = tmp_path / f"{takes}-takes"
        copy_studio(prepared_studio, folder)
        folders.append(folder)
        fill_studio(folder, takes)
        return folder

    yield create
    for folder in folders:
        if process := find_studio_process(folder):
            stop_studio_process(folder, process)
