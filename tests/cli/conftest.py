"""A shell of one's own, and nobody left behind in its studio."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.jobs import dismiss, look

from .shell import Shell


@pytest.fixture
def cwtui(tmp_path: Path) -> Iterator[Shell]:
    shell = Shell(tmp_path)
    yield shell
    if present := look(shell.studio):
        dismiss(shell.studio, present)
