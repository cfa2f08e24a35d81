"""The scheduler: stays within the machine's resources, respects mutexes, and does not starve large jobs."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from engine.catalog import Job, JobState
from engine.jobs import GIB
from engine.jobs.scheduler import Scheduler

MACHINE = Scheduler(cpu=4, memory=8 * GIB)


def a_job(name: str, cpu: int = 1, memory: int = 1, gpu: bool = False, mutex: str | None = None) -> Job:
    """A queued job; `memory` is in GiB."""
    return Job(
        id=name, project_id=None, kind="k", title=name, parameters={}, state=JobState.QUEUED, cpu=cpu,
        memory=memory * GIB, gpu=gpu, mutex=mutex, created_at=datetime.now(UTC),
    )  # fmt: skip


@st.composite
def jobs(draw: st.DrawFn) -> list[Job]:
    """Jobs of any size, some larger than the machine, in order of priority."""
    sizes = st.tuples(st.integers(1, 6), st.integers(0, 10), st.booleans(), st.sampled_from([None, "a", "b"]))
    return [a_job(str(number), *size) for number, size in enumerate(draw(st.lists(sizes, max_size=12)))]


def amounts(selected: list[Job]) -> tuple[int, int, int]:
    return sum(job.cpu for job in selected), sum(job.memory for job in selected), sum(job.gpu for job in selected)


def lacking(job: Job, selected: list[Job]) -> set[int]:
    """The indices of the resources (cores, memory, GPU) that this job would exceed."""
    limits = (MACHINE.cpu, MACHINE.memory, MACHINE.gpu)
    required = amounts([*selected, job])
    return {n for n in range(3) if required[n] > limits[n]}


@given(jobs(), jobs())
def test_selected_jobs_fit_the_machine(first: list[Job], later: list[Job]) -> None:
    running = MACHINE.select(first, [])
    chosen = MACHINE.select(later, running)
    together = [*running, *chosen]
    fits = all(used <= limit for used, limit in zip(amounts(together), (MACHINE.cpu, MACHINE.memory, 1), strict=True))
    assert fits or len(together) == 1


@given(jobs(), jobs())
def test_jobs_with_the_same_mutex_never_run_together(first: list[Job], later: list[Job]) -> None:
    running = MACHINE.select(first, [])
    mutexes = [job.mutex for job in (*running, *MACHINE.select(later, running)) if job.mutex]
    assert len(mutexes) == len(set(mutexes))


@given(jobs(), jobs())
def test_a_waiting_job_is_not_overtaken_for_its_resources(first: list[Job], ready: list[Job]) -> None:
    running = MACHINE.select(first, [])
    chosen = MACHINE.select(ready, running)
    for number, job in enumerate(ready):
        before = [*running, *(one for one in ready[:number] if one in chosen)]
        if job in chosen or (job.mutex and job.mutex in {one.mutex for one in before}):
            continue
        behind = [one for one in ready[number + 1 :] if one in chosen]
        for resource in lacking(job, before):
            assert amounts(behind)[resource] == 0


@given(jobs())
def test_the_first_job_always_runs_on_an_idle_machine(ready: list[Job]) -> None:
    chosen = MACHINE.select(ready, [])
    assert chosen[:1] == ready[:1]
    assert chosen == [job for job in ready if job in chosen], "in order of priority"


@given(jobs())
def test_every_job_runs_eventually(submitted: list[Job]) -> None:
    ready, running, ended = submitted, list[Job](), list[Job]()
    while ready:
        chosen = MACHINE.select(ready, running)
        ready = [job for job in ready if job not in chosen]
        running += chosen
        assert running
        ended.append(running.pop(0))
    assert sorted(job.id for job in (*ended, *running)) == sorted(job.id for job in submitted)


def test_small_jobs_run_in_parallel() -> None:
    ready = [a_job(str(number)) for number in range(6)]
    assert MACHINE.select(ready, []) == ready[:4]
    assert MACHINE.select(ready[4:], ready[:3]) == ready[4:5]


def test_only_one_job_uses_the_gpu() -> None:
    first, second, other = a_job("1", gpu=True), a_job("2", gpu=True), a_job("3")
    assert MACHINE.select([first, second, other], []) == [first, other]


def test_a_job_larger_than_the_machine_runs_alone() -> None:
    giant, small, weightless = a_job("giant", memory=99), a_job("small"), a_job("weightless", memory=0)
    assert MACHINE.select([giant, small], []) == [giant]
    assert MACHINE.select([giant], [small]) == []
    assert MACHINE.select([small, weightless], [giant]) == []


def test_this_machine_has_cores_and_memory() -> None:
    here = Scheduler.for_this_machine()
    assert here.cpu >= 1
    assert here.memory > GIB // 4


@given(jobs(), jobs())
def test_a_job_without_a_core_does_not_affect_other_jobs(first: list[Job], ready: list[Job]) -> None:
    """The condition check of a take, which uses no core, does not affect other jobs."""
    check = a_job("check", cpu=0, memory=2, mutex="condition")
    alone = MACHINE.select(ready, running := MACHINE.select(first, []))
    assert [job for job in MACHINE.select([check, *ready], running) if job is not check] == alone
    assert MACHINE.select(ready, [*running, check]) == alone


def test_checks_without_a_core_run_one_at_a_time() -> None:
    checks = [a_job(str(number), cpu=0, mutex="condition") for number in range(3)]
    assert MACHINE.select(checks, []) == checks[:1]
    assert MACHINE.select(checks[1:], checks[:1]) == []
