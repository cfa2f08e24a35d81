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
def policy(confined: ConfinedProcess) -> SandboxPolicy:
    return SandboxPolicy((confined.studio,), (), network=False, memory=2_000_000_000, cpu_seconds=None)


def denied(path: Path) -> PermissionError:
    return PermissionError(REFUSAL, "Permission denied", str(path))


def test_only_a_denied_path_outside_the_studio_is_a_violation(confined: ConfinedProcess, policy: SandboxPolicy) -> None:
    found = violation(denied(confined.outside / "new"), policy)
    assert found is not None
    assert found.message == f"This job tried to write {confined.outside / 'new'}, outside the studio."
    assert found.hint
    assert violation(denied(confined.studio / "new"), policy) is None


def test_a_violation_is_found_in_causes_contexts_and_groups(confined: ConfinedProcess, policy: SandboxPolicy) -> None:
    error = EngineError("The take could not be written.")
    error.__cause__ = denied(confined.outside / "file")
    during = RuntimeError()
    during.__context__ = error
    assert violation(error, policy) is not None
    assert violation(during, policy) is not None
    assert violation(ExceptionGroup("two", [ValueError(), error]), policy) is not None


def test_other_errors_are_not_violations(confined: ConfinedProcess, policy: SandboxPolicy) -> None:
    assert violation(ValueError("no such view"), policy) is None
    assert violation(FileNotFoundError(errno.ENOENT, "No such file", str(confined.outside / "new")), policy) is None
    assert violation(PermissionError(errno.EPERM, "Operation not permitted"), policy) is None
    circle = ValueError()
    circle.__context__ = KeyError()
    circle.__context__.__context__ = circle
    assert violation(circle, policy) is None


def test_a_memory_violation_states_the_limit(policy: SandboxPolicy) -> None:
    found = violation(MemoryError(), policy)
    assert found is not None
    assert found.message == "This job exceeded its limit of 2.0 GB of memory."
