"""Studio fixtures for job tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from .studio_harness import StudioHarness

HERE = Path(__file__).parent


@pytest.fixture(scope="session", autouse=True)
def sample_kinds_on_path() -> Iterator[None]:
    """Makes `sample_kinds` importable by the studio process and its children."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join([str(HERE), str(HERE.parent.parent)]))
        yield


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[StudioHarness]:
    """A studio for a single test, which may kill or stop its studio process."""
    harness = StudioHarness(tmp_path / "studio")
    yield harness
    harness.close()


@pytest.fixture(scope="session")
def shared_harness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StudioHarness]:
    """A studio shared by many tests, with a running studio process that tests must not kill or stop."""
    shared_harness = StudioHarness(tmp_path_factory.mktemp("house") / "studio", idle=600)
    yield shared_harness
    shared_harness.close()
