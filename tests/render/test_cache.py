"""Compiled passes and uploaded tables are forgotten within budgets."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.render import Graph, Plan, PointPass, Table, open_device
from engine.render.cache import BoundedCache

from .passes import LiftPass, RampPass

TABLE = """fn pixel(color: vec4<f32>, at: vec2<u32>) -> vec4<f32> {
    return color + curve[0];
}
"""


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 6)), max_size=40))
def test_the_least_recently_used_are_forgotten_within_the_budget(uses: list[tuple[int, int]]) -> None:
    cache: BoundedCache[int] = BoundedCache(10)
    recent: list[int] = []
    for key, cost in uses:
        cost = key % 3 + 1
        assert cache.get(key, lambda key=key: key, cost) == key
        recent = [key, *(one for one in recent if one != key)]
        assert cache.total <= 10
    kept: list[int] = []
    for key in recent:
        if sum(one % 3 + 1 for one in [*kept, key]) > 10:
            break
        kept.append(key)
    for key in reversed(kept):
        assert cache.get(key, lambda: -1) == key


def test_a_value_beyond_the_budget_is_not_kept() -> None:
    cache: BoundedCache[str] = BoundedCache(5)
    assert cache.get("large", lambda: "value", 6) == "value"
    assert (len(cache), cache.total) == (0, 0)


def test_an_editor_that_changes_constants_does_not_keep_every_pipeline(shaders: Path) -> None:
    device = open_device()
    device._pipelines = BoundedCache(4)
    pipelines = weakref.WeakSet()
    for number in range(12):
        graph = Graph()
        graph.add(RampPass(4, 4))
        graph.add(LiftPass(number), picture="ramp")
        plan = Plan(device, graph, ["lifted"])
        pipelines.add(plan._runners[0]._pipeline)
        plan.run({})["lifted"].release()
    del plan
    gc.collect()

    assert len(device._pipelines) == 4
    assert len(pipelines) == 4
    device._pipelines.clear()


class CurvePass(PointPass):
    shader = "curve.wgsl"
    outputs = ("curved",)

    def __init__(self, table: Table) -> None:
        super().__init__()
        self._table = table

    def tables(self) -> Mapping[str, Table]:
        return {"curve": self._table}


def test_an_editor_that_changes_a_table_does_not_keep_every_table(shaders: Path) -> None:
    (shaders / "curve.wgsl").write_text(TABLE)
    device = open_device()
    device._tables = BoundedCache(3 << 10)
    buffers, tables = weakref.WeakSet(), weakref.WeakSet()
    for number in range(8):
        table = Table(np.full((64, 4), number, np.float32), "array<vec4<f32>>")
        graph = Graph()
        graph.add(RampPass(4, 4))
        graph.add(CurvePass(table), "curve", picture="ramp")
        plan = Plan(device, graph, ["curved"])
        with plan.run({})["curved"] as lease:
            (pixels,) = device.fetch([lease]).result()
        assert pixels[0, 0, 0] == number
        buffers.add(device.table(table))
        tables.add(graph)
    del plan, graph, lease
    gc.collect()

    assert len(device._tables) == 3
    assert len(buffers) == 3
    assert len(tables) == 0
    device._tables.clear()


def test_changing_resources_do_not_add_bind_groups_without_end(shaders: Path) -> None:
    device, graph = open_device(), Graph()
    graph.add(RampPass(4, 4))
    graph.add(LiftPass(1), picture="ramp")
    plan = Plan(device, graph, ["lifted"])
    held = [plan.run({})["lifted"] for _ in range(40)]

    assert len(plan._runners[0]._bound) == 32
    for lease in held:
        lease.release()
