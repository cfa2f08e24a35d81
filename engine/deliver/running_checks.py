"""The finished checks of a delivery that still runs, in a file beside its chunks: for a screen that shows them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from pydantic import ValidationError

from engine.atomic_files import write_atomic
from engine.catalog import FrozenModel
from engine.deliver.receipt import Check

_FILE = "checks.json"


class _RunningChecks(FrozenModel):
    checks: tuple[Check, ...] = ()


def publish_checks(work: Path, checks: Sequence[Check]) -> None:
    """Writes the checks that have finished so far into the work folder of a delivery."""
    write_atomic(work / _FILE, _RunningChecks(checks=tuple(checks)).model_dump_json().encode())


def read_running_checks(work: Path) -> tuple[Check, ...]:
    """The published checks of a delivery; none before the first one."""
    with suppress(OSError, ValidationError):
        return _RunningChecks.model_validate_json((work / _FILE).read_bytes()).checks
    return ()


def withdraw_checks(work: Path) -> None:
    """Deletes the published checks: an attempt begins, or its receipt has them."""
    (work / _FILE).unlink(missing_ok=True)
