"""A job's row: its state, its progress, its message and what it waits for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from cwtui.console.screens.jobs.job_row import job_row, job_status
from cwtui.console.screens.row_style import RowStyle
from cwtui.console.snapshot import Snapshot
from cwtui.console.theme import DARK
from cwtui.queue_status import QueueStatus, queue_status
from engine.catalog import Job, JobState
from engine.jobs import Scheduler

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
    assert row.startswith(" ▸ levels of 001")
    assert "▰▰▰▱▱▱▱▱▱▱▱▱  25 %" in row
    assert row.split()[-5:] == ["unknown", "yet", "1", "h", "ago"]
    left = EMPTY.replace(queue=QueueStatus({job.id: 130.0}))
    assert row_text(job_row(job, left, NOW, RowStyle(DARK, 100))).split()[-7:-3] == ["about", "2", "min", "left"]


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
    done, running = (
        a_job("probe", JobState.DONE),
        a_job("levels", JobState.RUNNING, parameters={"label": "001-IMG_0001"}),
    )
    waiting = a_job("transcript", JobState.QUEUED, needs=("probe", "levels"))
    status = queue_status((done, running, waiting), {}, NOW, True, Scheduler(2, 1 << 33))
    shown = job_status(waiting, EMPTY.replace(jobs=(done, running, waiting), queue=status), False)
    assert shown == ("waits for the loudness of 001", "faint")
    assert job_status(waiting, EMPTY, False) == ("", "faint")


def test_a_narrow_row_has_room_for_what_a_job_waits_for() -> None:
    job = a_job("deliver", JobState.QUEUED, "podcast: 003-IMG_0003")
    status = queue_status((job,), {}, NOW, False, Scheduler(2, 1 << 33))
    row = row_text(job_row(job, EMPTY.replace(jobs=(job,), queue=status), NOW, RowStyle(DARK, 80)))
    assert "waits for the studio process" in row
    assert row.endswith("1 h ago")


def test_the_words_of_a_wait_need_no_cut_where_time_and_age_can_give_way() -> None:
    cleaning = a_job("clean", JobState.QUEUED, parameters={"label": "003-IMG_0003"})
    words = a_job("transcribe", JobState.QUEUED, parameters={"label": "003-IMG_0003"})
    waiting = a_job("master", JobState.QUEUED, "x" * 60, needs=("clean", "transcribe"))
    status = queue_status((cleaning, words, waiting), {}, NOW, True, Scheduler(2, 1 << 33))
    known = EMPTY.replace(jobs=(waiting,), queue=replace(status, left={waiting.id: 4000.0}))
    for width in range(100, 200):
        row = row_text(job_row(waiting, known, NOW, RowStyle(DARK, width)))
        assert "waits for the cleaned dialog of 003 and 1 more" in row, width
    assert "takes about 1 h 10 min" in row


def test_a_cancelled_job_names_who_cancelled_it() -> None:
    job = a_job("k", JobState.CANCELLED, cancelled_by="cwtui cancel, pts/3 on studio-mac")
    assert job_status(job, EMPTY, True) == ("cancelled by cwtui cancel, pts/3 on studio-mac", "quiet")
    assert job_status(a_job("k", JobState.CANCELLED), EMPTY, False) == ("cancelled", "quiet")


def test_a_running_job_is_not_complete_and_a_title_without_a_story_has_its_room() -> None:
    job = a_job("clean", JobState.RUNNING, "clean the dialog", done=1000, total=1000, unit="‰", started_at=NOW)
    row = row_text(job_row(job, EMPTY, NOW, RowStyle(DARK, 118)))
    assert "▰▰▰▰▰▰▰▰▰▰▰▱  99 %" in row
    assert "▰▰▰▰▰▰▰▰▰▰▰▰" not in row
    assert "100" not in row_text(job_row(job, EMPTY, NOW, RowStyle(DARK, 118, plain=True)))
    title = "clean the dialog of 004-IMG_0102 (dialog)"
    done = a_job("clean", JobState.DONE, title, done=1000, total=1000, unit="‰", started_at=NOW, finished_at=NOW)
    assert title in row_text(job_row(done, EMPTY, NOW, RowStyle(DARK, 118)))


def test_a_title_names_its_take_by_its_number_where_the_name_has_no_room() -> None:
    job = a_job("draft", JobState.RUNNING, "make the draft proxy of 007-IMG_0102", parameters={"label": "007-IMG_0102"})
    assert " make the draft proxy of 007-IMG_0102 " in row_text(job_row(job, EMPTY, NOW, RowStyle(DARK, 140)))
    assert row_text(job_row(job, EMPTY, NOW, RowStyle(DARK, 80))).startswith(" ▸ make the draft proxy of 007 ")


def test_a_finished_job_without_a_story_has_the_room_for_its_title() -> None:
    job = a_job("clean", JobState.DONE, "clean the dialog of 005-two-speakers (dialog)", finished_at=NOW)
    assert f" ✓ {job.title} " in row_text(job_row(job, EMPTY, NOW, RowStyle(DARK, 80)))
