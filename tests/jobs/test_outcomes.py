"""Outcomes of attempts: transient errors are retried, and a crash is reported with its stack."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.catalog import Job, JobState
from engine.jobs import log_path

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
