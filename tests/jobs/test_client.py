"""The job client: identical requests are one job, finished jobs are not repeated, and jobs run without a client."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from engine.catalog import JobState
from engine.errors import Cancelled, GateError, RequestError
from engine.jobs import JobClient, JobRequest, find_studio_process, job_result
from engine.jobs.kind import dependencies_first

from .sample_kinds import kinds, step
from .studio_harness import StudioHarness


def test_the_same_question_is_one_job_and_is_worked_once(house: StudioHarness, tmp_path: Path) -> None:
    question = step("write", name="twice", path=house.studio / "twice", amount=3)
    first, again = house.ask(question, question)
    assert first.id == again.id
    assert house.end_of(first).state is JobState.DONE
    (later,) = house.finish(question)
    assert later.attempts == 1
    assert house.journal(first) == [JobState.QUEUED, JobState.RUNNING, JobState.DONE]


def test_what_is_under_way_is_not_begun_again(house: StudioHarness, tmp_path: Path) -> None:
    question = step("hold", name="under way", path=tmp_path / "go")
    (job,) = house.ask(question)
    house.at_work(job)
    (again,) = house.ask(question)
    assert again.state is JobState.RUNNING
    (tmp_path / "go").touch()
    assert house.end_of(job).attempts == 1


def test_jobs_hand_their_results_on(house: StudioHarness) -> None:
    two, three = step("sum", name="two", amount=2), step("sum", name="three", amount=3)
    seven = step("sum", name="seven", amount=2, after=(two, three))
    (job,) = house.finish(step("sum", name="ten", amount=1, after=(two, seven)))
    assert job_result(job) == {"sum": 10}
    for earlier, later in ((two, seven), (three, seven)):
        before, after = house.queue.job(earlier.id), house.queue.job(later.id)
        assert before
        assert after
        assert before.finished_at
        assert after.started_at
        assert before.finished_at <= after.started_at


def test_only_what_is_gone_is_made_again(house: StudioHarness) -> None:
    first = step("write", name="first", path=house.studio / "first")
    last = step("write", name="last", path=house.studio / "last", after=(first,))
    house.finish(last)

    (house.studio / "last").unlink()
    (job,) = house.finish(last)
    assert (house.studio / "last").exists()
    assert job.attempts == 2
    assert house.finish(first)[0].attempts == 1

    (house.studio / "first").unlink()
    (job,) = house.finish(last)
    assert job.attempts == 2, "a done job does not need its dependencies again"
    assert not (house.studio / "first").exists()


def test_what_is_needed_and_what_was_named_first_comes_first(house: StudioHarness) -> None:
    needed = step("empty", name="needed")
    jobs = house.ask(*(step("empty", name=f"named {number}", after=(needed,)) for number in range(5)))
    assert [row.id for row in house.queue.graph([job.id for job in jobs])] == [needed.id, *(job.id for job in jobs)]


def chain(length: int, name: str) -> JobRequest:
    link = step("sum", name=f"{name} 0", amount=1)
    for number in range(1, length):
        link = step("sum", name=f"{name} {number}", amount=1, after=(link,))
    return link


def test_a_chain_is_worked_from_its_beginning(house: StudioHarness) -> None:
    (job,) = house.finish(chain(30, "chain"))
    assert job_result(job) == {"sum": 30}


def test_a_long_chain_that_is_done_is_answered_without_anybody_at_work(room: StudioHarness) -> None:
    long = chain(500, "long")
    rows = room.queue.submit([link.as_job() for link in dependencies_first([long])])
    assert room.queue.graph([long.id]) == rows
    with room.catalog.transaction():
        for row in rows:
            assert room.queue.start(row.id)
            room.queue.complete(row.id, {"sum": 1}, {})
    (job,) = room.finish(long)
    assert job.state is JobState.DONE
    assert job.attempts == 1
    assert find_studio_process(room.studio) is None


def test_what_follows_from_a_job_is_queued_with_its_end(house: StudioHarness) -> None:
    house.finish(step("parent", name="Ada"))
    child = house.queue.job(step("empty", name="child of Ada").id)
    assert child
    assert house.end_of(child).state is JobState.DONE


def test_work_outlives_the_desk_it_was_asked_at(room: StudioHarness, tmp_path: Path) -> None:
    (job,) = room.ask(step("hold", path=tmp_path / "go"))
    process = room.at_work(job)
    room.catalog.close()
    room.open()
    assert room.row(job).state is JobState.RUNNING
    assert room.at_work(job) == process
    (tmp_path / "go").touch()
    assert room.end_of(job).state is JobState.DONE
    assert room.row(job).attempts == 1


def test_the_observer_sees_a_job_come_to_its_end(house: StudioHarness) -> None:
    seen: list[JobState] = []
    desk = JobClient(house.catalog, house.studio, "sample_kinds:kinds", lambda job: seen.append(job.state))
    desk.wait(desk.submit([step("empty", name="watched")]))
    assert seen[-1] is JobState.DONE


def test_an_answer_lets_a_blocked_job_begin(house: StudioHarness) -> None:
    question = GateError("How many?", "Say so.")
    (job,) = house.finish(step("sum", name="how many", waits_for=question))
    assert job.state is JobState.BLOCKED
    with pytest.raises(GateError, match="How many"):
        job_result(job)
    answered = house.desk.answer(job, kinds(house.studio)["sum"], {"amount": 4})
    assert job_result(house.end_of(answered)) == {"sum": 4}
    assert house.queue.job(job.id) is None


def test_a_failure_is_that_of_all_who_need_it_and_passes_with_it(house: StudioHarness, tmp_path: Path) -> None:
    missing = step("wants", name="late", path=tmp_path / "late")
    middle = step("sum", name="middle", after=(missing,))
    last, beside = step("sum", name="last", after=(middle,)), step("sum", name="beside", amount=6)
    rows = house.finish(missing, middle, last, beside)
    assert [row.state for row in rows] == [JobState.FAILED] * 3 + [JobState.DONE]
    with pytest.raises(RequestError, match="The file is not there"):
        job_result(rows[0])
    for row in rows[1:3]:
        assert row.error
        assert row.error["message"] == "It needs “wants late”, which failed: The file is not there."
        assert row.attempts == 0

    (tmp_path / "late").touch()
    house.desk.retry(rows[0])
    assert {row.state for row in house.desk.wait(rows)} == {JobState.DONE}


def test_trying_again_what_needed_a_failure_tries_that_too(house: StudioHarness, tmp_path: Path) -> None:
    missing = step("wants", name="later", path=tmp_path / "later")
    needed, last = house.finish(missing, step("sum", name="in the end", after=(missing,)))
    (tmp_path / "later").touch()
    house.desk.retry(last)
    assert {row.state for row in house.desk.wait([needed, last])} == {JobState.DONE}


def test_a_retry_ends_again_where_something_else_it_needs_is_missing(house: StudioHarness, tmp_path: Path) -> None:
    one = step("wants", name="one", path=tmp_path / "one")
    other = step("wants", name="other", path=tmp_path / "other")
    *needed, last = house.finish(one, other, step("sum", name="both", after=(one, other)))
    (tmp_path / "one").touch()
    house.desk.retry(needed[0])
    rows = house.desk.wait([*needed, last])
    assert [row.state for row in rows] == [JobState.DONE, JobState.FAILED, JobState.FAILED]
    assert rows[2].error
    assert "wants other" in rows[2].error["message"]


def test_only_what_is_not_over_is_cancelled_and_only_what_is_over_tried_again(house: StudioHarness) -> None:
    (job,) = house.finish(step("empty", name="over"))
    with pytest.raises(RequestError, match="is done"):
        house.desk.cancel(job)
    with pytest.raises(RequestError, match="is done"):
        house.desk.retry(job)


def test_what_was_cancelled_comes_to_that(room: StudioHarness) -> None:
    (job,) = room.queue.submit([step("empty", name="unwanted").as_job()])
    room.desk.cancel(job)
    with pytest.raises(Cancelled, match="was cancelled"):
        job_result(room.row(job))


def test_a_job_is_found_by_the_beginning_of_its_id(house: StudioHarness) -> None:
    (job,) = house.finish(step("empty", name="sought"))
    assert house.desk.lookup(job.id) == job
    with pytest.raises(RequestError, match="no job without an id"):
        house.desk.lookup("")
    with pytest.raises(RequestError, match="There is no job zzz"):
        house.desk.lookup("zzz")


def test_a_beginning_that_many_ids_share_is_not_enough(room: StudioHarness) -> None:
    room.queue.submit([step("empty", name=str(number)).as_job() for number in range(17)])
    first = sorted(job.id for job in room.queue.jobs())
    shared = next(one[0] for one, other in pairwise(first) if one[0] == other[0])
    with pytest.raises(RequestError, match=f"job ids begin with {shared}"):
        room.desk.lookup(shared)
