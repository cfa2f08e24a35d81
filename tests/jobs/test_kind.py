"""Job ids depend on kind, version and parameters; dependencies come first."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from engine.catalog import JobState
from engine.errors import GateError
from engine.jobs import JobRequest, ResourceNeeds
from engine.jobs.kind import dependencies_first

from .sample_kinds import Ask, kind, request

EMPTY = kind("empty", lambda parameters, context: {})


def test_a_content_id_depends_on_kind_version_and_parameters() -> None:
    parameters = Ask(name="a", amount=1)
    content_ids = {
        EMPTY.content_id(parameters),
        EMPTY.content_id(Ask(name="b", amount=1)),
        replace(EMPTY, version=2).content_id(parameters),
        replace(EMPTY, name="other").content_id(parameters),
    }
    assert len(content_ids) == 4
    assert EMPTY.content_id(Ask(amount=1, name="a")) in content_ids


def test_a_content_id_ignores_needs_priority_and_dependencies() -> None:
    parameters = Ask(name="a")
    assert replace(EMPTY, needs=ResourceNeeds(cpu=8, gpu=True)).content_id(parameters) == EMPTY.content_id(parameters)
    assert (
        request("empty", name="a", after=(request("empty", name="b"),), priority=3).id == request("empty", name="a").id
    )


def test_a_request_becomes_a_row_with_the_properties_of_its_kind() -> None:
    dependency = request("empty", name="needed")
    row = request("eat", name="much", after=(dependency, dependency), priority=2).as_job(attempts=1)
    assert (row.title, row.state, row.needs, row.priority, row.attempts) == (
        "eat much",
        JobState.QUEUED,
        (dependency.id,),
        2,
        1,
    )
    assert row.memory == 512 << 20
    assert not row.network

    waiting = request("empty", waits_for=GateError("Which one?", "Say."))
    assert waiting.as_job().state is JobState.BLOCKED
    assert waiting.as_job().error == {"message": "Which one?", "hint": "Say.", "class": "GateError"}


@st.composite
def graphs(draw: st.DrawFn) -> list[JobRequest]:
    requests: list[JobRequest] = []
    for number in range(draw(st.integers(1, 12))):
        after = draw(st.lists(st.sampled_from(requests), unique_by=id, max_size=3)) if requests else []
        requests.append(request("empty", name=str(number), after=tuple(after)))
    return draw(st.permutations(requests))


@given(graphs())
def test_each_request_comes_once_and_after_its_dependencies(requests: list[JobRequest]) -> None:
    ids = [one.id for one in dependencies_first(requests)]
    assert sorted(ids) == sorted({one.id for one in requests})
    for one in requests:
        assert all(ids.index(dependency.id) < ids.index(one.id) for dependency in one.after)
