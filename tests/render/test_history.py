"""Results of earlier runs as inputs: defined at the start, exact afterwards, forgotten at cuts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from engine.render import PICTURE, WORDS, Bytes, ComputePass, Graph, GraphError, History, Image, PixelPass, Plan, Spec
from engine.render import open_device as device_of_process

from .passes import GainPass, LiftPass, RampPass

SUM = """// What was summed before, plus a picture.
fn pixel(at: vec2<u32>) -> vec4<f32> {
    return textureLoad(before, at, 0) + textureLoad(picture, at, 0);
}
"""
APPEND = """// One more than the word before.
@compute @workgroup_size(1)
fn main() {
    counted[0] = before[0] + 1u;
}
"""


class SumPass(PixelPass):
    shader = "sum.wgsl"
    inputs: ClassVar[Mapping[str, str]] = {"before": PICTURE, "picture": PICTURE}
    outputs = ("sum",)


class AppendPass(ComputePass):
    shader = "append.wgsl"
    inputs: ClassVar[Mapping[str, str]] = {"before": WORDS}
    outputs = ("counted",)

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        return {"counted": Bytes(4)}

    def groups(self, outputs: Mapping[str, Spec]) -> tuple[int, int, int]:
        return 1, 1, 1


def values(plan: Plan, name: str, runs: int) -> list[float]:
    """The red of pixel (1, 0) after each run, or the first word."""
    device, found = device_of_process(), []
    for run in range(runs):
        if name != "counted":
            plan.set("gain", amount=float(run + 1))
        with plan.run({})[name] as lease:
            (made,) = device.fetch([lease]).result()
        found.append(float(made[0, 1, 0]) if made.ndim == 3 else int(made.view(np.uint32)[0]))
    return found


@pytest.mark.parametrize("form", ["rgba16float", "rgba32float"])
def test_a_pass_reads_its_own_earlier_result(shaders: Path, form: str) -> None:
    (shaders / "sum.wgsl").write_text(SUM)
    graph = Graph()
    graph.add(RampPass(4, 4, form))
    graph.add(GainPass(1), picture="ramp")
    graph.add(SumPass(), picture="brighter", before=History("sum"))
    plan = Plan(device_of_process(), graph, ["sum"])

    assert values(plan, "sum", 4) == [1, 3, 6, 10]
    plan.reset_history()
    assert values(plan, "sum", 2) == [1, 3]
    assert plan.explain().history_bytes == plan.schedule.specs["sum"].size


@pytest.mark.parametrize("frames", [1, 3])
def test_a_pass_reads_a_result_of_several_runs_ago(shaders: Path, frames: int) -> None:
    (shaders / "sum.wgsl").write_text(SUM)
    graph = Graph()
    graph.add(RampPass(4, 4))
    graph.add(GainPass(1), picture="ramp")
    graph.add(SumPass(), picture="brighter", before=History("brighter", frames))
    plan = Plan(device_of_process(), graph, ["sum"])

    assert values(plan, "sum", 6) == [run + 1 + max(0, run + 1 - frames) for run in range(6)]


def test_a_result_that_only_later_runs_read_is_made(shaders: Path) -> None:
    graph = Graph()
    graph.add(RampPass(4, 4))
    graph.add(GainPass(1), picture="ramp")
    graph.add(LiftPass(0.5), picture=History("brighter"))
    plan = Plan(device_of_process(), graph, ["lifted"])

    assert values(plan, "lifted", 3) == [0.5, 1.5, 2.5]


def test_bytes_have_a_history(shaders: Path) -> None:
    (shaders / "append.wgsl").write_text(APPEND)
    graph = Graph()
    graph.add(AppendPass(), before=History("counted"))

    assert values(Plan(device_of_process(), graph, ["counted"]), "counted", 3) == [1, 2, 3]


def test_histories_create_nothing_after_the_first_runs_and_at_cuts(shaders: Path) -> None:
    (shaders / "sum.wgsl").write_text(SUM)
    graph = Graph()
    graph.add(RampPass(20, 4))
    graph.add(GainPass(1), picture="ramp")
    graph.add(SumPass(), picture="brighter", before=History("brighter", 2))
    plan = Plan(device_of_process(), graph, ["sum"])
    values(plan, "sum", 4)
    counts = device_of_process().pool.counts
    made, dropped = counts.made, counts.dropped

    values(plan, "sum", 4)
    plan.reset_history()
    values(plan, "sum", 4)

    assert (counts.made, counts.dropped) == (made, dropped)


def test_a_history_of_a_source_or_of_nothing_is_refused() -> None:
    graph = Graph()
    graph.source("take", Image(4, 4))
    graph.add(SumPass(), picture="take", before=History("take"))
    with pytest.raises(GraphError, match=r"“sum” reads “take” of an earlier run, but no pass produces it"):
        graph.schedule(["sum"])


def test_a_history_of_no_frames_is_refused() -> None:
    with pytest.raises(GraphError, match="as its before"):
        Graph().add(SumPass(), before=History("sum", 0))
