"""What open jobs wait for, in words, and the time that they and the queue still take."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from cwtui.job_status import describe_queue_time, format_job_time, format_queue_time, format_time_left
from cwtui.queue_status import queue_status
from engine.catalog import Job, JobState
from engine.jobs import QueueTime, Scheduler

from .console.records import NOW, a_job

MACHINE = Scheduler(2, 8_000_000_000)
GATE = {"message": "004 is damaged.", "choices": [{"option": "damaged", "value": True, "title": "deliver"}]}
SPEEDS = {("proxy", ""): 0.5, ("deliver", "hevc"): 0.1}


def of_take(kind: str, state: JobState, number: int = 4, **fields: Any) -> Job:
    fields = {"id": f"{kind}-{number}", "cpu": 2, "gpu": kind in ("proxy", "deliver"), **fields}
    return a_job(kind, state, parameters={"label": f"{number:03d}-IMG_0001"}, **fields)


PROXY = of_take("proxy", JobState.RUNNING, workload=60, started_at=NOW - timedelta(seconds=20))


@pytest.mark.parametrize(
    ("job", "wait"),
    [
        (of_take("levels", JobState.QUEUED, needs=("proxy-4",)), "waits for the proxy of 004"),
        (of_take("levels", JobState.QUEUED, needs=("proxy-4", "words")), "waits for the proxy of 004 and 1 more"),
        (
            of_take("master", JobState.QUEUED, needs=("gate",)),
            "waits for your answer about the delivery of 009: damaged stretch",
        ),
        (of_take("deliver", JobState.BLOCKED, error=GATE), "waits for your answer: damaged stretch"),
        (
            of_take("deliver", JobState.BLOCKED, error={"message": "IMG_0004 is log. Confirm its input transform."}),
            "waits for your answer: input transform",
        ),
        (of_take("deliver", JobState.QUEUED), "waits for a free encoder"),
        (of_take("levels", JobState.QUEUED), "waits for a free processor core"),
        (of_take("render", JobState.QUEUED, cpu=0, mutex="out"), "waits for its turn"),
        (
            of_take("levels", JobState.QUEUED, retries=2, not_before=NOW + timedelta(seconds=4)),
            "failed 2 times; tries again in 4.0 s",
        ),
    ],
)  # fmt: skip
def test_a_job_says_what_it_waits_for(job: Job, wait: str) -> None:
    others = [
        PROXY,
        of_take("transcribe", JobState.QUEUED, 5, id="words"),
        of_take("deliver", JobState.BLOCKED, 9, id="gate", error=GATE),
    ]
    assert queue_status([*others, job], {}, NOW, True, MACHINE).waits[job.id] == wait


def test_a_ready_job_without_a_studio_process_waits_for_that() -> None:
    job = of_take("levels", JobState.QUEUED)
    assert queue_status([job], {}, NOW, False, MACHINE).waits == {job.id: "waits for the studio process"}


def test_the_time_left_comes_from_measured_speeds() -> None:
    delivery = of_take("deliver", JobState.QUEUED, workload=30, speed_class="hevc", needs=(PROXY.id,))
    status = queue_status([PROXY, delivery], SPEEDS, NOW, True, MACHINE)
    # The proxy takes 120 s, of which 20 have passed.
    assert status.left == {PROXY.id: 100, delivery.id: 300}
    assert status.total == QueueTime(400, complete=True)
    assert format_queue_time(status.total) == "about 7 min"
    unknown = of_take("transcribe", JobState.QUEUED)
    status = queue_status([PROXY, unknown], SPEEDS, NOW, True, MACHINE)
    assert status.left[unknown.id] is None
    assert format_queue_time(status.total) == "more than 2 min"
    assert format_queue_time(queue_status([unknown], {}, NOW, True, MACHINE).total) == "unknown yet"


def test_jobs_that_wait_for_an_answer_take_no_time() -> None:
    gate = of_take("deliver", JobState.BLOCKED, error=GATE, workload=30, speed_class="hevc")
    after = of_take("proxy", JobState.QUEUED, 5, workload=60, needs=(gate.id,))
    assert queue_status([PROXY, gate, after], SPEEDS, NOW, True, MACHINE).total == QueueTime(100)


def test_a_service_has_no_time_left() -> None:
    service = of_take("watch", JobState.RUNNING, cpu_limit=0)
    assert describe_queue_time(queue_status([service], SPEEDS, NOW, True, MACHINE).total) == ""
    assert queue_status([service, PROXY], SPEEDS, NOW, True, MACHINE).total == QueueTime(100)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "unknown yet"), (3, "a few seconds"), (42, "about 40 s"), (58, "about 1 min"), (250, "about 4 min"),
        (4800, "about 1 h 20 min"), (7200, "about 2 h"),
    ],
)  # fmt: skip
def test_a_time_left_is_rounded(seconds: float | None, text: str) -> None:
    assert format_time_left(seconds) == text


def test_a_job_shows_its_time_left_or_what_it_took() -> None:
    assert format_job_time(PROXY, NOW, 100.0) == "about 2 min left"
    assert format_job_time(PROXY, NOW) == "unknown yet"
    assert format_job_time(a_job("watch", JobState.RUNNING, cpu_limit=0), NOW) == "until ended"
    assert format_job_time(of_take("proxy", JobState.QUEUED), NOW, 42.0) == "takes about 40 s"
    done = of_take("proxy", JobState.DONE, started_at=NOW - timedelta(seconds=47), finished_at=NOW)
    assert format_job_time(done, NOW) == "47 s"
