"""The queue: only valid state changes happen, each is journalled, and dependents of a failed job say why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from engine.catalog import Catalog, Job, JobState, Queue

QUEUED, BLOCKED, RUNNING = JobState.QUEUED, JobState.BLOCKED, JobState.RUNNING
DONE, FAILED, CANCELLED = JobState.DONE, JobState.FAILED, JobState.CANCELLED
ERROR = {"message": "It broke.", "hint": "Mend it."}


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog(tmp_path / "catalog.sqlite")


@pytest.fixture
def queue(catalog: Catalog) -> Queue:
    return catalog.queue


def a_job(
    name: str, needs: tuple[str, ...] = (), state: JobState = QUEUED, priority: int = 0, attempts: int = 0
) -> Job:
    return Job(
        id=name, project_id=None, kind="k", title=f"the {name}", parameters={"a": 1}, state=state, needs=needs,
        priority=priority, attempts=attempts, created_at=datetime.now(UTC),
    )  # fmt: skip


def state(queue: Queue, name: str) -> JobState:
    job = queue.job(name)
    assert job is not None
    return job.state


def journal(queue: Queue, name: str) -> list[JobState]:
    return [passage.state for passage in queue.journal(name)]


def error(queue: Queue, name: str) -> str:
    job = queue.job(name)
    assert job is not None
    return (job.error or {}).get("message", "")


def work(queue: Queue, name: str) -> None:
    """Run a job's states like the studio process."""
    assert queue.start(name)
    queue.complete(name, {"made": name}, {"cpu_seconds": 1.5, "peak_memory": 1000})


# How a job enters each state, and which operations are valid there.
INTO: dict[JobState, Callable[[Queue], object]] = {
    QUEUED: lambda queue: None,
    BLOCKED: lambda queue: queue.end("j", BLOCKED, ERROR),
    RUNNING: lambda queue: queue.start("j"),
    DONE: lambda queue: work(queue, "j"),
    FAILED: lambda queue: queue.end("j", FAILED, ERROR),
    CANCELLED: lambda queue: queue.request_cancel("j"),
}
CHANGES: dict[str, tuple[Callable[[Queue], object], dict[JobState, JobState]]] = {
    "start": (lambda queue: queue.start("j"), {QUEUED: RUNNING}),
    "succeed": (lambda queue: queue.complete("j", {}, {}), {RUNNING: DONE}),
    "put back": (lambda queue: queue.requeue("j", ""), {RUNNING: QUEUED}),
    "fail": (lambda queue: queue.end("j", FAILED, ERROR), {QUEUED: FAILED, BLOCKED: FAILED, RUNNING: FAILED}),
    "cancel": (lambda queue: queue.request_cancel("j"), {QUEUED: CANCELLED, BLOCKED: CANCELLED}),
    "retry": (lambda queue: queue.retry("j"), {FAILED: QUEUED, CANCELLED: QUEUED}),
    "ask": (
        lambda queue: queue.submit([a_job("j")]),
        {BLOCKED: QUEUED, FAILED: QUEUED, CANCELLED: QUEUED},
    ),
}


@pytest.mark.parametrize("before", list(JobState))
@pytest.mark.parametrize("change", CHANGES)
def test_a_state_is_left_only_by_the_ways_out_of_it(queue: Queue, before: JobState, change: str) -> None:
    queue.submit([a_job("j")])
    INTO[before](queue)
    assert state(queue, "j") is before
    passed = journal(queue, "j")
    act, ways = CHANGES[change]
    act(queue)
    after = ways.get(before, before)
    assert state(queue, "j") is after
    assert journal(queue, "j") == [*passed, *([after] if before in ways else [])]


def test_every_change_of_a_jobs_state_is_journalled_once_with_its_time(queue: Queue) -> None:
    began = datetime.now(UTC)
    queue.submit([a_job("j")])
    assert queue.start("j")
    assert not queue.start("j")
    queue.requeue("j", "the volume went away")
    work(queue, "j")
    assert journal(queue, "j") == [QUEUED, RUNNING, QUEUED, RUNNING, DONE]
    passages = queue.journal("j")
    times = [began, *(passage.at for passage in passages), datetime.now(UTC)]
    assert times == sorted(times)
    assert passages[2].note == "the volume went away"


def test_a_job_comes_back_as_it_was_asked_for(queue: Queue) -> None:
    needed, job = a_job("needed"), a_job("j", needs=("needed",), priority=3)
    assert queue.submit([needed, job]) == [needed, job]
    assert queue.job("j") == job
    assert queue.find_by_prefix("nee") == [needed]
    assert queue.job("nobody") is None


