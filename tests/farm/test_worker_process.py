"""The process that works for a farm: it is found while it runs, and stopped; one that was killed is known."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.doctor import farm_findings
from engine.errors import EngineError
from engine.farm import Membership, find_worker, killed_worker, stop_worker
from engine.farm.worker_process import announced_worker, detach_worker

_WORKER = """
import sys, signal
from pathlib import Path
from engine.farm.worker_process import announced_worker
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
with announced_worker(Path(sys.argv[1]), detached=True):
    print("works", flush=True)
    signal.pause()
"""


@pytest.fixture
def membership(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Membership:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    made = Membership(
        host="cleanwater-abcdef",
        machine="mini-1",
        label="Mini",
        address="127.0.0.1",
        pairing_port=1,
        content_port=2,
        scheduler_port=3,
        fingerprint="0" * 64,
        joined_at=datetime.now(UTC),
    )
    made.save()
    return made


@contextmanager
def working(membership: Membership) -> Iterator[subprocess.Popen[str]]:
    """A process in the background that has announced itself."""
    command = [sys.executable, "-c", _WORKER, str(membership.folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            assert process.stdout.readline() == "works\n"
            yield process
        finally:
            process.kill()


def test_a_process_is_found_only_while_it_works(membership: Membership) -> None:
    assert find_worker(membership) is None
    with announced_worker(membership.folder, detached=False):
        found = find_worker(membership)
        assert found
        assert (found.pid, found.detached) == (os.getpid(), False)
    assert find_worker(membership) is None
    assert killed_worker(membership) is None


def test_a_process_is_stopped(membership: Membership, tmp_path: Path) -> None:
    assert stop_worker(membership) is None
    with working(membership) as process:
        (finding,) = farm_findings(tmp_path / "studio", "linux")
        assert (finding.ok, f"in process {process.pid}" in finding.found) == (True, True)
        stopped = stop_worker(membership)
        assert stopped
        assert stopped.pid == process.pid
        assert process.wait() == 0
    assert find_worker(membership) is None
    assert list(farm_findings(tmp_path / "studio", "linux")) == []


def test_one_that_was_killed_is_known(membership: Membership, tmp_path: Path) -> None:
    with working(membership) as process:
        process.kill()
        process.wait()
    assert find_worker(membership) is None
    killed = killed_worker(membership)
    assert killed
    assert killed.pid == process.pid
    (finding,) = farm_findings(tmp_path / "studio", "linux")
    assert not finding.ok
    assert "cwtui farm join --detach" in finding.fix


def test_one_that_ends_at_once_says_why(membership: Membership) -> None:
    (membership.folder / "membership.json").unlink()
    with pytest.raises(EngineError, match="This machine has not joined “cleanwater-abcdef”"):
        detach_worker(membership, "tests.farm.work_kinds:kinds")
    assert (membership.folder / "worker.log").is_file()
