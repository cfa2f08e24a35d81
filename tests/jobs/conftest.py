"""Studios for jobs to be worked in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from .studio_harness import StudioHarness

HERE = Path(__file__).parent


@pytest.fixture(scope="session", autouse=True)
def workshop_within_reach() -> Iterator[None]:
    """A studio process finds the workshop by its name, and so does whatever it starts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join([str(HERE), str(HERE.parent.parent)]))
        yield


@pytest.fixture
def room(tmp_path: Path) -> Iterator[StudioHarness]:
    """A studio of the test's own, to kill and to stop."""
    room = StudioHarness(tmp_path / "studio")
    yield room
    room.close()


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StudioHarness]:
    """A studio that many tests share, its process at work all the time. Not to be killed or stopped."""
    house = StudioHarness(tmp_path_factory.mktemp("house") / "studio", idle=600)
    yield house
    house.close()
