"""A studio process with a late heartbeat: one that computes is waited for, one that does nothing is reported."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.errors import EngineError
from engine.jobs import Presence, find_studio_process, liveness
from engine.jobs.liveness import LivenessCheck
from engine.jobs.presence import LOCK

OWNER = """
import sys
from pathlib import Path
from engine.jobs.presence import StudioLock
lock = StudioLock.acquire(Path(sys.argv[1]))
print("ready", flush=True)
while sys.argv[2] == "computes":
    pass
sys.stdin.readline()
"""


@contextmanager
def lock_owner(studio: Path, behaviour: str) -> Iterator[Presence]:
    """A process that has the lock of a studio and sends no heartbeat: it “computes” without end, or waits."""
    command = [sys.executable, "-c", OWNER, str(studio), behaviour]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout
        assert owner.stdout.readline() == "ready\n"
        os.utime(studio / LOCK, (0, 0))
        present = find_studio_process(studio)
        assert present
        yield present
        owner.kill()


def check_for(seconds: float, check: LivenessCheck, present: Presence) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        check.check(present)


def test_a_process_that_computes_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(liveness, "_IDLE_S", 0.0)
    with lock_owner(tmp_path, "computes") as present:
        check = LivenessCheck(tmp_path)
        for _ in range(5):
            check.check(present)
        # It is not waited for without end.
        monkeypatch.setattr(liveness, "_STARVED_S", 0.0)
        with pytest.raises(EngineError, match=f"{present.pid} has not responded for"):
            check.check(present)


def test_a_process_that_does_nothing_is_reported_unless_its_heartbeat_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(liveness, "_IDLE_S", 0.0)
    with lock_owner(tmp_path, "waits") as present:
        check = LivenessCheck(tmp_path)
        check.check(present)
        os.utime(tmp_path / LOCK)
        check.check(present)
        os.utime(tmp_path / LOCK, (0, 0))
        check.check(present)
        # On a busy machine, the process may still run for a moment before it waits.
        with pytest.raises(EngineError, match=f"{present.pid} has not responded for"):
            check_for(120, check, present)
