"""A farm for each test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from engine.catalog import Catalog, FarmLease
from tests.farm.certificates import TestAuthority
from tests.farm.farm import SECRET, Farm, new_file


@pytest.fixture
def idle_farm(tmp_path: Path) -> Iterator[Farm]:
    """A farm whose server has not started."""
    studio = tmp_path / "studio"
    studio.mkdir()
    catalog = Catalog.in_studio(studio)
    with ExitStack() as stack:
        stack.callback(catalog.close)
        yield Farm(studio, catalog, TestAuthority(tmp_path / "certificates"), stack)


@pytest.fixture
def farm(idle_farm: Farm) -> Farm:
    """A farm that serves."""
    idle_farm.start()
    return idle_farm


@pytest.fixture
def lease(farm: Farm) -> FarmLease:
    """A lease of the file `SECRET`, which the machine ada has claimed. Its outputs may have 1000 bytes."""
    found = farm.offer(new_file(farm.studio, "a.mov", SECRET, "originals"), max_output=1000)
    farm.join("ada").claim(found.id)
    return found
