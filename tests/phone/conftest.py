"""A studio with a project and a paired device, and a listener on the loopback address."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from engine.catalog import Project
from tests.phone.serving import Served, paired_key, project_in, serving

TUS = {"Tus-Resumable": "1.0.0"}
BYTES = {**TUS, "Content-Type": "application/offset+octet-stream"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("studio")


@pytest.fixture(scope="module")
def project(folder: Path) -> Project:
    return project_in(folder)


@pytest.fixture(scope="module")
def key(folder: Path, project: Project) -> str:
    return paired_key(folder, project)


@pytest.fixture(scope="module")
def served(folder: Path, project: Project) -> Iterator[Served]:
    with serving(folder, project) as running:
        yield running


@pytest.fixture(scope="module")
def client(served: Served, key: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served.url, headers={"Authorization": f"Bearer {key}"}) as opened:
        yield opened
