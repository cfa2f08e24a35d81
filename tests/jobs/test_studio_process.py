"""The studio process: killed, stopped and replaced, without losing finished work."""

from __future__ import annotations

import os
import signal
from collections import Counter
from pathlib import Path

import pytest

from engine.catalog import Job, JobState
from engine.jobs import find_studio_process, job_result
from tests.waiting import wait_until

from .sample_kinds import request
from .studio_harness import StudioHarness, group_has_exited, has_exited

FILES = 60


def partly_done_job(harness: StudioHarness) -> Job:
    """A running job that has written some of its files."""
    (job,) = harness.submit(request("steps", amount=FILES))
    wait_until(lambda: harness.row(job).done >= 20)
    return job


@pytest.mark.parametrize(
    "victims",
    [["job"], ["studio"], ["fork server"], ["studio", "fork server", "job"]],
    ids=", ".join,
)
def test_a_job_resumes_after_its_processes_are_killed(harness: StudioHarness, victims: list[str]) -> None:
    job = partly_done_job(harness)
    first = harness.wait_until_running(job)
    processes = {"job": first, "studio": harness.studio_process().pid, "fork server": harness.fork_server()}
    for victim in victims:
        os.kill(processes[victim], signal.SIGKILL)
    ended = harness.wait(job)

    writers = Counter(path.read_text() for path in harness.folder(job).glob("*.part"))
    assert writers.total() == FILES
    assert 20 <= writers[str(first)] < FILES
    assert len(writers) == 2
    assert job_result(ended) == {"made": FILES - writers[str(first)]}
    assert ended.attempts == 2
    attempt = [JobState.QUEUED, JobState.RUNNING]
    assert harness.states(job) == [*attempt, *attempt, JobState.DONE]
    assert has_exited(first)
    assert (harness.studio_process().pid == processes["studio"]) == ("studio" not in victims)


def test_a_stopped_orphan_is_ended_before_its_job_resumes(harness: StudioHarness, tmp_path: Path) -> None:
    (job,) = harness.submit(request("hold", path=tmp_path / "go"))
    orphan, fork_server = harness.wait_until_running(job), harness.fork_server()
    for process in (orphan, fork_server):
        os.kill(process, signal.SIGSTOP)
    os.kill(harness.studio_process().pid, signal.SIGKILL)
    assert not has_exited(orphan)
    wait_until(lambda: find_studio_process(harness.studio) is None)
    harness.client.ensure_running()
    harness.wait_until_running(job, attempt=2)
    assert has_exited(orphan)
    os.kill(fork_server, signal.SIGCONT)
    (tmp_path / "go").touch()
    assert harness.wait(job).state is JobState.DONE


def test_a_result_written_without_a_studio_process_is_used(harness: StudioHarness, tmp_path: Path) -> None:
    (job,) = harness.submit(request("hold", path=tmp_path / "go"))
    process, studio = harness.wait_until_running(job), harness.studio_process().pid
    os.kill(studio, signal.SIGSTOP)
    (tmp_path / "go").touch()
    wait_until(lambda: has_exited(process))
    assert harness.row(job).state is JobState.RUNNING
    os.kill(studio, signal.SIGKILL)
    ended = harness.wait(job)
    assert ended.state is JobState.DONE
    assert ended.attempts == 1
    assert harness.states(job) == [JobState.QUEUED, JobState.RUNNING, JobState.DONE]
    assert ended.cpu_seconds is not None


def test_a_terminated_studio_process_requeues_its_jobs(harness: StudioHarness, tmp_path: Path) -> None:
    studio = harness.start()
    assert harness.studio_process().pid == studio.pid
    running, waiting = harness.submit(*(request("in-turn", name=name, path=tmp_path / "go") for name in ("one", "two")))
    group = harness.wait_until_running(running)
    studio.send_signal(signal.SIGTERM)
    assert studio.wait(120) == 0
    assert find_studio_process(harness.studio) is None
    assert group_has_exited(group)
    wait_until(lambda: harness.processes() == [])
    assert harness.row(running).state is harness.row(waiting).state is JobState.QUEUED
    assert harness.events(running)[-1].note == "the studio process stopped"

    (tmp_path / "go").touch()
    harness.client.ensure_running()
    assert [row.state for row in harness.client.wait([running, waiting])] == [JobState.DONE] * 2
    assert harness.row(running).attempts == 2
    assert harness.row(waiting).attempts == 1


def test_a_process_that_is_started_before_its_work_is_used_for_it(harness: StudioHarness) -> None:
    harness.client.expect_work()
    harness.client.expect_work()
    (job,) = harness.finish(request("empty", name="expected"))
    assert job.state is JobState.DONE
    log = (harness.studio / "work" / "studio.log").read_text()
    assert log.count("studio process") == 1


def test_jobs_with_the_same_mutex_run_one_at_a_time(harness: StudioHarness, tmp_path: Path) -> None:
    first, second = jobs = harness.submit(
        *(request("in-turn", name=name, path=tmp_path / "go") for name in ("one", "two"))
    )
    (other,) = harness.finish(request("empty"))
    assert other.state is JobState.DONE
    harness.wait_until_running(first)
    assert harness.row(second).state is JobState.QUEUED
    (tmp_path / "go").touch()
    one, two = harness.client.wait(jobs)
    assert one.finished_at
    assert two.started_at
    assert one.finished_at <= two.started_at