def test_asking_for_what_is_open_only_makes_it_more_pressing(queue: Queue) -> None:
    queue.submit([a_job("j", priority=1)])
    for asked, kept in ((0, 1), (5, 5), (2, 5)):
        (job,) = queue.submit([a_job("j", priority=asked)])
        assert (job.state, job.priority) == (QUEUED, kept)
    queue.start("j")
    (job,) = queue.submit([a_job("j", priority=9)])
    assert (job.state, job.priority, job.attempts) == (RUNNING, 9, 1)


def test_asking_for_what_is_done_does_it_again_only_for_who_knows_of_it(queue: Queue) -> None:
    queue.submit([a_job("j")])
    work(queue, "j")
    (job,) = queue.submit([a_job("j")])
    assert (job.state, job.result) == (DONE, {"made": "j"})
    (job,) = queue.submit([a_job("j", attempts=job.attempts)])
    assert (job.state, job.result, job.attempts) == (QUEUED, None, 1)


def test_asking_for_what_ended_badly_begins_afresh(queue: Queue) -> None:
    queue.submit([a_job("j")])
    queue.start("j")
    queue.report([("j", 3, 9, "frames", "half way", None)])
    queue.end("j", FAILED, ERROR)
    (job,) = queue.submit([a_job("j")])
    assert (job.state, job.error, job.done, job.message) == (QUEUED, None, 0, "")


def test_progress_is_kept_of_running_jobs_only(queue: Queue) -> None:
    expected = datetime(2026, 5, 1, tzinfo=UTC)
    queue.submit([a_job("j"), a_job("k")])
    queue.start("j")
    queue.report([(name, 3, 9, "frames", "half way", expected) for name in ("j", "k")])
    running, waiting = queue.job("j"), queue.job("k")
    assert running
    assert waiting
    assert (running.done, running.total, running.unit, running.message) == (3, 9, "frames", "half way")
    assert running.expected_at == expected
    assert (waiting.done, waiting.expected_at) == (0, None)
    queue.complete("j", {}, {"cpu_seconds": 1.5, "peak_memory": 1000})
    done = queue.job("j")
    assert done
    assert (done.done, done.total, done.expected_at) == (9, 9, None)
    assert (done.cpu_seconds, done.peak_memory) == (1.5, 1000)


def test_the_most_pressing_is_ready_first_and_then_the_oldest(queue: Queue) -> None:
    queue.submit([a_job("old"), a_job("urgent", priority=2), a_job("new"), a_job("soon", priority=1)])
    assert [job.id for job in queue.ready(10)] == ["urgent", "soon", "old", "new"]
    assert [job.id for job in queue.ready(2)] == ["urgent", "soon"]


def test_nothing_is_ready_before_what_it_needs_is_done(queue: Queue) -> None:
    queue.submit([a_job("first"), a_job("second", needs=("first",)), a_job("third", needs=("first", "second"))])
    for name in ("first", "second", "third"):
        assert [job.id for job in queue.ready(10)] == [name]
        work(queue, name)
    assert queue.ready(10) == []
    third = queue.job("third")
    assert third
    assert queue.results(third) == {"first": {"made": "first"}, "second": {"made": "second"}}


def test_what_waits_for_its_time_is_ready_then(queue: Queue) -> None:
    queue.submit([a_job("j"), a_job("k")])
    assert queue.next_retry_at() is None
    soon = datetime.now(UTC) + timedelta(minutes=5)
    for name, wait in (("j", 0), ("k", 60)):
        queue.start(name)
        queue.requeue(name, "", retries=1, not_before=soon + timedelta(seconds=wait))
    assert queue.ready(10) == []
    assert queue.next_retry_at() == soon
    assert [job.id for job in queue.ready(10, at=soon)] == ["j"]
    assert not queue.idle()


def test_it_is_idle_when_nothing_will_happen_without_the_director(queue: Queue) -> None:
    assert queue.idle()
    queue.submit([a_job("asks", state=BLOCKED), a_job("waits", needs=("asks",))])
    assert queue.idle()
    queue.submit([a_job("j")])
    assert not queue.idle()
    queue.start("j")
    assert not queue.idle()
    queue.complete("j", {}, {})
    assert queue.idle()


