"""Cancelling a job: its process group has ended when its row is updated, and it can be retried."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from engine.catalog import JobState
from engine.jobs import find_studio_process, job_result
from tests.waiting import wait_until

from .sample_kinds import request
from .studio_harness import StudioHarness, group_has_exited, has_exited


def test_the_processes_of_a_cancelled_job_have_ended(shared_harness: StudioHarness, tmp_path: Path) -> None:
    (job,) = shared_harness.submit(request("hold", name="unwanted", path=tmp_path / "go"))
    group = shared_harness.wait_until_running(job)
    shared_harness.client.cancel(shared_harness.row(job))
    wait_until(lambda: shared_harness.row(job).state is JobState.CANCELLED)
    with pytest.raises(ProcessLookupError):
        os.killpg(group, 0)
    assert shared_harness.states(job) == [JobState.QUEUED, JobState.RUNNING, JobState.CANCELLED]
    assert shared_harness.row(job).cancel_requested is False

    shared_harness.client.retry(shared_harness.row(job))
    assert shared_harness.wait_until_running(job, attempt=2) != group
    (tmp_path / "go").touch()
    assert shared_harness.wait(job).state is JobState.DONE


def test_cancelled_jobs_that_do_not_respond_are_killed(shared_harness: StudioHarness) -> None:
    unresponsive, stopped = jobs = shared_harness.submit(
        request("stubborn", name="deaf"), request("stubborn", name="stopped")
    )
    groups = [shared_harness.wait_until_running(unresponsive), shared_harness.wait_until_running(stopped)]
    os.kill(groups[1], signal.SIGSTOP)
    for job in jobs:
        shared_harness.client.cancel(shared_harness.row(job))
    for job, group in zip(jobs, groups, strict=True):
        wait_until(lambda job=job: shared_harness.row(job).state is JobState.CANCELLED)
        assert group_has_exited(group)


def test_a_queued_job_is_cancelled_at_once(harness: StudioHarness) -> None:
    (job,) = harness.queue.submit([request("empty").as_job()])
    harness.client.cancel(job)
    assert harness.row(job).state is JobState.CANCELLED
    assert harness.states(job) == [JobState.QUEUED, JobState.CANCELLED]
    assert find_studio_process(harness.studio) is None
    assert harness.processes() == []


def test_child_processes_end_with_their_cancelled_job(shared_harness: StudioHarness, tmp_path: Path) -> None:
    (job,) = shared_harness.submit(request("with-child", path=tmp_path / "never"))
    group = shared_harness.wait_until_running(job)
    child = int((shared_harness.folder(job) / "child").read_text())
    assert os.getpgid(child) == group
    shared_harness.client.cancel(shared_harness.row(job))
    wait_until(lambda: shared_harness.row(job).state is JobState.CANCELLED)
    assert has_exited(child)
    assert group_has_exited(group)


def test_leftover_child_processes_end_before_their_job_is_done(shared_harness: StudioHarness) -> None:
    (job,) = shared_harness.finish(request("leave-behind"))
    assert has_exited(job_result(job)["pid"])


def test_a_job_is_cancelled_after_its_studio_process_was_killed(harness: StudioHarness, tmp_path: Path) -> None:
    (job,) = harness.submit(request("hold", path=tmp_path / "never"))
    group = harness.wait_until_running(job)
    os.kill(harness.studio_process().pid, signal.SIGKILL)
    wait_until(lambda: find_studio_process(harness.studio) is None)
    harness.client.cancel(harness.row(job))
    assert harness.wait(job).state is JobState.CANCELLED
    assert group_has_exited(group)
    assert harness.row(job).attempts == 1
