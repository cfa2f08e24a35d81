"""Outcomes of attempts: transient errors are retried, and a crash is reported with its stack."""

from __future__ import annotations

import multiprocessing
import os
import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.catalog import Catalog, Job, JobState
from engine.jobs import log_path
from engine.jobs.outcomes import outcome_of
from engine.jobs.worker_pool import RunningJob

from .sample_kinds import request
from .studio_harness import StudioHarness


@pytest.fixture(scope="module")
def ended_jobs(shared_harness: StudioHarness) -> dict[str, Job]:
    """Jobs that fail in different ways, run together."""
    failures = {"flaky": 2, "hopeless": 99}
    requests = {name: request("flaky", name=name, amount=amount) for name, amount in failures.items()}
    requests |= {name: request(name, name="bad end") for name in ("crash", "eat", "spin")}
    return dict(zip(requests, shared_harness.finish(*requests.values()), strict=True))


def error_message(job: Job) -> str:
    assert job.state is JobState.FAILED
    assert job.error
    return job.error["message"]


def test_a_transient_error_is_retried_with_increasing_delays(
    shared_harness: StudioHarness, ended_jobs: dict[str, Job]
) -> None:
    job = ended_jobs["flaky"]
    assert job.state is JobState.DONE
    assert job.result == {"tried": 2}
    assert (job.attempts, job.retries) == (3, 0)
    attempt = [JobState.QUEUED, JobState.RUNNING]
    assert shared_harness.states(job) == [*attempt, *attempt, *attempt, JobState.DONE]
    events = shared_harness.events(job)
    waits = [(after.at - before.at).total_seconds() for before, after in zip(events[2:6:2], events[3:6:2], strict=True)]
    assert waits[0] >= 0.5
    assert waits[1] >= 1.0
    assert "The volume went away." in events[2].note


def test_a_persistent_transient_error_fails_after_four_attempts(ended_jobs: dict[str, Job]) -> None:
    assert error_message(ended_jobs["hopeless"]) == "The volume went away. Tried 4 times."
    assert ended_jobs["hopeless"].attempts == 4


def test_a_crash_is_reported_with_its_stack(shared_harness: StudioHarness, ended_jobs: dict[str, Job]) -> None:
    message = error_message(ended_jobs["crash"])
    assert message.startswith("The job's process crashed (SIGSEGV).")
    printed, fatal, *calls = message.splitlines()[1:]
    assert printed == "about to read from nowhere"
    assert "Segmentation fault" in fatal
    assert "string_at" in calls[0]
    assert calls[1].endswith("in crash")
    assert len(calls) == 2, "frames of the job system are left out"
    assert "Extension modules" in shared_harness.log(ended_jobs["crash"]), "the log is complete"


def test_a_crash_report_covers_only_the_last_attempt(shared_harness: StudioHarness) -> None:
    job = shared_harness.finish(request("crash", name="twice"))[0]
    shared_harness.client.retry(job)
    message = error_message(shared_harness.wait(job))
    assert log_path(shared_harness.studio, job.id).read_text().count("about to read from nowhere") == 2
    assert message.count("about to read from nowhere") == 1


def test_exceeding_the_memory_limit_is_reported(ended_jobs: dict[str, Job]) -> None:
    assert "limit of 537 MB of memory" in error_message(ended_jobs["eat"])


def test_exceeding_the_processor_time_limit_is_reported(ended_jobs: dict[str, Job]) -> None:
    assert "1 seconds of processor time" in error_message(ended_jobs["spin"])


def test_a_crash_does_not_affect_other_jobs(shared_harness: StudioHarness, tmp_path: Path) -> None:
    studio = shared_harness.studio_process().pid
    (other,) = shared_harness.submit(request("hold", name="beside a crash", path=tmp_path / "go"))
    process = shared_harness.wait_until_running(other)
    shared_harness.finish(request("crash", name="beside"), request("eat", name="beside"))
    assert shared_harness.studio_process().pid == studio
    assert shared_harness.wait_until_running(other) == process
    (tmp_path / "go").touch()
    assert shared_harness.wait(other).state is JobState.DONE


def kill_self(number: int) -> None:
    os.kill(os.getpid(), number)


def end_of_service(queue_folder: Path, number: int, ran_s: float = 1.0) -> float:
    """Ends a running service by a signal; returns the pause in seconds after which it is started again."""
    catalog = Catalog.in_studio(queue_folder)
    queue = catalog.queue
    (job,) = queue.jobs()
    assert queue.start(job.id)
    running = queue.job(job.id)
    assert running
    process = multiprocessing.get_context("fork").Process(target=kill_self, args=(number,))
    process.start()
    process.join()
    one = RunningJob(running, process, multiprocessing.Pipe()[0], started_at=100.0, exited_at=100.0 + ran_s)
    outcome_of(one, queue_folder, stopping=False)(queue)
    after = queue.job(job.id)
    assert after
    assert (after.state, after.error) == (JobState.QUEUED, None)
    assert after.not_before
    pause = (after.not_before - datetime.now(UTC)).total_seconds()
    catalog.close()
    return pause


def test_a_service_is_started_again_however_often_it_is_killed_with_growing_pauses(tmp_path: Path) -> None:
    catalog = Catalog.in_studio(tmp_path)
    service = request("hold", path=tmp_path / "go").as_job().model_copy(update={"cpu_limit": 0})
    catalog.queue.submit([service])
    assert catalog.queue.has_services()
    pauses = [end_of_service(tmp_path, signal.SIGKILL if n % 2 else signal.SIGTRAP) for n in range(14)]
    expected = [min(0.5 * 2**n, 300) for n in range(14)]
    assert all(wanted - 5 < pause <= wanted for pause, wanted in zip(pauses, expected, strict=True))
    # One that ran for a while was healthy.
    assert end_of_service(tmp_path, signal.SIGKILL, ran_s=3600) <= 0.5
