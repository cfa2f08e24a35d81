"""Jobs: asked twice is done once, every end is written down, nothing that fails is lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from engine.catalog import Catalog, Job, JobState
from engine.errors import Cancelled, RequestError
from engine.jobs import InProcessRunner, JobContext, Kind


class Count(BaseModel):
    to: int


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog(tmp_path / "catalog.sqlite")


def counting(
    work: Callable[[Count, JobContext], dict[str, Any]],
    intact: Callable[[Mapping[str, Any]], bool] = lambda result: True,
    version: int = 1,
) -> Kind[Count]:
    return Kind("count", version, Count, work, lambda p: f"count to {p.to}", intact)


def test_the_same_question_is_one_job_and_is_worked_once(catalog: Catalog) -> None:
    worked: list[int] = []

    def work(asked: Count, context: JobContext) -> dict[str, Any]:
        worked.append(asked.to)
        return {"sum": sum(range(asked.to))}

    runner, kind = InProcessRunner(catalog), counting(work)
    first, again = runner.submit(kind, Count(to=4)), runner.submit(kind, Count(to=4))
    assert worked == [4]
    assert runner.outcome(first) == runner.outcome(again) == {"sum": 6}
    assert first.id == again.id != runner.submit(kind, Count(to=5)).id


def test_a_result_whose_files_are_gone_is_worked_again(catalog: Catalog, tmp_path: Path) -> None:
    made = tmp_path / "made"

    def work(asked: Count, context: JobContext) -> dict[str, Any]:
        made.write_text("x")
        return {"path": str(made)}

    kind = counting(work, intact=lambda result: Path(result["path"]).exists())
    runner = InProcessRunner(catalog)
    runner.submit(kind, Count(to=1))
    made.unlink()
    job = runner.submit(kind, Count(to=1))
    assert made.exists()
    assert job.attempts == 2


def test_a_new_version_of_the_work_is_a_new_question() -> None:
    kinds = [counting(lambda p, c: {}, version=version) for version in (1, 2)]
    assert kinds[0].address(Count(to=1)) != kinds[1].address(Count(to=1))


def test_a_failure_is_kept_with_what_to_do_and_raised_on_asking(catalog: Catalog) -> None:
    def work(asked: Count, context: JobContext) -> dict[str, Any]:
        raise RequestError("No such number.", "Choose another.")

    runner = InProcessRunner(catalog)
    job = runner.submit(counting(work), Count(to=1))
    assert job.state is JobState.FAILED
    assert catalog.jobs()[0].error == {"message": "No such number.", "hint": "Choose another."}
    with pytest.raises(RequestError, match="No such number"):
        runner.outcome(job)


def test_a_bug_is_written_down_and_still_raised(catalog: Catalog) -> None:
    def work(asked: Count, context: JobContext) -> dict[str, Any]:
        raise ZeroDivisionError("one by none")

    with pytest.raises(ZeroDivisionError):
        InProcessRunner(catalog).submit(counting(work), Count(to=1))
    job = catalog.jobs()[0]
    assert job.state is JobState.FAILED
    assert job.error is not None
    assert "one by none" in job.error["message"]


@pytest.mark.parametrize("by_key", [True, False])
def test_a_stopped_job_is_cancelled_and_can_be_asked_again(catalog: Catalog, by_key: bool) -> None:
    runner = InProcessRunner(catalog)
    stop = [True]

    def work(asked: Count, context: JobContext) -> dict[str, Any]:
        if stop[0] and by_key:
            raise KeyboardInterrupt
        if stop[0]:
            runner.cancel()
        if context.cancelled():
            raise Cancelled("Stopped.")
        return {"ok": 1}

    kind = counting(work)
    with pytest.raises(Cancelled):
        runner.submit(kind, Count(to=1))
    assert catalog.jobs()[0].state is JobState.CANCELLED
    stop[0] = False
    assert runner.outcome(runner.submit(kind, Count(to=1))) == {"ok": 1}
    states = [state for state, _ in catalog.journal(catalog.jobs()[0].id)]
    assert states == ["queued", "running", "cancelled", "queued", "running", "done"]


def test_progress_reaches_the_observer_and_never_runs_backwards(catalog: Catalog) -> None:
    seen: list[Job] = []

    def work(asked: Count, context: JobContext) -> dict[str, Any]:
        for done in (1, 3, 2, 4):
            context.progress(done, 4, "steps")
        return {}

    InProcessRunner(catalog, seen.append).submit(counting(work), Count(to=4))
    counted = [job.done for job in seen if job.state is JobState.RUNNING and job.total]
    assert counted == [1, 3, 3, 4]
    assert (seen[-1].done, seen[-1].total) == (4, 4)
