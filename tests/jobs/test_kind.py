"""Job ids depend on kind, version and parameters; dependencies come first."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from engine.catalog import JobState
from engine.errors import GateError
from engine.jobs import JobRequest, ResourceNeeds
from engine.jobs.kind import dependencies_first

from .sample_kinds import Ask, kind, step

EMPTY = kind("empty", lambda asked, context: {})


def test_an_address_is_made_of_the_kind_its_version_and_the_parameters() -> None:
    asked = Ask(name="a", amount=1)
    addresses = {
        EMPTY.content_id(asked),
        EMPTY.content_id(Ask(name="b", amount=1)),
        replace(EMPTY, version=2).content_id(asked),
        replace(EMPTY, name="other").content_id(asked),
    }
    assert len(addresses) == 4
    assert EMPTY.content_id(Ask(amount=1, name="a")) in addresses


def test_what_a_job_takes_and_waits_for_is_no_part_of_its_address() -> None:
    asked = Ask(name="a")
    assert replace(EMPTY, needs=ResourceNeeds(cpu=8, gpu=True)).content_id(asked) == EMPTY.content_id(asked)
    assert step("empty", name="a", after=(step("empty", name="b"),), priority=3).id == step("empty", name="a").id


def test_a_step_becomes_a_row_with_all_that_its_kind_says() -> None:
    needed = step("empty", name="needed")
    row = step("eat", name="much", after=(needed, needed), priority=2).as_job(attempts=1)
    assert (row.title, row.state, row.needs, row.priority, row.attempts) == (
        "eat much",
        JobState.QUEUED,
        (needed.id,),
        2,
        1,
    )
    assert row.memory == 512 << 20
    assert not row.network

    waiting = step("empty", waits_for=GateError("Which one?", "Say."))
    assert waiting.as_job().state is JobState.BLOCKED
    assert waiting.as_job().error == {"message": "Which one?", "hint": "Say.", "class": "GateError"}


@st.composite
def graphs(draw: st.DrawFn) -> list[JobRequest]:
    made: list[JobRequest] = []
    for number in range(draw(st.integers(1, 12))):
        after = draw(st.lists(st.sampled_from(made), unique_by=id, max_size=3)) if made else []
        made.append(step("empty", name=str(number), after=tuple(after)))
    return draw(st.permutations(made))


@given(graphs())
def test_every_step_comes_once_and_after_what_it_needs(asked: list[JobRequest]) -> None:
    ids = [one.id for one in dependencies_first(asked)]
    assert sorted(ids) == sorted({one.id for one in asked})
    for one in asked:
        assert all(ids.index(needed.id) < ids.index(one.id) for needed in one.after)
