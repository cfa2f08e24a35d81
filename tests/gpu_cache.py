"""The files that GPU jobs cache in a studio, shared by the studios of a test run: view tables, shaders, device checks.

The first picture of a new studio takes several seconds more without them. Their names identify their content, so they
change no result.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def shared_gpu_cache(shared: Path, studio: Path) -> Iterator[None]:
    """Gives a new studio the cached files of earlier studios, and keeps what its jobs add."""
    cache = studio / "work" / "cache"
    shared.mkdir(parents=True, exist_ok=True)
    unfinished = shutil.ignore_patterns("*.partial*")
    # The folder exists if a process that crashed had set up the same studio.
    shutil.copytree(shared, cache, copy_function=_link, ignore=unfinished, dirs_exist_ok=True)
    try:
        yield
    finally:
        shutil.copytree(cache, shared, copy_function=_link, ignore=unfinished, dirs_exist_ok=True)


def _link(source: str, target: str) -> None:
    # Another test may have linked the same file, or removed one.
    with suppress(FileExistsError, FileNotFoundError):
        os.link(source, target)
