"""The queue: only valid state changes happen, each is journalled, and dependents of a failed job have the reason."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from engine.catalog import Catalog, Job, JobState, Queue
from tests.examples import examples

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
    return [event.state for event in queue.journal(name)]


def error(queue: Queue, name: str) -> str:
    job = queue.job(name)
    assert job is not None
    return (job.error or {}).get("message", "")


def run_job(queue: Queue, name: str) -> None:
    """Run a job's states like the studio process."""
    assert queue.start(name)
    queue.complete(name, {"made": name}, {"cpu_seconds": 1.5, "peak_memory": 1000})


# How a job enters each state, and which operations are valid there.
ENTER_STATE: dict[JobState, Callable[[Queue], object]] = {
    QUEUED: lambda queue: None,
    BLOCKED: lambda queue: queue.end("j", BLOCKED, ERROR),
    RUNNING: lambda queue: queue.start("j"),
    DONE: lambda queue: run_job(queue, "j"),
    FAILED: lambda queue: queue.end("j", FAILED, ERROR),
    CANCELLED: lambda queue: queue.request_cancel("j"),
}
CHANGES: dict[str, tuple[Callable[[Queue], object], dict[JobState, JobState]]] = {
    "start": (lambda queue: queue.start("j"), {QUEUED: RUNNING}),
    "complete": (lambda queue: queue.complete("j", {}, {}), {RUNNING: DONE}),
    "requeue": (lambda queue: queue.requeue("j", ""), {RUNNING: QUEUED}),
    "fail": (lambda queue: queue.end("j", FAILED, ERROR), {QUEUED: FAILED, BLOCKED: FAILED, RUNNING: FAILED}),
    "cancel": (lambda queue: queue.request_cancel("j"), {QUEUED: CANCELLED, BLOCKED: CANCELLED}),
    "retry": (lambda queue: queue.retry("j"), {FAILED: QUEUED, CANCELLED: QUEUED}),
    "submit": (
        lambda queue: queue.submit([a_job("j")]),
        {BLOCKED: QUEUED, FAILED: QUEUED, CANCELLED: QUEUED},
    ),
}


@pytest.mark.parametrize("before", list(JobState))
@pytest.mark.parametrize("change", CHANGES)
def test_only_valid_transitions_change_a_state(queue: Queue, before: JobState, change: str) -> None:
    queue.submit([a_job("j")])
    ENTER_STATE[before](queue)
    assert state(queue, "j") is before
    previous = journal(queue, "j")
    operation, transitions = CHANGES[change]
    operation(queue)
    after = transitions.get(before, before)
    assert state(queue, "j") is after
    assert journal(queue, "j") == [*previous, *([after] if before in transitions else [])]


def test_every_change_of_a_jobs_state_is_journalled_once_with_its_time(queue: Queue) -> None:
    began = datetime.now(UTC)
    queue.submit([a_job("j")])
    assert queue.start("j")
    assert not queue.start("j")
    queue.requeue("j", "the volume went away")
    run_job(queue, "j")
    assert journal(queue, "j") == [QUEUED, RUNNING, QUEUED, RUNNING, DONE]
    events = queue.journal("j")
    times = [began, *(event.at for event in events), datetime.now(UTC)]
    assert times == sorted(times)
    assert events[2].note == "the volume went away"


def test_a_job_is_read_back_as_submitted(queue: Queue) -> None:
    needed, job = a_job("needed"), a_job("j", needs=("needed",), priority=3)
    assert queue.submit([needed, job]) == [needed, job]
    assert queue.job("j") == job
    assert queue.find_by_prefix("nee") == [needed]
    assert queue.job("nobody") is None


def test_submitting_an_open_job_only_raises_its_priority(queue: Queue) -> None:
    queue.submit([a_job("j", priority=1)])
    for submitted, expected in ((0, 1), (5, 5), (2, 5)):
        (job,) = queue.submit([a_job("j", priority=submitted)])
        assert (job.state, job.priority) == (QUEUED, expected)
    queue.start("j")
    (job,) = queue.submit([a_job("j", priority=9)])
    assert (job.state, job.priority, job.attempts) == (RUNNING, 9, 1)


def test_a_done_job_is_repeated_only_if_its_attempts_are_given(queue: Queue) -> None:
    queue.submit([a_job("j")])
    run_job(queue, "j")
    (job,) = queue.submit([a_job("j")])
    assert (job.state, job.result) == (DONE, {"made": "j"})
    (job,) = queue.submit([a_job("j", attempts=job.attempts)])
    assert (job.state, job.result, job.attempts) == (QUEUED, None, 1)


