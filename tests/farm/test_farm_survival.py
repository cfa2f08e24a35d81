"""What ends or hangs in a farm: the work ends right, and nothing needs a person."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from engine.farm.caps import Caps, pause_machine, resume_machine
from engine.jobs import find_studio_process
from tests.farm.farm import Farm
from tests.farm.machines import Machines
from tests.waiting import wait_until

pytestmark = pytest.mark.slow

SHORT = timedelta(seconds=10)

Begin = Callable[..., Machines]


@pytest.fixture
def begin(idle_farm: Farm, tmp_path: Path) -> Iterator[Begin]:
    """Starts a farm that listens, with a pool and the time of a lease."""
    started: list[Machines] = []

    def start(pool: str = "trusting_pool", lease: timedelta = timedelta(minutes=5)) -> Machines:
        started.append(Machines.beside(idle_farm, tmp_path / "machines", pool, lease))
        started[-1].listen()
        return started[-1]

    yield start
    for machines in started:
        machines.close()


def test_the_agent_is_killed(begin: Begin) -> None:
    farm = begin()
    north = farm.join("north")
    job = farm.submit(name="one", gate="open")
    farm.claimed(job)
    agent = north.agent()
    os.kill(agent, signal.SIGKILL)
    wait_until(lambda: north.agent() != agent)
    farm.open_gate("open")
    farm.finish(job)
    assert farm.notes(job) == ["for north", "on north", "on north"]
    # The new agent takes the next job.
    second = farm.submit(name="two")
    farm.finish(second)
    assert "on north" in farm.notes(second)


def test_the_scheduler_is_killed(begin: Begin) -> None:
    farm = begin()
    farm.join("north")
    job = farm.submit(name="one", gate="open")
    farm.claimed(job)
    scheduler = farm.scheduler()
    os.kill(scheduler, signal.SIGKILL)
    wait_until(lambda: farm.scheduler() != scheduler and farm.scheduler_listens())
    farm.open_gate("open")
    farm.finish(job)
    assert farm.notes(job) == ["for north", "on north", "on north"]
    second = farm.submit(name="two")
    farm.finish(second)
    assert "on north" in farm.notes(second)


def test_the_supervisor_is_killed(begin: Begin) -> None:
    farm = begin(lease=SHORT)
    north, south = farm.join("north"), farm.join("south")
    job = farm.submit(name="one", gate="open")
    first = farm.claimed(job)
    killed = north if first == "north" else south
    left = killed.processes()
    killed.process.kill()
    # Its agent, its job and their helpers end with it.
    wait_until(lambda: not any(_alive(process) for process in left))
    wait_until(lambda: farm.row(job).attempts == 2)
    farm.open_gate("open")
    farm.finish(job)
    assert len(farm.made(job)) == 32
    ended = farm.table.leases_of(job.id, 1)
    assert [(one.state, one.machine, one.note) for one in ended] == [("ended", first, "the machine was silent")]
    assert [fault.reason for fault in farm.table.faults(first)] == ["it was silent past its deadline"]


def _alive(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_the_studio_process_is_killed_and_a_claimed_lease_goes_on(begin: Begin) -> None:
    farm = begin()
    farm.join("north")
    job = farm.submit(name="one", gate="open")
    farm.claimed(job)
    assert farm.studio_process is not None
    farm.studio_process.kill()
    farm.studio_process.wait()
    wait_until(lambda: find_studio_process(farm.farm.studio) is None)
    farm.open_gate("open")
    # The machine answers while no studio process runs.
    wait_until(lambda: farm.table.leases_of(job.id, 1)[0].state == "answered")
    farm.start_studio()
    farm.finish(job)
    assert len(farm.made(job)) == 32
    assert farm.row(job).attempts == 1
    # The scheduler that it starts is another one, and the machine finds it.
    wait_until(farm.scheduler_listens)
    second = farm.submit(name="two")
    farm.finish(second)
    assert len(farm.made(second)) == 32


def test_the_bytes_of_a_new_machine_are_compared_although_the_studio_process_was_killed(begin: Begin) -> None:
    farm = begin("pool")
    farm.join("north", "lying_kinds")
    job = farm.submit("exact", name="one", gate="open")
    farm.claimed(job)
    assert farm.studio_process is not None
    farm.studio_process.kill()
    farm.studio_process.wait()
    wait_until(lambda: find_studio_process(farm.farm.studio) is None)
    farm.open_gate("open")
    farm.start_studio()
    farm.finish(job)
    wait_until(lambda: farm.known("north").state == "quarantined")
    assert farm.known("north").reason == "wrong bytes: “one” is not what this machine made of it"


def test_a_machine_that_sleeps_loses_its_lease_and_its_late_answer_is_refused(begin: Begin) -> None:
    farm = begin(lease=SHORT)
    north = farm.join("north")
    job = farm.submit(name="one", gate="open")
    farm.claimed(job)
    asleep = north.processes()
    for process in asleep:
        process.suspend()
    wait_until(lambda: farm.row(job).attempts == 2)
    farm.open_gate("open")
    farm.finish(job)
    assert len(farm.made(job)) == 32
    assert farm.row(job).attempts == 2
    made = (farm.farm.studio / "work" / "made" / "one").stat()
    for process in asleep:
        process.resume()
    # It ends its job, and takes another one.
    wait_until(lambda: "lease" in north.log.read_text())
    second = farm.submit(name="two")
    farm.finish(second)
    assert "on north" in farm.notes(second)
    assert (farm.farm.studio / "work" / "made" / "one").stat() == made
    assert [one.state for one in farm.table.leases_of(job.id, 1)] == ["ended"]


def test_the_owner_takes_the_machine_back(begin: Begin) -> None:
    farm = begin()
    north = farm.join("north")
    job = farm.submit(name="one", gate="open")
    farm.claimed(job)
    pause_machine(north.folder)
    wait_until(lambda: farm.row(job).attempts == 2)
    farm.open_gate("open")
    farm.finish(job)
    assert farm.notes(job)[2:] == ["north: paused by its owner", "here: north: paused by its owner"]
    assert farm.table.faults("north") == []
    resume_machine(north.folder)
    wait_until(lambda: (farm.known("north").facts or {})["state"] == "ready")
    second = farm.submit(name="two")
    farm.finish(second)
    assert "on north" in farm.notes(second)


def test_a_machine_that_fails_gets_no_such_jobs_any_more(begin: Begin) -> None:
    farm = begin()
    farm.join("north", "failing_kinds")
    for number in range(3):
        job = farm.submit(name=f"job {number}")
        farm.finish(job)
        assert len(farm.made(job)) == 32
        assert farm.notes(job)[2] == "north: The disk is full."
    job = farm.submit(name="the last")
    farm.finish(job)
    assert farm.notes(job) == ["here: north gets no make any more: The disk is full."]
    # Forgiven.
    farm.table.forget_faults("north")
    job = farm.submit(name="again")
    farm.finish(job)
    assert farm.notes(job)[0] == "for north"


def test_a_machine_that_claims_the_lease_of_another_one_is_found(begin: Begin) -> None:
    farm = begin()
    north = farm.join("north")
    for process in north.processes():
        process.suspend()
    thief = farm.farm.join("thief")
    job = farm.submit(name="one")
    (lease,) = wait_until(lambda: farm.table.leases_of(job.id, 1))
    thief.claim(lease.id)
    farm.finish(job)
    assert len(farm.made(job)) == 32
    assert farm.table.leases_of(job.id, 1)[0].state == "ended"
    assert [fault.reason for fault in farm.table.faults("thief")] == ["it claimed a lease of north"]


def test_a_job_without_progress_runs_elsewhere_although_its_machine_reports(begin: Begin) -> None:
    farm = begin("impatient_pool")
    north = farm.join("north")
    # It reports the same again and again.
    job = farm.submit(name="one", gate="open")
    wait_until(lambda: farm.row(job).attempts == 2)
    farm.open_gate("open")
    farm.finish(job)
    assert len(farm.made(job)) == 32
    assert farm.notes(job)[2:] == ["north: it made no progress", "here: north: it made no progress"]
    assert (farm.known(north.name).facts or {})["state"] in ("ready", "working")


def test_a_late_job_is_given_to_a_second_machine(begin: Begin) -> None:
    farm = begin()
    for name in ("north", "south"):
        farm.join(name, caps=Caps(cores=1))
    # Both are measured.
    measured = [farm.submit("timed", name=f"job {number}", seconds=1) for number in range(2)]
    assert {farm.notes(farm.finish(job))[0] for job in measured} == {"for north", "for south"}
    job = farm.submit("timed", name="late", gate="open")
    wait_until(lambda: len(farm.table.leases_of(job.id, 1)) == 2)
    first, second = farm.table.leases_of(job.id, 1)
    wait_until(lambda: all(one.state == "claimed" for one in farm.table.leases_of(job.id, 1)))
    farm.open_gate("open")
    farm.finish(job)
    assert len(farm.made(job)) == 32
    assert second.note == f"beside {first.machine}, which is late"
    states = {one.state for one in farm.table.leases_of(job.id, 1)}
    assert states in ({"answered", "ended"}, {"answered"})


def test_a_machine_with_wrong_bytes_is_found_by_another_one(begin: Begin) -> None:
    farm = begin("pool")
    farm.join("north", "lying_kinds")
    farm.join("south")
    job = farm.submit("exact", name="one")
    farm.finish(job)
    assert len(farm.made(job)) == 32
    wait_until(lambda: farm.known("north").state == "quarantined")
    honest = farm.submit("exact", name="two")
    farm.finish(honest)
    assert "on south" in farm.notes(honest)
    assert farm.known("south").state == "active"
    assert farm.known("north").reason == "wrong bytes: “one” is not what this machine made of it"


def test_the_only_machine_is_compared_with_this_one(begin: Begin) -> None:
    farm = begin("pool")
    farm.join("north")
    first = farm.submit("exact", name="one")
    farm.finish(first)
    assert farm.notes(first)[-1] == "here: north is new to exact; the bytes are compared"

    def proved() -> bool:
        return farm.table.leases_of(first.id, 1)[0].note == "same bytes as this machine"

    wait_until(proved)
    second = farm.submit("exact", name="two")
    farm.finish(second)
    assert farm.notes(second) == ["for north", "on north", "on north"]
