"""The job client: identical requests are one job, finished jobs are not repeated, and jobs run without a client."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from pydantic import BaseModel

from engine.catalog import Catalog, JobState
from engine.errors import Cancelled, GateError, RequestError
from engine.jobs import JobClient, JobRequest, find_studio_process, job_result
from engine.jobs.kind import dependencies_first

from .sample_kinds import kinds, request
from .studio_harness import JOB_KINDS, StudioHarness


def test_identical_requests_are_one_job_that_runs_once(shared_harness: StudioHarness, tmp_path: Path) -> None:
    write = request("write", name="twice", path=shared_harness.studio / "twice", amount=3)
    first, second = shared_harness.submit(write, write)
    assert first.id == second.id
    assert shared_harness.wait(first).state is JobState.DONE
    (later,) = shared_harness.finish(write)
    assert later.attempts == 1
    assert shared_harness.states(first) == [JobState.QUEUED, JobState.RUNNING, JobState.DONE]


def test_a_request_for_a_running_job_returns_that_job(shared_harness: StudioHarness, tmp_path: Path) -> None:
    hold = request("hold", name="under way", path=tmp_path / "go")
    (job,) = shared_harness.submit(hold)
    shared_harness.wait_until_running(job)
    (second,) = shared_harness.submit(hold)
    assert second.state is JobState.RUNNING
    (tmp_path / "go").touch()
    assert shared_harness.wait(job).attempts == 1


def test_a_job_that_finishes_during_a_request_is_not_repeated(tmp_path: Path) -> None:
    catalog = Catalog.in_studio(tmp_path)
    client = JobClient(catalog, tmp_path, JOB_KINDS)
    running = request("empty", name="once")
    catalog.queue.submit([running.as_job()])
    catalog.queue.start(running.id)

    # The title is made after the job is looked up, and before it is queued.
    def finish(parameters: BaseModel) -> str:
        catalog.queue.complete(running.id, {}, {})
        return "once"

    (job,) = client.submit([replace(running, kind=replace(running.kind, title=finish))])
    assert (job.state, job.attempts) == (JobState.DONE, 1)
    catalog.close()


def test_a_job_receives_the_results_of_its_dependencies(shared_harness: StudioHarness) -> None:
    two, three = request("sum", name="two", amount=2), request("sum", name="three", amount=3)
    seven = request("sum", name="seven", amount=2, after=(two, three))
    (job,) = shared_harness.finish(request("sum", name="ten", amount=1, after=(two, seven)))
    assert job_result(job) == {"sum": 10}
    for earlier, later in ((two, seven), (three, seven)):
        before, after = shared_harness.queue.job(earlier.id), shared_harness.queue.job(later.id)
        assert before
        assert after
        assert before.finished_at
        assert after.started_at
        assert before.finished_at <= after.started_at


def test_only_a_job_whose_output_is_missing_runs_again(shared_harness: StudioHarness) -> None:
    first = request("write", name="first", path=shared_harness.studio / "first")
    last = request("write", name="last", path=shared_harness.studio / "last", after=(first,))
    shared_harness.finish(last)

    (shared_harness.studio / "last").unlink()
    (job,) = shared_harness.finish(last)
    assert (shared_harness.studio / "last").exists()
    assert job.attempts == 2
    assert shared_harness.finish(first)[0].attempts == 1

    (shared_harness.studio / "first").unlink()
    (job,) = shared_harness.finish(last)
    assert job.attempts == 2, "a done job does not need its dependencies again"
    assert not (shared_harness.studio / "first").exists()


def test_jobs_are_ordered_by_dependency_and_submission(shared_harness: StudioHarness) -> None:
    dependency = request("empty", name="needed")
    jobs = shared_harness.submit(
        *(request("empty", name=f"named {number}", after=(dependency,)) for number in range(5))
    )
    assert [row.id for row in shared_harness.queue.graph([job.id for job in jobs])] == [
        dependency.id,
        *(job.id for job in jobs),
    ]


def chain(length: int, name: str) -> JobRequest:
    link = request("sum", name=f"{name} 0", amount=1)
    for number in range(1, length):
        link = request("sum", name=f"{name} {number}", amount=1, after=(link,))
    return link


def test_a_chain_of_jobs_runs_in_order(shared_harness: StudioHarness) -> None:
    (job,) = shared_harness.finish(chain(30, "chain"))
    assert job_result(job) == {"sum": 30}


def test_a_completed_chain_needs_no_studio_process(harness: StudioHarness) -> None:
    last = chain(500, "long")
    rows = harness.queue.submit([link.as_job() for link in dependencies_first([last])])
    assert harness.queue.graph([last.id]) == rows
    with harness.catalog.transaction():
        for row in rows:
            assert harness.queue.start(row.id)
            harness.queue.complete(row.id, {"sum": 1}, {})
    (job,) = harness.finish(last)
    assert job.state is JobState.DONE
    assert job.attempts == 1
    assert find_studio_process(harness.studio) is None


def test_successors_are_queued_when_a_job_ends(shared_harness: StudioHarness) -> None:
    shared_harness.finish(request("parent", name="Ada"))
    child = shared_harness.queue.job(request("empty", name="child of Ada").id)
    assert child
    assert shared_harness.wait(child).state is JobState.DONE


def test_a_job_continues_after_its_client_is_closed(harness: StudioHarness, tmp_path: Path) -> None:
    (job,) = harness.submit(request("hold", path=tmp_path / "go"))
    process = harness.wait_until_running(job)
    harness.catalog.close()
    harness.open()
    assert harness.row(job).state is JobState.RUNNING
    assert harness.wait_until_running(job) == process
    (tmp_path / "go").touch()
    assert harness.wait(job).state is JobState.DONE
    assert harness.row(job).attempts == 1


def test_the_observer_sees_the_final_state(shared_harness: StudioHarness) -> None:
    states: list[JobState] = []
    client = JobClient(
        shared_harness.catalog, shared_harness.studio, "sample_kinds:kinds", lambda job: states.append(job.state)
    )
    client.wait(client.submit([request("empty", name="watched")]))
    assert states[-1] is JobState.DONE


def test_an_answer_unblocks_a_job(shared_harness: StudioHarness) -> None:
    question = GateError("How many?", "Say so.")
    (job,) = shared_harness.finish(request("sum", name="how many", waits_for=question))
    assert job.state is JobState.BLOCKED
    with pytest.raises(GateError, match="How many"):
        job_result(job)
    answered = shared_harness.client.answer(job, kinds(shared_harness.studio)["sum"], {"amount": 4})
    assert job_result(shared_harness.wait(answered)) == {"sum": 4}
    assert shared_harness.queue.job(job.id) is None


def test_dependents_of_a_failed_job_fail_until_it_is_retried(shared_harness: StudioHarness, tmp_path: Path) -> None:
    missing = request("wants", name="late", path=tmp_path / "late")
    middle = request("sum", name="middle", after=(missing,))
    last, independent = request("sum", name="last", after=(middle,)), request("sum", name="beside", amount=6)
    rows = shared_harness.finish(missing, middle, last, independent)
    assert [row.state for row in rows] == [JobState.FAILED] * 3 + [JobState.DONE]
    with pytest.raises(RequestError, match="The file is not there"):
        job_result(rows[0])
    for row in rows[1:3]:
        assert row.error
        assert row.error["message"] == "It needs “wants late”, which failed: The file is not there."
        assert row.attempts == 0

    (tmp_path / "late").touch()
    shared_harness.client.retry(rows[0])
    assert {row.state for row in shared_harness.client.wait(rows)} == {JobState.DONE}


def test_retrying_a_dependent_retries_its_failed_dependency(shared_harness: StudioHarness, tmp_path: Path) -> None:
    missing = request("wants", name="later", path=tmp_path / "later")
    dependency, last = shared_harness.finish(missing, request("sum", name="in the end", after=(missing,)))
    (tmp_path / "later").touch()
    shared_harness.client.retry(last)
    assert {row.state for row in shared_harness.client.wait([dependency, last])} == {JobState.DONE}


def test_a_retry_fails_if_another_dependency_still_fails(shared_harness: StudioHarness, tmp_path: Path) -> None:
    one = request("wants", name="one", path=tmp_path / "one")
    other = request("wants", name="other", path=tmp_path / "other")
    *dependencies, last = shared_harness.finish(one, other, request("sum", name="both", after=(one, other)))
    (tmp_path / "one").touch()
    shared_harness.client.retry(dependencies[0])
    rows = shared_harness.client.wait([*dependencies, last])
    assert [row.state for row in rows] == [JobState.DONE, JobState.FAILED, JobState.FAILED]
    assert rows[2].error
    assert "wants other" in rows[2].error["message"]


def test_a_done_job_cannot_be_cancelled_or_retried(shared_harness: StudioHarness) -> None:
    (job,) = shared_harness.finish(request("empty", name="over"))
    with pytest.raises(RequestError, match="is done"):
        shared_harness.client.cancel(job)
    with pytest.raises(RequestError, match="is done"):
        shared_harness.client.retry(job)


def test_the_result_of_a_cancelled_job_raises_cancelled(harness: StudioHarness) -> None:
    (job,) = harness.queue.submit([request("empty", name="unwanted").as_job()])
    harness.client.cancel(job)
    with pytest.raises(Cancelled, match="was cancelled"):
        job_result(harness.row(job))


def test_lookup_finds_a_job_by_its_id_or_raises(shared_harness: StudioHarness) -> None:
    (job,) = shared_harness.finish(request("empty", name="sought"))
    assert shared_harness.client.lookup(job.id) == job
    with pytest.raises(RequestError, match="no job without an id"):
        shared_harness.client.lookup("")
    with pytest.raises(RequestError, match="There is no job zzz"):
        shared_harness.client.lookup("zzz")


def test_an_ambiguous_id_prefix_is_refused(harness: StudioHarness) -> None:
    harness.queue.submit([request("empty", name=str(number)).as_job() for number in range(17)])
    ids = sorted(job.id for job in harness.queue.jobs())
    prefix = next(one[0] for one, other in pairwise(ids) if one[0] == other[0])
    with pytest.raises(RequestError, match=f"job ids begin with {prefix}"):
        harness.client.lookup(prefix)
