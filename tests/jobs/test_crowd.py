"""Many clients of one studio: no errors, no job runs twice, the catalog stays intact."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

from engine.catalog import JobState

from .studio_harness import StudioHarness

CONSOLE = Path(__file__).with_name("client_process.py")
CONSOLES = 8
EACH = 6


def test_eight_consoles_ask_and_watch_while_the_studio_works(room: StudioHarness) -> None:
    # Each client submits jobs of its own and two that all clients submit.
    asked = [[*(f"{console} {n}" for n in range(EACH)), "for all", "for all too"] for console in range(CONSOLES)]
    consoles = [
        subprocess.Popen([sys.executable, str(CONSOLE), str(room.studio), "empty", *names], stderr=subprocess.PIPE)
        for names in asked
    ]
    said = [console.communicate(timeout=120)[1].decode() for console in consoles]
    assert said == [""] * CONSOLES
    assert {console.returncode for console in consoles} == {0}

    counts = room.queue.counts()
    assert counts[JobState.DONE] == CONSOLES * EACH + 2 == sum(counts.values())
    assert {job.attempts for job in room.queue.jobs()} == {1}
    with sqlite3.connect(room.studio / "catalog.sqlite") as catalog:
        assert catalog.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert catalog.execute("PRAGMA foreign_key_check").fetchall() == []
    assert "locked" not in (room.studio / "work" / "studio.log").read_text()
