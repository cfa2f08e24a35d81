"""Many clients of one studio: no errors, no job runs twice, the catalog stays intact."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

from engine.catalog import JobState

from .studio_harness import StudioHarness

CLIENT_SCRIPT = Path(__file__).with_name("client_process.py")
CLIENTS = 8
JOBS_PER_CLIENT = 6


def test_eight_clients_submit_and_wait_at_once(harness: StudioHarness) -> None:
    # Each client submits jobs of its own and two that all clients submit.
    names_by_client = [
        [*(f"{client} {n}" for n in range(JOBS_PER_CLIENT)), "for all", "for all too"] for client in range(CLIENTS)
    ]
    clients = [
        subprocess.Popen(
            [sys.executable, str(CLIENT_SCRIPT), str(harness.studio), "empty", *names], stderr=subprocess.PIPE
        )
        for names in names_by_client
    ]
    errors = [client.communicate(timeout=120)[1].decode() for client in clients]
    assert errors == [""] * CLIENTS
    assert {client.returncode for client in clients} == {0}

    counts = harness.queue.counts()
    assert counts[JobState.DONE] == CLIENTS * JOBS_PER_CLIENT + 2 == sum(counts.values())
    assert {job.attempts for job in harness.queue.jobs()} == {1}
    with sqlite3.connect(harness.studio / "catalog.sqlite") as catalog:
        assert catalog.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert catalog.execute("PRAGMA foreign_key_check").fetchall() == []
    assert "locked" not in (harness.studio / "work" / "studio.log").read_text()
