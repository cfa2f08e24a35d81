"""Sandbox violations are distinguished from other errors."""

from __future__ import annotations

import errno
import sys
from pathlib import Path

import pytest

from engine.errors import EngineError
from engine.jobs.sandbox import SandboxPolicy, violation

from .confined_process import ConfinedProcess

REFUSAL = errno.EPERM if sys.platform == "darwin" else errno.EACCES


@pytest.fixture
def walls(place: ConfinedProcess) -> SandboxPolicy:
    return SandboxPolicy((place.studio,), network=False, memory=2_000_000_000, cpu_seconds=None)


def denied(path: Path) -> PermissionError:
    return PermissionError(REFUSAL, "Permission denied", str(path))


def test_a_path_outside_is_a_wall_and_one_inside_is_not(place: ConfinedProcess, walls: SandboxPolicy) -> None:
    wall = violation(denied(place.outside / "new"), walls)
    assert wall is not None
    assert wall.message == f"This job tried to write {place.outside / 'new'}, outside the studio."
    assert wall.hint
    assert violation(denied(place.studio / "new"), walls) is None


def test_the_error_behind_the_error_counts(place: ConfinedProcess, walls: SandboxPolicy) -> None:
    told = EngineError("The take could not be written.")
    told.__cause__ = denied(place.outside / "file")
    during = RuntimeError()
    during.__context__ = told
    assert violation(told, walls) is not None
    assert violation(during, walls) is not None
    assert violation(ExceptionGroup("two", [ValueError(), told]), walls) is not None


def test_other_errors_are_none_of_ours(place: ConfinedProcess, walls: SandboxPolicy) -> None:
    assert violation(ValueError("no such view"), walls) is None
    assert violation(FileNotFoundError(errno.ENOENT, "No such file", str(place.outside / "new")), walls) is None
    assert violation(PermissionError(errno.EPERM, "Operation not permitted"), walls) is None
    circle = ValueError()
    circle.__context__ = KeyError()
    circle.__context__.__context__ = circle
    assert violation(circle, walls) is None


def test_memory_says_how_much_there_was(walls: SandboxPolicy) -> None:
    wall = violation(MemoryError(), walls)
    assert wall is not None
    assert wall.message == "This job exceeded its limit of 2.0 GB of memory."