def test_submitting_a_failed_job_resets_it(queue: Queue) -> None:
    queue.submit([a_job("j")])
    queue.start("j")
    queue.report([("j", 3, 9, "frames", "half way", None)])
    queue.end("j", FAILED, ERROR)
    (job,) = queue.submit([a_job("j")])
    assert (job.state, job.error, job.done, job.message) == (QUEUED, None, 0, "")


def test_progress_is_recorded_only_for_running_jobs(queue: Queue) -> None:
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


def test_ready_jobs_are_ordered_by_priority_then_age(queue: Queue) -> None:
    queue.submit([a_job("old"), a_job("urgent", priority=2), a_job("new"), a_job("soon", priority=1)])
    assert [job.id for job in queue.ready(10)] == ["urgent", "soon", "old", "new"]
    assert [job.id for job in queue.ready(2)] == ["urgent", "soon"]


def test_a_job_is_ready_only_after_its_needs_are_done(queue: Queue) -> None:
    queue.submit([a_job("first"), a_job("second", needs=("first",)), a_job("third", needs=("first", "second"))])
    for name in ("first", "second", "third"):
        assert [job.id for job in queue.ready(10)] == [name]
        run_job(queue, name)
    assert queue.ready(10) == []
    third = queue.job("third")
    assert third
    assert queue.results(third) == {"first": {"made": "first"}, "second": {"made": "second"}}


def test_a_job_with_a_retry_time_is_ready_at_that_time(queue: Queue) -> None:
    queue.submit([a_job("j"), a_job("k")])
    assert queue.next_retry_at() is None
    retry_at = datetime.now(UTC) + timedelta(minutes=5)
    for name, wait in (("j", 0), ("k", 60)):
        queue.start(name)
        queue.requeue(name, "", retries=1, not_before=retry_at + timedelta(seconds=wait))
    assert queue.ready(10) == []
    assert queue.next_retry_at() == retry_at
    assert [job.id for job in queue.ready(10, at=retry_at)] == ["j"]
    assert not queue.idle()


def test_the_queue_is_idle_if_all_jobs_are_done_or_blocked(queue: Queue) -> None:
    assert queue.idle()
    queue.submit([a_job("asks", state=BLOCKED), a_job("waits", needs=("asks",))])
    assert queue.idle()
    queue.submit([a_job("j")])
    assert not queue.idle()
    queue.start("j")
    assert not queue.idle()
    queue.complete("j", {}, {})
    assert queue.idle()


