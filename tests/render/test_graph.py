"""The pass graph without a GPU: validation, order and fusion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import pytest

from engine.errors import EngineError
from engine.render import PICTURE, Graph, GraphError, Image, PointPass, Spec

from .passes import GainPass, LiftPass, MattePass, MirrorPass, RampPass, SplitPass


def names(graph: Graph, *outputs: str) -> list[str]:
    return [group.name for group in graph.schedule(outputs).groups]


def test_passes_run_after_their_inputs_in_any_order_of_addition() -> None:
    graph = Graph()
    graph.add(MirrorPass(), picture="ramp")
    graph.add(RampPass(4, 4))

    assert names(graph, "mirrored") == ["ramp", "mirror"]


def test_only_passes_of_requested_outputs_run() -> None:
    graph = Graph()
    graph.add(RampPass(4, 4))
    graph.add(MirrorPass(), picture="ramp")
    graph.add(SplitPass(), picture="ramp")

    assert names(graph, "mirrored") == ["ramp", "mirror"]


def test_a_point_pass_is_fused_with_the_pass_before_it() -> None:
    graph = Graph()
    graph.add(RampPass(4, 4))
    graph.add(GainPass(2), picture="ramp")
    graph.add(LiftPass(1), picture="brighter")
    graph.add(MirrorPass(), picture="lifted")
    graph.add(GainPass(3), "gain after", picture="mirrored", brighter="result")

    assert names(graph, "result") == ["ramp + gain + lift", "mirror + gain after"]


def test_a_requested_picture_is_not_fused_away() -> None:
    graph = Graph()
    graph.add(RampPass(4, 4))
    graph.add(GainPass(2), picture="ramp")
    graph.add(LiftPass(1), picture="brighter")

    assert names(graph, "lifted", "brighter") == ["ramp + gain", "lift"]
    assert names(graph, "lifted", "ramp") == ["ramp", "gain + lift"]


def test_a_pass_runs_after_the_pass_that_produces_its_mask() -> None:
    graph = Graph()
    graph.add(RampPass(4, 4))
    graph.add(MirrorPass(), picture="ramp", mirrored="mask")
    graph.add(GainPass(2), picture="ramp")
    graph.add(MattePass(), picture="brighter")

    assert names(graph, "cut_out") == ["ramp", "gain", "mirror", "matte"] or names(graph, "cut_out") == [
        "ramp", "mirror", "gain + matte",
    ]  # fmt: skip


def test_sizes_and_formats_are_derived() -> None:
    graph = Graph()
    graph.add(RampPass(6, 4))
    graph.add(SplitPass(), picture="ramp")

    specs = graph.schedule(["red", "green"]).specs

    assert specs["red"] == specs["green"] == specs["ramp"] == Image(6, 4, "rgba32float")


def test_the_error_for_a_missing_input_names_the_pass() -> None:
    graph = Graph()
    graph.add(RampPass(4, 4))
    graph.add(MattePass(), "person", picture="ramp", mask="person_mask")

    with pytest.raises(GraphError, match=r"“person” needs “person_mask” as its mask, but nothing produces it"):
        graph.schedule(["cut_out"])

    graph.source("person_mask", Image(4, 4, "r8unorm"))
    assert names(graph, "cut_out") == ["ramp + person"]


def test_the_error_for_a_cycle_names_its_passes() -> None:
    graph = Graph()
    graph.add(GainPass(1), "glow", picture="halo", brighter="glowing")
    graph.add(MirrorPass(), "halation", picture="glowing", mirrored="halo")

    with pytest.raises(GraphError, match=r"depend on each other: “halation” → “glow” → “halation”"):
        graph.schedule(["halo"])


def test_a_name_that_is_produced_twice_is_refused() -> None:
    graph = Graph()
    graph.add(RampPass(4, 4))
    with pytest.raises(GraphError, match=r"“ramp” is produced twice, the second time by pass “ramp 2”"):
        graph.add(RampPass(8, 8))
    with pytest.raises(GraphError, match="the source “ramp”"):
        graph.source("ramp", Image(1, 1))


def test_unknown_names_are_refused() -> None:
    graph = Graph()
    with pytest.raises(GraphError, match=r"“gain” has no “pictur”; it has picture, brighter"):
        graph.add(GainPass(1), pictur="ramp")
    with pytest.raises(GraphError, match="No pass produces the requested output “film”"):
        graph.schedule(["film"])
    graph.add(RampPass(4, 4), "one")
    with pytest.raises(GraphError, match="two passes named “one”"):
        graph.add(RampPass(4, 4), "one", ramp="other")


def test_outputs_of_different_sizes_in_one_draw_are_refused() -> None:
    class Uneven(SplitPass):
        def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
            return {"red": Image(4, 4), "green": Image(2, 2)}

    graph = Graph()
    graph.add(RampPass(4, 4))
    graph.add(Uneven(), "halves", picture="ramp")

    with pytest.raises(GraphError, match="“halves” draws red, green"):
        graph.schedule(["red"])


def test_a_pass_cannot_read_and_write_one_name() -> None:
    with pytest.raises(TypeError, match="reads and makes picture"):

        class Confused(PointPass):
            inputs: ClassVar[Mapping[str, str]] = {"picture": PICTURE}
            outputs = ("picture",)


def test_a_graph_error_has_a_hint() -> None:
    with pytest.raises(EngineError) as caught:
        Graph().schedule(["film"])
    assert caught.value.hint
    assert caught.value.exit_code == 2
