"""A job's row: its state, its progress, its message and what it waits for."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from cwtui.console.screens.jobs.job_row import job_row, job_status
from cwtui.console.screens.row_style import RowStyle
from cwtui.console.snapshot import Snapshot
from cwtui.console.theme import DARK
from engine.catalog import Job, JobState

from ...records import NOW, a_job, row_text

EMPTY = Snapshot(Path("studio"))


def test_a_running_job_shows_its_progress_its_time_and_its_age() -> None:
    job = a_job(
        "levels",
        JobState.RUNNING,
        "levels of 001",
        done=250,
        total=1000,
        unit="‰",
        started_at=NOW - timedelta(minutes=2),
    )
    row = row_text(job_row(job, EMPTY, NOW, RowStyle(DARK, 100)))
    assert row.startswith("  ▸ levels of 001")
    assert "▰▰▰▱▱▱▱▱▱▱▱▱  25 %" in row
    assert row.split()[-4:] == ["2:00", "1", "h", "ago"]


@pytest.mark.parametrize(
    ("job", "plain", "status"),
    [
        (a_job("k", JobState.RUNNING, cancel_requested=True), False, ("cancelling", "amber")),
        (a_job("k", JobState.DONE), True, ("done", "quiet")),
        (a_job("k", JobState.BLOCKED, error={"message": "Which?"}), False, ("Which?", "amber")),
        (a_job("k", JobState.FAILED, error={"message": "No."}), True, ("No.", "quiet")),
        (
            a_job("k", JobState.DONE, result={"delivered": {"complete": False}}),
            False,
            ("incomplete (accepted)", "amber"),
        ),
        (a_job("k", JobState.RUNNING, message="decoding"), False, ("decoding", "faint")),
    ],
)
def test_a_job_shows_its_status(job: Job, plain: bool, status: tuple[str, str]) -> None:
    assert job_status(job, EMPTY, plain) == status


def test_a_queued_job_names_the_first_job_that_it_waits_for() -> None:
    done, running = a_job("probe", JobState.DONE), a_job("levels", JobState.RUNNING, "levels of 001")
    waiting = a_job("transcript", JobState.QUEUED, needs=("probe", "levels"))
    assert job_status(waiting, EMPTY.replace(jobs=(done, running, waiting)), False) == ("after levels of 001", "faint")
    assert job_status(waiting, EMPTY, False) == ("", "faint")
