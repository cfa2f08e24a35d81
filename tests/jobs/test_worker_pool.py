"""Cancelling a job: its process group has ended when its row is updated, and it can be retried."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from engine.catalog import JobState
from engine.jobs import find_studio_process, job_result

from .sample_kinds import step
from .studio_harness import StudioHarness, group_is_gone, is_gone, until


def test_a_cancelled_job_is_gone_when_its_row_says_so(house: StudioHarness, tmp_path: Path) -> None:
    (job,) = house.ask(step("hold", name="unwanted", path=tmp_path / "go"))
    group = house.at_work(job)
    house.desk.cancel(house.row(job))
    until(lambda: house.row(job).state is JobState.CANCELLED)
    with pytest.raises(ProcessLookupError):
        os.killpg(group, 0)
    assert house.journal(job) == [JobState.QUEUED, JobState.RUNNING, JobState.CANCELLED]
    assert house.row(job).cancel_requested is False

    house.desk.retry(house.row(job))
    assert house.at_work(job, attempt=2) != group
    (tmp_path / "go").touch()
    assert house.end_of(job).state is JobState.DONE


def test_jobs_that_will_not_go_are_made_to(house: StudioHarness) -> None:
    deaf, stopped = jobs = house.ask(step("stubborn", name="deaf"), step("stubborn", name="stopped"))
    groups = [house.at_work(deaf), house.at_work(stopped)]
    os.kill(groups[1], signal.SIGSTOP)
    for job in jobs:
        house.desk.cancel(house.row(job))
    for job, group in zip(jobs, groups, strict=True):
        until(lambda job=job: house.row(job).state is JobState.CANCELLED)
        assert group_is_gone(group)


def test_what_has_not_begun_is_cancelled_at_once(room: StudioHarness) -> None:
    (job,) = room.queue.submit([step("empty").as_job()])
    room.desk.cancel(job)
    assert room.row(job).state is JobState.CANCELLED
    assert room.journal(job) == [JobState.QUEUED, JobState.CANCELLED]
    assert find_studio_process(room.studio) is None
    assert room.processes() == []


def test_what_a_job_started_goes_with_it(house: StudioHarness, tmp_path: Path) -> None:
    (job,) = house.ask(step("with-child", path=tmp_path / "never"))
    group = house.at_work(job)
    child = int((house.folder(job) / "child").read_text())
    assert os.getpgid(child) == group
    house.desk.cancel(house.row(job))
    until(lambda: house.row(job).state is JobState.CANCELLED)
    assert is_gone(child)
    assert group_is_gone(group)


def test_what_a_job_leaves_behind_is_ended_before_it_is_done(house: StudioHarness) -> None:
    (job,) = house.finish(step("leave-behind"))
    assert is_gone(job_result(job)["pid"])


def test_cancelling_needs_no_studio_process_to_be_there(room: StudioHarness, tmp_path: Path) -> None:
    (job,) = room.ask(step("hold", path=tmp_path / "never"))
    group = room.at_work(job)
    os.kill(room.present().pid, signal.SIGKILL)
    until(lambda: find_studio_process(room.studio) is None)
    room.desk.cancel(room.row(job))
    assert room.end_of(job).state is JobState.CANCELLED
    assert group_is_gone(group)
    assert room.row(job).attempts == 1