def test_the_queue_is_not_idle_if_a_job_starts_during_the_query(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue, other = catalog.queue, Catalog(tmp_path / "catalog.sqlite").queue
    queue.submit([a_job("j")])
    statements: list[str] = []

    def execute(statement: str, bound: tuple[object, ...] = ()) -> object:
        if statements and state(other, "j") is QUEUED:
            other.start("j")
        statements.append(statement)
        return original(statement, bound)

    original = queue._db.execute
    monkeypatch.setattr(queue._db, "execute", execute)
    assert not queue.idle()


def test_a_graph_has_a_job_and_all_its_needs(queue: Queue) -> None:
    names = {"a": (), "b": ("a",), "c": ("a",), "d": ("b", "c"), "e": ()}
    queue.submit([a_job(name, needs=needs) for name, needs in names.items()])
    assert [job.id for job in queue.graph(["d"])] == ["a", "b", "c", "d"]
    assert [job.id for job in queue.graph(["c", "e"])] == ["a", "c", "e"]
    assert queue.graph([]) == []


def test_jobs_are_listed_newest_first_and_counted(queue: Queue) -> None:
    queue.submit([a_job("a"), a_job("b"), a_job("c")])
    run_job(queue, "b")
    assert [job.id for job in queue.jobs()] == ["c", "b", "a"]
    assert [job.id for job in queue.jobs([QUEUED], limit=1)] == ["c"]
    assert queue.counts() == {**dict.fromkeys(JobState, 0), QUEUED: 2, DONE: 1}


def test_cancelling_a_running_job_only_records_the_request(queue: Queue) -> None:
    queue.submit([a_job("j")])
    queue.start("j")
    assert queue.request_cancel("j") is RUNNING
    assert [job.id for job in queue.cancel_requests()] == ["j"]
    assert journal(queue, "j") == [QUEUED, RUNNING]
    queue.end("j", CANCELLED, note="by the director")
    assert queue.cancel_requests() == []
    assert queue.request_cancel("nobody") is None


def test_the_journal_names_who_cancelled_a_job(queue: Queue) -> None:
    queue.submit([a_job("j"), a_job("needs it", needs=("j",))])
    queue.request_cancel("j", "the console, pts/3 on studio-mac")
    job = queue.job("j")
    assert job is not None
    assert job.cancelled_by == "the console, pts/3 on studio-mac"
    assert queue.journal("j")[-1].note == "by the console, pts/3 on studio-mac"
    assert error(queue, "needs it") == "It needs “the j”, which was cancelled by the console, pts/3 on studio-mac."
    queue.retry("j")
    job = queue.job("j")
    assert job is not None
    assert job.cancelled_by is None


def test_the_speed_of_finished_jobs_is_kept_by_kind_and_class(catalog: Catalog) -> None:
    def run(name: str, seconds: float, workload: float | None, interrupted: bool = False) -> None:
        job = a_job(name).model_copy(update={"workload": workload, "speed_class": "hevc"})
        catalog.queue.submit([job])
        catalog.queue.start(name)
        if interrupted:
            catalog.queue.requeue(name, "the studio process stopped")
            catalog.queue.start(name)
        started = (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat()
        with sqlite3.connect(catalog.path) as other:
            other.execute("UPDATE job SET started_at = ? WHERE id = ?", (started, name))
        catalog.queue.complete(name, {}, {})

    def speed() -> float | None:
        return catalog.speeds.of(a_job("k").model_copy(update={"speed_class": "hevc"}))

    assert speed() is None
    run("unknown work", 10, None)
    run("too short", 0.1, 60)
    run("resumed", 10, 60, interrupted=True)
    assert speed() is None
    run("first", 10, 60)
    assert speed() == pytest.approx(6, rel=0.01)
    run("second", 10, 40)
    assert speed() == pytest.approx(5, rel=0.01)
    assert catalog.speeds.all() == {("k", "hevc"): speed()}


def test_a_job_with_a_cancel_request_is_cancelled_instead_of_requeued(queue: Queue) -> None:
    queue.submit([a_job("j"), a_job("needs it", needs=("j",))])
    queue.start("j")
    queue.request_cancel("j")
    queue.requeue("j", "an error before the cancel request was read")
    assert state(queue, "j") is state(queue, "needs it") is CANCELLED
    queue.retry("j")
    assert [job.id for job in queue.ready(10)] == ["j"]


@pytest.mark.parametrize(("end", "how"), [(FAILED, "failed"), (CANCELLED, "was cancelled")])
def test_dependents_of_a_failed_job_end_with_the_reason(queue: Queue, end: JobState, how: str) -> None:
    queue.submit([a_job("a"), a_job("b", needs=("a",)), a_job("c", needs=("b",)), a_job("beside")])
    queue.start("a")
    queue.end("a", end, ERROR)
    assert [state(queue, name) for name in "abc"] == [end] * 3
    assert error(queue, "b") == error(queue, "c") == f"It needs “the a”, which {how}: It broke."
    assert state(queue, "beside") is QUEUED
    assert journal(queue, "c") == [QUEUED, end]


def test_a_job_submitted_after_its_need_failed_fails(queue: Queue) -> None:
    queue.submit([a_job("a")])
    queue.end("a", FAILED, ERROR)
    (job,) = queue.submit([a_job("b", needs=("a",))])
    assert job.state is FAILED
    assert error(queue, "b") == "It needs “the a”, which failed: It broke."


@pytest.mark.parametrize("retried", ["a", "b", "c"])
def test_retrying_any_job_of_a_failed_graph_requeues_all(queue: Queue, retried: str) -> None:
    queue.submit([a_job("a"), a_job("b", needs=("a",)), a_job("c", needs=("b",))])
    queue.end("a", FAILED, ERROR)
    queue.retry(retried)
    assert [state(queue, name) for name in "abc"] == [QUEUED] * 3
    assert error(queue, "c") == ""
    for name in "abc":
        run_job(queue, name)


def test_a_retry_does_not_requeue_unrelated_failed_jobs(queue: Queue) -> None:
    queue.submit([a_job("a"), a_job("b", needs=("a",)), a_job("c")])
    run_job(queue, "a")
    for name in "bc":
        queue.end(name, FAILED, ERROR)
    queue.retry("b")
    assert [state(queue, name) for name in "abc"] == [DONE, QUEUED, FAILED]


def test_a_retried_job_fails_while_another_of_its_needs_is_failed(queue: Queue) -> None:
    queue.submit([a_job("a"), a_job("b"), a_job("both", needs=("a", "b"))])
    for name in "ab":
        queue.end(name, FAILED, ERROR)
    assert error(queue, "both") == "It needs “the a”, which failed: It broke."
    queue.retry("a")
    assert [state(queue, name) for name in ("a", "b", "both")] == [QUEUED, FAILED, FAILED]
    assert error(queue, "both") == "It needs “the b”, which failed: It broke."
    queue.retry("both")
    assert [state(queue, name) for name in ("a", "b", "both")] == [QUEUED] * 3


def test_follow_up_jobs_are_queued_when_a_job_completes(queue: Queue) -> None:
    queue.submit([a_job("j")])
    queue.start("j")
    queue.complete("j", {}, {}, [a_job("next"), a_job("after", needs=("next",))])
    assert [job.id for job in queue.ready(10)] == ["next"]
    assert state(queue, "after") is QUEUED


def test_an_answered_job_replaces_the_blocked_job(queue: Queue) -> None:
    queue.submit([a_job("needed"), a_job("asks", needs=("needed",), state=BLOCKED)])
    old = queue.job("asks")
    assert old
    new = queue.replace(old, a_job("answered", needs=("needed",)))
    assert (new.id, new.state, new.needs) == ("answered", QUEUED, ("needed",))
    assert queue.job("asks") is None
    assert queue.journal("asks") == []


def test_an_answer_that_keeps_the_job_id_unblocks_the_job(queue: Queue) -> None:
    (old,) = queue.submit([a_job("asks", state=BLOCKED)])
    new = queue.replace(old, a_job("asks"))
    assert new.state is QUEUED
    assert queue.job("asks") == new


def test_dependents_of_a_replaced_job_need_its_replacement(queue: Queue) -> None:
    old, _ = queue.submit([a_job("asks", state=BLOCKED), a_job("waits", needs=("asks",))])
    queue.replace(old, a_job("answered"))
    waits = queue.job("waits")
    assert waits
    assert waits.needs == ("answered",)
    run_job(queue, "answered")
    assert [job.id for job in queue.ready(10)] == ["waits"]


class QueueStates(RuleBasedStateMachine):
    """Operations of the user and the studio, in any order."""

    known = Bundle("known")

    def __init__(self) -> None:
        super().__init__()
        self._folder = TemporaryDirectory()
        self._catalog = Catalog(Path(self._folder.name) / "catalog.sqlite")
        self.queue = self._catalog.queue
        self._count = 0

    def teardown(self) -> None:
        self._catalog.close()
        self._folder.cleanup()

    @rule(
        target=known, needs=st.lists(known, max_size=3, unique=True), blocked=st.booleans(), priority=st.integers(0, 3)
    )
    def submit(self, needs: list[str], blocked: bool, priority: int) -> str:
        self._count += 1
        name = f"j{self._count}"
        self.queue.submit([a_job(name, tuple(needs), BLOCKED if blocked else QUEUED, priority)])
        return name

    @rule()
    def start_ready_jobs(self) -> None:
        for job in self.queue.ready(2):
            assert all(state(self.queue, needed) is DONE for needed in job.needs)
            assert self.queue.start(job.id)

    @rule(name=known, end=st.sampled_from([FAILED, CANCELLED, BLOCKED]))
    def end(self, name: str, end: JobState) -> None:
        if state(self.queue, name) is RUNNING:
            self.queue.end(name, end, ERROR)

    @rule(name=known)
    def complete(self, name: str) -> None:
        self.queue.complete(name, {}, {})

    @rule(name=known)
    def requeue(self, name: str) -> None:
        self.queue.requeue(name, "")

    @rule(name=known)
    def cancel(self, name: str) -> None:
        self.queue.request_cancel(name)

    @rule(name=known)
    def retry(self, name: str) -> None:
        self.queue.retry(name)

    @rule(name=known)
    def resubmit(self, name: str) -> None:
        job = self.queue.job(name)
        assert job
        self.queue.submit([a_job(name, job.needs, attempts=job.attempts)])

    @invariant()
    def queued_jobs_have_no_failed_needs(self) -> None:
        jobs = {job.id: job for job in self.queue.jobs()}
        for job in jobs.values():
            if job.state is QUEUED:
                assert job.cancel_requested is False
                assert not {jobs[needed].state for needed in job.needs} & {FAILED, CANCELLED}

    @invariant()
    def the_journal_ends_with_the_state_of_the_job(self) -> None:
        for job in self.queue.jobs():
            states = journal(self.queue, job.id)
            assert states[-1] is job.state
            assert states.count(RUNNING) == job.attempts

    @invariant()
    def the_queue_is_idle_if_no_job_is_running_or_ready(self) -> None:
        assert self.queue.idle() == (not self.queue.jobs([RUNNING]) and not self.queue.ready(1))


TestQueueStates = QueueStates.TestCase
TestQueueStates.settings = examples(10, stateful_step_count=25)