def test_a_job_that_begins_while_it_is_asked_is_not_overlooked(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue, studio = catalog.queue, Catalog(tmp_path / "catalog.sqlite").queue
    queue.submit([a_job("j")])
    asked: list[str] = []

    def execute(statement: str, bound: tuple[object, ...] = ()) -> object:
        if asked and state(studio, "j") is QUEUED:
            studio.start("j")
        asked.append(statement)
        return really(statement, bound)

    really = queue._db.execute
    monkeypatch.setattr(queue._db, "execute", execute)
    assert not queue.idle()


def test_a_graph_is_a_job_and_all_that_it_needs(queue: Queue) -> None:
    names = {"a": (), "b": ("a",), "c": ("a",), "d": ("b", "c"), "e": ()}
    queue.submit([a_job(name, needs=needs) for name, needs in names.items()])
    assert [job.id for job in queue.graph(["d"])] == ["a", "b", "c", "d"]
    assert [job.id for job in queue.graph(["c", "e"])] == ["a", "c", "e"]
    assert queue.graph([]) == []


def test_jobs_are_listed_newest_first_and_counted(queue: Queue) -> None:
    queue.submit([a_job("a"), a_job("b"), a_job("c")])
    work(queue, "b")
    assert [job.id for job in queue.jobs()] == ["c", "b", "a"]
    assert [job.id for job in queue.jobs([QUEUED], limit=1)] == ["c"]
    assert queue.counts() == {**dict.fromkeys(JobState, 0), QUEUED: 2, DONE: 1}


def test_a_running_job_is_only_wished_away(queue: Queue) -> None:
    queue.submit([a_job("j")])
    queue.start("j")
    assert queue.request_cancel("j") is RUNNING
    assert [job.id for job in queue.cancel_requests()] == ["j"]
    assert journal(queue, "j") == [QUEUED, RUNNING]
    queue.end("j", CANCELLED, note="by the director")
    assert queue.cancel_requests() == []
    assert queue.request_cancel("nobody") is None


def test_what_is_wished_away_does_not_come_back_by_itself(queue: Queue) -> None:
    queue.submit([a_job("j"), a_job("needs it", needs=("j",))])
    queue.start("j")
    queue.request_cancel("j")
    queue.requeue("j", "a fault that came before the wish was seen")
    assert state(queue, "j") is state(queue, "needs it") is CANCELLED
    queue.retry("j")
    assert [job.id for job in queue.ready(10)] == ["j"]


@pytest.mark.parametrize(("end", "how"), [(FAILED, "failed"), (CANCELLED, "was cancelled")])
def test_what_needs_a_job_that_ended_cannot_be_and_says_why(queue: Queue, end: JobState, how: str) -> None:
    queue.submit([a_job("a"), a_job("b", needs=("a",)), a_job("c", needs=("b",)), a_job("beside")])
    queue.start("a")
    queue.end("a", end, ERROR)
    assert [state(queue, name) for name in "abc"] == [end] * 3
    assert error(queue, "b") == error(queue, "c") == f"It needs “the a”, which {how}: It broke."
    assert state(queue, "beside") is QUEUED
    assert journal(queue, "c") == [QUEUED, end]


def test_what_is_asked_for_after_its_need_failed_ends_at_once(queue: Queue) -> None:
    queue.submit([a_job("a")])
    queue.end("a", FAILED, ERROR)
    (job,) = queue.submit([a_job("b", needs=("a",))])
    assert job.state is FAILED
    assert error(queue, "b") == "It needs “the a”, which failed: It broke."


@pytest.mark.parametrize("tried", ["a", "b", "c"])
def test_trying_any_of_them_again_brings_all_of_them_back(queue: Queue, tried: str) -> None:
    queue.submit([a_job("a"), a_job("b", needs=("a",)), a_job("c", needs=("b",))])
    queue.end("a", FAILED, ERROR)
    queue.retry(tried)
    assert [state(queue, name) for name in "abc"] == [QUEUED] * 3
    assert error(queue, "c") == ""
    for name in "abc":
        work(queue, name)


def test_a_retry_leaves_alone_what_failed_for_a_reason_of_its_own(queue: Queue) -> None:
    queue.submit([a_job("a"), a_job("b", needs=("a",)), a_job("c")])
    work(queue, "a")
    for name in "bc":
        queue.end(name, FAILED, ERROR)
    queue.retry("b")
    assert [state(queue, name) for name in "abc"] == [DONE, QUEUED, FAILED]


def test_a_retry_ends_again_while_something_else_it_needs_has_failed(queue: Queue) -> None:
    queue.submit([a_job("a"), a_job("b"), a_job("both", needs=("a", "b"))])
    for name in "ab":
        queue.end(name, FAILED, ERROR)
    assert error(queue, "both") == "It needs “the a”, which failed: It broke."
    queue.retry("a")
    assert [state(queue, name) for name in ("a", "b", "both")] == [QUEUED, FAILED, FAILED]
    assert error(queue, "both") == "It needs “the b”, which failed: It broke."
    queue.retry("both")
    assert [state(queue, name) for name in ("a", "b", "both")] == [QUEUED] * 3


def test_what_follows_is_queued_in_one_step_with_the_end(queue: Queue) -> None:
    queue.submit([a_job("j")])
    queue.start("j")
    queue.complete("j", {}, {}, [a_job("next"), a_job("after", needs=("next",))])
    assert [job.id for job in queue.ready(10)] == ["next"]
    assert state(queue, "after") is QUEUED


def test_a_job_with_the_answer_takes_the_place_of_the_one_that_asked(queue: Queue) -> None:
    queue.submit([a_job("needed"), a_job("asks", needs=("needed",), state=BLOCKED)])
    old = queue.job("asks")
    assert old
    new = queue.replace(old, a_job("answered", needs=("needed",)))
    assert (new.id, new.state, new.needs) == ("answered", QUEUED, ("needed",))
    assert queue.job("asks") is None
    assert queue.journal("asks") == []


def test_an_answer_that_changes_nothing_still_lets_the_job_begin(queue: Queue) -> None:
    (old,) = queue.submit([a_job("asks", state=BLOCKED)])
    new = queue.replace(old, a_job("asks"))
    assert new.state is QUEUED
    assert queue.job("asks") == new


def test_who_needed_the_question_needs_the_answer(queue: Queue) -> None:
    old, _ = queue.submit([a_job("asks", state=BLOCKED), a_job("waits", needs=("asks",))])
    queue.replace(old, a_job("answered"))
    waits = queue.job("waits")
    assert waits
    assert waits.needs == ("answered",)
    work(queue, "answered")
    assert [job.id for job in queue.ready(10)] == ["waits"]


class Life(RuleBasedStateMachine):
    """Operations of the user and the studio, in any order."""

    known = Bundle("known")

    def __init__(self) -> None:
        super().__init__()
        self._folder = TemporaryDirectory()
        self._catalog = Catalog(Path(self._folder.name) / "catalog.sqlite")
        self.queue = self._catalog.queue
        self._made = 0

    def teardown(self) -> None:
        self._catalog.close()
        self._folder.cleanup()

    @rule(
        target=known, needs=st.lists(known, max_size=3, unique=True), blocked=st.booleans(), priority=st.integers(0, 3)
    )
    def ask(self, needs: list[str], blocked: bool, priority: int) -> str:
        self._made += 1
        name = f"j{self._made}"
        self.queue.submit([a_job(name, tuple(needs), BLOCKED if blocked else QUEUED, priority)])
        return name

    @rule()
    def start_what_is_ready(self) -> None:
        for job in self.queue.ready(2):
            assert all(state(self.queue, needed) is DONE for needed in job.needs)
            assert self.queue.start(job.id)

    @rule(name=known, end=st.sampled_from([FAILED, CANCELLED, BLOCKED]))
    def end(self, name: str, end: JobState) -> None:
        if state(self.queue, name) is RUNNING:
            self.queue.end(name, end, ERROR)

    @rule(name=known)
    def succeed(self, name: str) -> None:
        self.queue.complete(name, {}, {})

    @rule(name=known)
    def put_back(self, name: str) -> None:
        self.queue.requeue(name, "")

    @rule(name=known)
    def cancel(self, name: str) -> None:
        self.queue.request_cancel(name)

    @rule(name=known)
    def retry(self, name: str) -> None:
        self.queue.retry(name)

    @rule(name=known)
    def ask_again(self, name: str) -> None:
        job = self.queue.job(name)
        assert job
        self.queue.submit([a_job(name, job.needs, attempts=job.attempts)])

    @invariant()
    def nobody_waits_for_what_cannot_come(self) -> None:
        jobs = {job.id: job for job in self.queue.jobs()}
        for job in jobs.values():
            if job.state is QUEUED:
                assert job.cancel_requested is False
                assert not {jobs[needed].state for needed in job.needs} & {FAILED, CANCELLED}

    @invariant()
    def the_journal_ends_where_the_job_is(self) -> None:
        for job in self.queue.jobs():
            passed = journal(self.queue, job.id)
            assert passed[-1] is job.state
            assert passed.count(RUNNING) == job.attempts

    @invariant()
    def idle_is_when_nothing_runs_or_is_ready(self) -> None:
        assert self.queue.idle() == (not self.queue.jobs([RUNNING]) and not self.queue.ready(1))


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=40, stateful_step_count=25)
