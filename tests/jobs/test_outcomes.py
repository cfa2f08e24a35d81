"""Outcomes of attempts: transient errors are retried, and a crash is reported with its stack."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.catalog import Job, JobState
from engine.jobs import log_path

from .sample_kinds import step
from .studio_harness import StudioHarness


@pytest.fixture(scope="module")
def bad_ends(house: StudioHarness) -> dict[str, Job]:
    """Jobs that fail in different ways, run together."""
    patience = {"flaky": 2, "hopeless": 99}
    steps = {name: step("flaky", name=name, amount=amount) for name, amount in patience.items()}
    steps |= {name: step(name, name="bad end") for name in ("crash", "eat", "spin")}
    return dict(zip(steps, house.finish(*steps.values()), strict=True))


def words(job: Job) -> str:
    assert job.state is JobState.FAILED
    assert job.error
    return job.error["message"]


def test_a_fault_that_passes_is_tried_again_later_and_later(house: StudioHarness, bad_ends: dict[str, Job]) -> None:
    job = bad_ends["flaky"]
    assert job.state is JobState.DONE
    assert job.result == {"tried": 2}
    assert (job.attempts, job.retries) == (3, 0)
    again = [JobState.QUEUED, JobState.RUNNING]
    assert house.journal(job) == [*again, *again, *again, JobState.DONE]
    passages = house.passages(job)
    waits = [
        (after.at - before.at).total_seconds() for before, after in zip(passages[2:6:2], passages[3:6:2], strict=True)
    ]
    assert waits[0] >= 0.5
    assert waits[1] >= 1.0
    assert "The volume went away." in passages[2].note


def test_a_fault_that_does_not_pass_is_a_failure_in_the_end(bad_ends: dict[str, Job]) -> None:
    assert words(bad_ends["hopeless"]) == "The volume went away. Tried 4 times."
    assert bad_ends["hopeless"].attempts == 4


def test_a_crash_is_told_with_what_led_to_it(house: StudioHarness, bad_ends: dict[str, Job]) -> None:
    told = words(bad_ends["crash"])
    assert told.startswith("The job's process crashed (SIGSEGV).")
    printed, fatal, *calls = told.splitlines()[1:]
    assert printed == "about to read from nowhere"
    assert "Segmentation fault" in fatal
    assert "string_at" in calls[0]
    assert calls[1].endswith("in crash")
    assert len(calls) == 2, "frames of the job system are left out"
    assert "Extension modules" in house.log(bad_ends["crash"]), "the log is complete"


def test_a_crash_is_told_of_the_last_attempt_only(house: StudioHarness) -> None:
    job = house.finish(step("crash", name="twice"))[0]
    house.desk.retry(job)
    told = words(house.end_of(job))
    assert log_path(house.studio, job.id).read_text().count("about to read from nowhere") == 2
    assert told.count("about to read from nowhere") == 1


def test_too_much_memory_is_said(bad_ends: dict[str, Job]) -> None:
    assert "limit of 537 MB of memory" in words(bad_ends["eat"])


def test_too_much_processor_time_is_said(bad_ends: dict[str, Job]) -> None:
    assert "1 seconds of processor time" in words(bad_ends["spin"])


def test_a_crash_is_nobody_elses_concern(house: StudioHarness, tmp_path: Path) -> None:
    studio = house.present().pid
    (beside,) = house.ask(step("hold", name="beside a crash", path=tmp_path / "go"))
    process = house.at_work(beside)
    house.finish(step("crash", name="beside"), step("eat", name="beside"))
    assert house.present().pid == studio
    assert house.at_work(beside) == process
    (tmp_path / "go").touch()
    assert house.end_of(beside).state is JobState.DONE
