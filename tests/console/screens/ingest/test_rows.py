"""Rows of Ingest."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from cwtui.console.screens.ingest.rows import (
    arrived_row,
    file_row,
    job_row,
    refused_row,
    take_row,
    verification_row,
)
from cwtui.console.screens.row_style import RowStyle
from cwtui.console.theme import DARK
from cwtui.console.workers.seal_verifier import Verification
from engine.catalog import JobState
from engine.transfer import FileVerification, SealStatus
from tests.cli.takes import a_take

from ...records import NOW, PROJECT, a_job, row_text

ROW = RowStyle(DARK, 100)
PLAIN = RowStyle(DARK, 100, plain=True)


def test_a_waiting_take_shows_the_reason() -> None:
    row = row_text(take_row(a_take(PROJECT, 3, None), ROW))
    assert row.startswith(" ! 003  IMG_0003")
    assert row.rstrip().endswith("log: confirm colour (a)")


def test_the_name_of_the_row_under_the_cursor_is_strong() -> None:
    take = a_take(PROJECT, 1)
    named = [
        next(part.style for part in take_row(take, RowStyle(DARK, 80, here)) if "IMG" in part.text)
        for here in (False, True)
    ]
    assert named == [DARK.styles["text"], DARK.styles["strong"]]


def test_a_running_ingest_shows_progress_bytes_and_time_left() -> None:
    job = a_job(
        "ingest", JobState.RUNNING, "ingest card", done=500_000_000, total=1_000_000_000, unit="bytes",
        expected_at=NOW + timedelta(seconds=90),
    )  # fmt: skip
    row = row_text(job_row(job, NOW, ROW))
    assert "card" in row
    assert "▰▰▰▰▰▰▱▱▱▱▱▱" in row
    assert "500 / 1,000 MB" in row
    assert row.rstrip().endswith("about 2 min left")
    assert "50 %" in row_text(job_row(job, NOW, PLAIN))


def test_a_queued_ingest_is_shown_as_queued_in_plain_text() -> None:
    job = a_job("ingest", JobState.QUEUED, "ingest card")
    assert row_text(job_row(job, NOW, PLAIN)).split() == ["card", "queued"]


def test_a_finished_ingest_shows_its_files_and_seal() -> None:
    result = {"takes": [{}, {}], "failed": [{}], "seal": "walk/ascmhl/0002_walk.mhl"}
    job = a_job("ingest", JobState.DONE, "ingest card", result=result, finished_at=NOW - timedelta(minutes=5))
    row = row_text(arrived_row(job, NOW, ROW))
    assert row.startswith(" ✗ card")
    assert "2 takes, 1 failed" in row
    assert "ASC MHL generation 2, sealed ✓" in row
    assert row.endswith("5 min ago")
    assert "✓" not in row_text(arrived_row(job, NOW, PLAIN))


def test_a_refused_file_shows_the_reason() -> None:
    row = row_text(refused_row({"path": "/card/broken.mov", "message": "No picture."}, ROW))
    assert row.split() == ["✗", "broken.mov", "No", "picture."]


def test_a_verification_shows_its_progress_and_then_its_result() -> None:
    running = Verification(PROJECT, 1000, started_at=10.0, bytes_read=500)
    row = row_text(verification_row(running, NOW, 40.0, ROW))
    assert "verifying" in row
    assert row.rstrip().endswith("30 s left")
    changed = FileVerification(Path("a.mov"), SealStatus.CHANGED, "ab", "cd")
    done = Verification(PROJECT, 1000, 10.0, 1000, finished_at=NOW, results=(changed,))
    assert row_text(verification_row(done, NOW, 40.0, ROW)).split() == ["✗", "Walk", "1", "changed", "just", "now"]
    assert "differs from its seal" in row_text(file_row(changed, ROW))
