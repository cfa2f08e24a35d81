"""The studio process: killed, stopped and replaced, without losing finished work."""

from __future__ import annotations

import os
import signal
from collections import Counter
from pathlib import Path

import pytest

from engine.catalog import Job, JobState
from engine.jobs import find_studio_process, job_result

from .sample_kinds import step
from .studio_harness import StudioHarness, group_is_gone, is_gone, until

FILES = 60


def in_the_midst(room: StudioHarness) -> Job:
    """A running job that has written some of its files."""
    (job,) = room.ask(step("steps", amount=FILES))
    until(lambda: room.row(job).done >= 20)
    return job


@pytest.mark.parametrize(
    "victims",
    [["job"], ["studio"], ["fork server"], ["studio", "fork server", "job"]],
    ids=", ".join,
)
def test_work_that_is_killed_goes_on_where_it_was(room: StudioHarness, victims: list[str]) -> None:
    job = in_the_midst(room)
    first = room.at_work(job)
    processes = {"job": first, "studio": room.present().pid, "fork server": room.fork_server()}
    for victim in victims:
        os.kill(processes[victim], signal.SIGKILL)
    ended = room.end_of(job)

    makers = Counter(path.read_text() for path in room.folder(job).glob("*.part"))
    assert makers.total() == FILES
    assert 20 <= makers[str(first)] < FILES
    assert len(makers) == 2
    assert job_result(ended) == {"made": FILES - makers[str(first)]}
    assert ended.attempts == 2
    again = [JobState.QUEUED, JobState.RUNNING]
    assert room.journal(job) == [*again, *again, JobState.DONE]
    assert is_gone(first)
    assert (room.present().pid == processes["studio"]) == ("studio" not in victims)


def test_an_orphan_that_cannot_end_itself_is_ended_before_its_job_goes_on(room: StudioHarness, tmp_path: Path) -> None:
    (job,) = room.ask(step("hold", path=tmp_path / "go"))
    orphan, fork_server = room.at_work(job), room.fork_server()
    for process in (orphan, fork_server):
        os.kill(process, signal.SIGSTOP)
    os.kill(room.present().pid, signal.SIGKILL)
    assert not is_gone(orphan)
    until(lambda: find_studio_process(room.studio) is None)
    room.desk.ensure_running()
    room.at_work(job, attempt=2)
    assert is_gone(orphan)
    os.kill(fork_server, signal.SIGCONT)
    (tmp_path / "go").touch()
    assert room.end_of(job).state is JobState.DONE


def test_a_result_that_was_kept_is_taken_over_and_not_worked_again(room: StudioHarness, tmp_path: Path) -> None:
    (job,) = room.ask(step("hold", path=tmp_path / "go"))
    process, studio = room.at_work(job), room.present().pid
    os.kill(studio, signal.SIGSTOP)
    (tmp_path / "go").touch()
    until(lambda: is_gone(process))
    assert room.row(job).state is JobState.RUNNING
    os.kill(studio, signal.SIGKILL)
    ended = room.end_of(job)
    assert ended.state is JobState.DONE
    assert ended.attempts == 1
    assert room.journal(job) == [JobState.QUEUED, JobState.RUNNING, JobState.DONE]
    assert ended.cpu_seconds is not None


def test_told_to_leave_it_puts_its_work_back(room: StudioHarness, tmp_path: Path) -> None:
    studio = room.start()
    assert room.present().pid == studio.pid
    running, waiting = room.ask(*(step("in-turn", name=name, path=tmp_path / "go") for name in ("one", "two")))
    group = room.at_work(running)
    studio.send_signal(signal.SIGTERM)
    assert studio.wait(120) == 0
    assert find_studio_process(room.studio) is None
    assert group_is_gone(group)
    until(lambda: room.processes() == [])
    assert room.row(running).state is room.row(waiting).state is JobState.QUEUED
    assert room.passages(running)[-1].note == "the studio process stopped"

    (tmp_path / "go").touch()
    room.desk.ensure_running()
    assert [row.state for row in room.desk.wait([running, waiting])] == [JobState.DONE] * 2
    assert room.row(running).attempts == 2
    assert room.row(waiting).attempts == 1


def test_only_one_at_a_time_has_the_turn(room: StudioHarness, tmp_path: Path) -> None:
    first, second = jobs = room.ask(*(step("in-turn", name=name, path=tmp_path / "go") for name in ("one", "two")))
    (beside,) = room.finish(step("empty"))
    assert beside.state is JobState.DONE
    room.at_work(first)
    assert room.row(second).state is JobState.QUEUED
    (tmp_path / "go").touch()
    one, two = room.desk.wait(jobs)
    assert one.finished_at
    assert two.started_at
    assert one.finished_at <= two.started_at
