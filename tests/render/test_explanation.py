"""The explanation of a plan, and what a representative chain costs."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.render import Graph, Image, Plan, PlanExplanation, open_device, record_runs

from .created import created_on
from .passes import GainPass, LiftPass, MattePass, MirrorPass, RampPass, SplitPass


def chain(width: int = 64, height: int = 32) -> Plan:
    """A picture with point passes, two passes that read neighbours, and a mask."""
    graph = Graph()
    graph.source("take", Image(width, height, "rgba16float"))
    graph.add(GainPass(2), "exposure", picture="take", brighter="exposed")
    graph.add(MirrorPass(), "lens", picture="exposed", mirrored="bent")
    graph.add(SplitPass(), picture="bent")
    graph.add(LiftPass(1), picture="red")
    graph.add(MattePass(), picture="lifted", mask="exposed")
    return Plan(open_device(), graph, ["cut_out"])


def test_a_representative_chain_has_few_groups_and_bytes(shaders: Path) -> None:
    explained = chain().explain()
    picture = 64 * 32 * 8

    assert [group.passes for group in explained.groups] == [("exposure",), ("lens",), ("split", "lift", "matte")]
    assert explained.attachment_bytes == 3 * picture
    assert explained.peak_bytes == 4 * picture
    assert explained.history_bytes == 0


def test_groups_name_what_they_read_and_make(shaders: Path) -> None:
    split = chain().explain().groups[-1]

    assert split.work == "draw"
    assert split.reads == ("bent", "exposed")
    assert [(made.name, made.width, made.format, made.transient) for made in split.makes] == [
        ("cut_out", 64, "rgba16float", False),
        ("green", 64, "rgba16float", True),
    ]
    assert split.workgroup is None


def test_computed_groups_have_a_workgroup_if_the_device_chose_it(shaders: Path) -> None:
    graph = Graph()
    graph.add(RampPass(4, 4))

    (ramp,) = Plan(open_device(), graph, ["ramp"]).explain().groups

    assert (ramp.work, ramp.workgroup) == ("compute", None)


def test_a_steady_state_creates_nothing(shaders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    device, plan = open_device(), chain()
    with device.commands() as commands:
        graph = Graph()
        graph.add(RampPass(64, 32, "rgba16float"))
        take = Plan(device, graph, ["ramp"]).run({}, into=commands)["ramp"]

    def frame(number: int) -> None:
        plan.set("exposure", amount=1.0 + number)
        with device.commands() as commands, plan.run({"take": take.resource}, into=commands)["cut_out"] as made:
            pending = device.fetch([made], into=commands)
        pending.result()

    for number in range(3):
        frame(number)
    with created_on(monkeypatch, device.gpu, take.resource) as created:
        for number in range(5):
            frame(number)

    assert created == []
    take.release()


def test_a_timer_has_the_seconds_of_each_group(shaders: Path) -> None:
    plan, device = chain(), open_device()
    timer = plan.timer()
    if timer is None:
        pytest.skip("this GPU has no timestamps")
    graph = Graph()
    graph.add(RampPass(64, 32, "rgba16float"))
    with Plan(device, graph, ["ramp"]).run({})["ramp"] as take:
        plan.run({"take": take.resource}, timer)["cut_out"].release()

    groups = timer.group_seconds()
    assert len(groups) == 3
    assert all(seconds >= 0 for seconds in groups)
    assert sum(groups) <= timer.seconds() * 1.001


def test_a_frame_can_be_submitted_group_by_group(shaders: Path) -> None:
    plan, device = chain(), open_device()
    graph = Graph()
    graph.add(RampPass(64, 32, "rgba16float"))
    with Plan(device, graph, ["ramp"]).run({})["ramp"] as take:
        waiting = device.pool.waiting_bytes
        assert list(plan.run_stepwise({"take": take.resource})) == [0, 1, 2]
        assert device.pool.waiting_bytes >= waiting


def test_plans_that_run_are_measured_whatever_compiled_them(shaders: Path) -> None:
    plan, device, graph = chain(), open_device(), Graph()
    graph.add(RampPass(64, 32, "rgba16float"))
    ramp = Plan(device, graph, ["ramp"])
    with record_runs(device) as runs:
        for _ in range(2):
            with ramp.run({})["ramp"] as take:
                plan.run({"take": take.resource})["cut_out"].release()

    measured = runs.measure()

    assert [len(one.explanation.groups) for one in measured] == [1, 3]
    assert [len(one.seconds) for one in measured] == [1, 3]
    assert {one.clock for one in measured} == {"processor" if device.software else "timestamps"}
    assert device.observer is None


def test_explanations_are_values(shaders: Path) -> None:
    assert isinstance(chain().explain(), PlanExplanation)
    assert chain().explain() == chain().explain()
